"""The values questions are made of: numbers, names, ids and cursors, most of which find data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resolvers.catalogue import BUSINESSES, INQUIRIES
from tests.differential.hearing import Runner
from tests.differential.situations import Situation
from tests.differential.snapshot import Records
from tests.differential.stage import STORY_NUMBER, Stage
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.errors import BrokenRecord
from tongban_adapters.model import Kind
from tongban_adapters.sandbox.population import planted

# The arguments of one root field that fit together, as JSON.
Frame = Mapping[str, object]

_STATIONS = ("330782001000", "330302001000", "330102001000", "330782009000", "nonsense")
_DIVISIONS = ("330302", "330782", "330106", "330103", "999999", "33030")
_NAMES = ("王", "陈", "李", "叶", "张伟", "古丽", "𣲗", "欧阳", " ", "", "王 ")
_DAYS = ("2021-06-01", "2021-05-31", "2021-04-01", "1999-12-31", "0001-01-01", "9999-12-31", "2000-02-29", "2021-02-30")
_EVERY = 97


@dataclass(frozen=True, slots=True)
class Stock:
    """Values by what they are for.

    `frames` by root field; `own` by caller, then by root field: what somebody who sees only the own record may see;
    `applicants`: persons with card applications; `plain` by scalar.
    """

    frames: Mapping[str, Sequence[Frame]]
    own: Mapping[str, Mapping[str, Sequence[Frame]]]
    applicants: Sequence[Frame]
    plain: Mapping[str, Sequence[object]]


async def collect(stage: Stage, runner: Runner, scale: int) -> Stock:
    """Look around on the stage; ids and cursors are obtained by asking the runner."""
    people, homes = _people(stage, scale), _homes(stage, scale)
    asked = [await _ask(stage, runner, _HOUSEHOLD, frame) for frame in homes[::7]]
    asked += [await _ask(stage, runner, _PERSON, frame) for frame in people[::4]]
    cases: list[Frame] = [{"number": number} for number in (*stage.case_numbers, "TB202106010000999", "nonsense")]
    # The auditor sees every case.
    seen = [await _ask(stage, runner, _CASE, frame, Situation("auditor", None)) for frame in cases]
    ids = sorted({*_values(asked, "id"), *_values(seen, "id")})
    lists = await _lists(stage, runner)
    frames: dict[str, Sequence[Frame]] = {
        "city": [{"key": slug} for slug in (*CITY_CODES, "atlantis")],
        "person": people,
        "household": homes,
        "node": [{"id": one} for one in (*ids, ids[0][:-1] + "A", "", "bm9uc2Vuc2U")],
        "case": cases,
        "business": [{"code": code} for code in (*BUSINESSES, "d02", "X99")],
        "nameCount": [{"name": name} for name in (*_names(stage), *_NAMES)],
        "eligibility": [{"input": one} for one in _applications(people)],
        **lists,
    }
    own = {name: await _own(stage, runner, name) for name in stage.callers if name.startswith("citizen")}
    applicants = [
        {"number": number}
        for records in stage.records.values()
        for number in _owners(records, Kind.CARD_APPLICATION, 9)
    ]
    return Stock(frames, own, applicants, _plain(people, ids))


def _plain(people: Sequence[Frame], ids: Sequence[str]) -> dict[str, Sequence[object]]:
    return {
        "CityKey": [*CITY_CODES, "WENZHOU", "atlantis", ""],
        "ItemCode": [*BUSINESSES, *INQUIRIES, "d02", "X99", ""],
        "UnitCode": _STATIONS,
        "DivisionCode": _DIVISIONS,
        "CitizenNumber": [frame["number"] for frame in people],
        "Date": _DAYS,
        "DateTime": ["2021-06-01T01:00:00+00:00", "2021-06-01", "nonsense"],
        "UUID": ["00000000-0000-0000-0000-000000000001", "nonsense"],
        "ID": [*ids[:20], "1", ""],
        "String": [*_NAMES, "000000001", '"quoted"', "a\\b\n", "😀"],
        "Int": [0, 1, 2, 3, 20, 100, 101, 200, 201, -1, 2**31 - 1, -(2**31)],
        "Float": [0.0, -1.5, 1e10],
        "Boolean": [True, False],
    }


def _people(stage: Stage, scale: int) -> list[Frame]:
    found = [STORY_NUMBER, STORY_NUMBER.lower(), f" {STORY_NUMBER[:6]} {STORY_NUMBER[6:]}", "330302190001010005"]
    found += ["11010519491231002X", "330302197511209041", "nonsense", "", "３３０３０２１９７５１１２０９０４Ｘ"]
    owners: list[str] = []
    for records, refs in _defective(stage, scale, Kind.PERSON):
        found += _texts((one for one in records[Kind.PERSON] if one["ref"] in refs), "number")
    for records in stage.records.values():
        found += _texts((one for one in records[Kind.PERSON][:: _EVERY // 2]), "number")
        found += _texts((one for one in records[Kind.PERSON] if one["state"] != "NORMAL"), "number")[:8]
        owners += _owners(records, Kind.RELOCATION, 3) + _owners(records, Kind.CARD_APPLICATION, 6)
        owners += _owners(records, Kind.CHANGE, 3)
    return [{"number": number} for number in dict.fromkeys([*found, *owners])]


def _owners(records: Records, kind: Kind, many: int) -> list[str]:
    """Return numbers of people something of this kind belongs to."""
    refs = {one["person_ref"] for one in records[kind][:many]}
    return _texts((one for one in records[Kind.PERSON] if one["ref"] in refs), "number")


def _homes(stage: Stage, scale: int) -> list[Frame]:
    found: list[Frame] = [{"city": "wenzhou", "number": number} for number in ("", "nonsense", " 020000001 ")]
    for slug, records in stage.records.items():
        homes = records[Kind.HOUSEHOLD]
        found += [{"city": slug, "number": number} for number in _texts(homes[:: _EVERY // 2], "number")]
    for records, refs in _defective(stage, scale, Kind.HOUSEHOLD):
        slug = next(name for name, one in stage.records.items() if one is records)
        numbers = _texts((one for one in records[Kind.HOUSEHOLD] if one["ref"] in refs), "number")
        found += [{"city": slug, "number": number} for number in numbers]
    return found


def _defective(stage: Stage, scale: int, kind: Kind) -> Iterable[tuple[Records, set[str]]]:
    for slug, records in stage.records.items():
        yield records, {str(entry.ref) for entry in planted(slug, scale) if entry.record is kind}


def _texts(records: Iterable[Mapping[str, object]], field: str) -> list[str]:
    return [value for value in (one[field] for one in records) if isinstance(value, str)]


def _names(stage: Stage) -> list[str]:
    people = [one for records in stage.records.values() for one in records[Kind.PERSON][:40]]
    return [str(one["name"]) for one in people if not isinstance(one["name"], BrokenRecord)]


def _applications(people: Sequence[Frame]) -> list[Frame]:
    """Return applications, most of them with papers that fit the business."""
    papers: Mapping[str, Sequence[object]] = {
        "D01": ([], ["ID_HEAD"]),
        "D02": ([], ["OLD_HB"], ["OLD_HB"], ["", "X"]),
        "D03": (["ID", "AUTHORITY"], ["ID"], []),
    }
    found: list[Frame] = []
    for turn, frame in enumerate(people):
        business = ("D02", "D02", "D03", "D02", "D01", "D02", "A01", "X")[turn % 8]
        fitting = papers.get(business, ([], ["OLD_HB"]))
        found.append(
            {
                "business": business,
                "subjectNumber": frame["number"],
                "station": _STATIONS[0] if turn % 5 else _STATIONS[turn % len(_STATIONS)],
                "materials": fitting[turn // 8 % len(fitting)],
                "oldBookSurrendered": turn % 2 == 0,
                "writtenAuthority": turn % 3 == 0,
            }
        )
    return found


# --- what is obtained by asking -------------------------------------------------------------------------------------

_PERSON = "query($number: CitizenNumber!) { person(number: $number) { id household { id } } }"
_HOUSEHOLD = "query($city: CityKey!, $number: String!) { household(city: $city, number: $number) { id head { id } } }"
_CASE = "query($number: ID!) { case(number: $number) { id } }"
_LISTS: Mapping[str, tuple[str, Sequence[Mapping[str, object]]]] = {
    "households": (
        (
            "query($city: CityKey!, $first: Int!, $filter: HouseholdFilter)"
            " { page: households(city: $city, first: $first, filter: $filter) { pageInfo { endCursor } } }"
        ),
        [{"city": city, "first": 2} for city in CITY_CODES]
        + [{"city": "wenzhou", "first": first, "filter": {"kind": "FAMILY"}} for first in (1, 3)]
        + [{"city": "jinhua", "first": 2, "filter": {"state": "NORMAL", "division": "330782"}}]
        + [{"city": "hangzhou", "first": 2, "filter": {"kind": "COLLECTIVE", "state": None}}],
    ),
    "searchPersons": (
        (
            "query($filter: PersonFilter!, $cities: [CityKey!], $first: Int!)"
            " { page: searchPersons(filter: $filter, cities: $cities, first: $first) { pageInfo { endCursor } } }"
        ),
        [{"filter": {"nameStartsWith": name}, "first": 2} for name in ("王", "陈", "李", "张")]
        + [{"filter": {"nameStartsWith": "王", "sex": "FEMALE"}, "cities": ["wenzhou", "jinhua"], "first": 3}]
        + [{"filter": {"nameStartsWith": "叶", "bornFrom": "1960-01-01"}, "cities": ["wenzhou"], "first": 1}]
        + [{"filter": {"nameStartsWith": "陈", "state": "DEAD"}, "cities": None, "first": 2}]
        + [{"filter": {"name": "王", "nameStartsWith": None}, "cities": [], "first": 2}],
    ),
    "cases": (
        (
            "query($filter: CaseFilter, $first: Int!)"
            " { page: cases(filter: $filter, first: $first) { pageInfo { endCursor } } }"
        ),
        [{"first": first} for first in (1, 2, 3)]
        + [{"filter": {"states": ["READY_TO_PRINT", "COMPLETED"]}, "first": 2}]
        + [{"filter": {"city": "wenzhou", "item": "D02", "states": None}, "first": 2}]
        + [
            {
                "filter": {"acceptedFrom": "2021-06-01", "acceptedTo": "2021-06-01", "dueBefore": "2030-01-01"},
                "first": 1,
            }
        ],
    ),
}


async def _lists(stage: Stage, runner: Runner) -> dict[str, Sequence[Frame]]:
    """Return the frames of the lists, each once without a cursor and once with the cursor of its second page."""
    frames: dict[str, Sequence[Frame]] = {}
    for name, (text, asked) in _LISTS.items():
        found: list[Frame] = []
        for frame in asked:
            caller = Situation("auditor", None) if name == "cases" else Situation()
            cursors = _values([await _ask(stage, runner, text, frame, caller)], "endCursor")
            found += [frame, *({**frame, "after": cursor} for cursor in cursors), {**frame, "first": len(found) % 202}]
        frames[name] = [*found, {**found[0], "after": "nonsense"}]
    return frames


async def _own(stage: Stage, runner: Runner, caller: str) -> dict[str, Sequence[Frame]]:
    """Return the frames of a citizen: the own person, household, cases and log."""
    key = stage.callers[caller].subject_key
    number = next(
        number
        for records in stage.records.values()
        for number in _texts(records[Kind.PERSON], "number")
        if stage.province.locator.key(number) == key
    )
    asked = await _ask(stage, runner, _OWN, {"number": number}, Situation(caller))
    [home], [city] = _values([asked], "number")[:1], _values([asked], "key")[:1]
    log = _values([asked], "cursor")
    return {
        "person": [{"number": number}],
        "household": [{"city": city, "number": home}],
        "node": [{"id": one} for one in _values([asked], "id")],
        "accessLog": [{"first": 2}, {"first": 3, "after": log[1]}, {"first": 50, "after": log[-1]}],
        "case": [{"number": number} for number in _values([asked], "case")] or [{"number": stage.case_numbers[0]}],
        "eligibility": [{"input": one} for one in _applications([{"number": number}] * 6)],
    }


_OWN = """
query($number: CitizenNumber!) {
  person(number: $number) { id city { key } household { id number members { id } } }
  accessLog { edges { cursor } }
  cases { edges { node { id case: number } } }
}"""


async def _ask(stage: Stage, runner: Runner, text: str, frame: Frame, situation: Situation | None = None) -> object:
    scene = stage.enter(situation or Situation())
    return (await runner.execute(text, dict(frame), scene.context)).data


def _values(data: Any, key: str) -> list[str]:
    """Return every text under `key`, wherever it is."""
    if isinstance(data, Mapping):
        mine = [data[key]] if isinstance(data.get(key), str) else []
        return mine + [value for inner in data.values() for value in _values(inner, key)]
    if isinstance(data, list):
        return [value for inner in data for value in _values(inner, key)]
    return []
