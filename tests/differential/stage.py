"""The stage every document is played on: seeded registries, a ledger with cases, callers, and a stopped clock."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from resolvers.book_application import BookApplication
from resolvers.books import apply_household_book
from resolvers.breaker import Breaker, Pass
from resolvers.caller import ANONYMOUS, Caller, Purpose, Role
from resolvers.cases import withdraw_case
from resolvers.ledger.access import Access, AccessRows
from resolvers.ledger.ledger import Ledger
from resolvers.ledger.locator import Owner
from resolvers.line import Line, asyncio_time
from resolvers.locator_rebuild import rebuild
from resolvers.printing import record_printing
from resolvers.province import City, Province
from resolvers.visit import Visit
from schema.context import Context
from tests.differential.quiet_ledger import Memory, Note, QuietLedger, QuietLocator
from tests.differential.sick_registry import Asked, SickRegistry
from tests.differential.situations import Ailment, Situation
from tests.differential.snapshot import Records, SnapshotRegistry, look
from tests.journal import JournalRegistry
from tests.provinces import LAUNCH_DAY, LOCATOR_SECRET, OFFICER, citizen, city_of, province_over, visit
from tongban_adapters.contract import Registry
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import PersonState, Relation

STORY_NUMBER = "33030219751120904X"
_YIWU = "330782001000"
_CASES = 14


@dataclass(frozen=True, slots=True)
class Stage:
    """What stays the same for every run. `live` are the registries the records came from."""

    records: Mapping[str, Records]
    registries: Mapping[str, Registry]
    live: Mapping[str, Registry]
    province: Province
    memory: Memory
    owners: Mapping[bytes, Owner]
    callers: Mapping[str, Caller]
    case_numbers: Sequence[str]
    keys: dict[str, bytes] = field(default_factory=dict)

    def enter(self, situation: Situation, *, live: bool = False) -> "Scene":
        """Return a fresh request in this situation; nothing of an earlier one is left."""
        ledger = QuietLedger(self.memory)
        sick = dict(situation.sick)
        asked = {
            slug: SickRegistry(registry, sick.get(slug), situation.spoiled)
            for slug, registry in (self.live if live else self.registries).items()
        }
        province = replace(
            self.province,
            cities={
                slug: _city(self.province.cities[slug], asked[slug], sick.get(slug)) for slug in self.province.cities
            },
            locator=QuietLocator(ledger, LOCATOR_SECRET, self.owners, self.keys),
            ledger=ledger,
        )
        purpose = Purpose(situation.purpose) if situation.purpose else None
        deadline = asyncio.get_running_loop().time() + 60
        began = Visit.start(province, self.callers[situation.caller], purpose, deadline, "request-1")
        return Scene(Context(province, began), ledger, asked)


@dataclass(frozen=True, slots=True)
class Scene:
    """One request, and where to look what it did."""

    context: Context
    ledger: QuietLedger
    registries: Mapping[str, SickRegistry]

    @property
    def notes(self) -> list[Note]:
        """What the request put on record."""
        return self.ledger.notes

    @property
    def questions(self) -> list[Asked]:
        """What the request asked of any registry."""
        return [question for registry in self.registries.values() for question in registry.questions]


async def set_up(live: Mapping[str, Registry], ledger_url: str) -> Stage:
    """Look at the registries, fill the ledger (an empty one) and return the stage."""
    journals = {slug: JournalRegistry(slug, _copied(await look(registry))) for slug, registry in live.items()}
    ledger = await Ledger.open(ledger_url)
    province = province_over(ledger, journals.values())
    await rebuild(province, lambda _city, _persons: None)
    numbers = await _open_cases(province, journals)
    callers = _callers(province, journals)
    await _leave_traces(province, callers)
    async with ledger.session() as session:
        owners = {
            bytes(row["key"]): Owner(tuple(row["cities"]), row["disputed"], row["version"])
            for row in await session.fetch(_OWNERS)
        }
    records = {slug: journal.records for slug, journal in journals.items()}
    registries = {slug: SnapshotRegistry(slug, found) for slug, found in records.items()}
    return Stage(records, registries, live, province, Memory(ledger), owners, callers, numbers)


_OWNERS = """
SELECT l.key, l.disputed, l.version, coalesce(d.cities, ARRAY[l.city]) AS cities
  FROM locator l LEFT JOIN dispute d ON l.disputed AND d.key = l.key AND d.closed_at IS NULL
"""


def _copied(records: Records) -> Records:
    return {kind: [dict(record) for record in found] for kind, found in records.items()}


def _city(city: City, registry: SickRegistry, ailment: Ailment | None) -> City:
    if ailment is Ailment.LEFT_ALONE:
        breaker = Breaker(threshold=1, pause_s=3600.0, time=asyncio_time)
        breaker.failed(Pass.CALL)
    else:
        # A breaker that opens on the way would depend on how many calls there were, which is free.
        breaker = Breaker(threshold=10**9, pause_s=0.0, time=asyncio_time)
    return replace(city_of(registry), code=city.code, name_zh=city.name_zh, line=Line(30_000, 4, 1000, breaker))


def _callers(province: Province, journals: Mapping[str, JournalRegistry]) -> dict[str, Caller]:
    crowded = _in_households(journals["jinhua"])
    return {
        "officer": OFFICER,
        "citizen0": citizen(province, STORY_NUMBER),
        "citizen1": citizen(province, crowded[0]),
        "citizen2": citizen(province, _in_households(journals["hangzhou"])[1]),
        "approver": Caller(Role.APPROVER, "wenzhou-approver", station="330302001000", division="330300"),
        "auditor": Caller(Role.AUDITOR, "auditor"),
        "policy-owner": Caller(Role.POLICY_OWNER, "policy-owner"),
        "city-it": Caller(Role.CITY_IT, "city-it", division="330300"),
        "anonymous": ANONYMOUS,
        "officer-without-station": Caller(Role.OFFICER, "somebody"),
    }


def _in_households(journal: JournalRegistry) -> list[str]:
    """Return numbers of people who do not live alone, those of small families first."""
    homes: dict[object, list[str]] = {}
    for person in journal.records[Kind.PERSON]:
        if person["state"] == PersonState.NORMAL and isinstance(person["number"], str):
            homes.setdefault(person["household_ref"], []).append(person["number"])
    families = sorted(
        (numbers for numbers in homes.values() if 3 <= len(numbers) <= 8), key=lambda one: (len(one), one)
    )
    return [number for numbers in families for number in numbers]


async def _open_cases(province: Province, journals: Mapping[str, JournalRegistry]) -> list[str]:
    """Open cases in every state the counter can bring about; the numbers are the same on every run."""
    heads = [STORY_NUMBER]
    for slug in ("jinhua", "wenzhou"):
        heads += [
            str(person["number"])
            for person in journals[slug].records[Kind.PERSON]
            if person["relation_to_head"] == Relation.HEAD and person["state"] == PersonState.NORMAL
        ]
    officer, found = Caller(Role.OFFICER, "yiwu-officer", station=_YIWU, division=_YIWU[:6]), list[str]()
    for turn, number in enumerate(heads):
        if len(found) == _CASES:
            break
        journals["wenzhou"].down = turn % 4 == 3
        application = BookApplication(UUID(int=turn + 1), "D02", number, _YIWU, old_book_surrendered=True)
        decision = await apply_household_book(province, visit(province, officer), application)
        if decision.case is None:
            continue
        found.append(decision.case.number)
        again = UUID(int=turn + 1000)
        if turn % 4 == 1:
            await record_printing(province, visit(province, officer), found[-1], f"YW{turn:06d}", turn % 8 == 1, again)
        if turn % 8 == 7:
            await withdraw_case(province, visit(province, officer), found[-1], again)
    journals["wenzhou"].down = False
    return found


async def _leave_traces(province: Province, callers: Mapping[str, Caller]) -> None:
    """Put a few accesses to each citizen's record into the log."""
    keys = [caller.subject_key for caller in callers.values() if caller.subject_key]
    rows = [
        AccessRows(
            Access(
                at=LAUNCH_DAY.now(),
                caller="yiwu-officer",
                role=Role.OFFICER,
                unit=_YIWU,
                workstation=None if turn % 2 else f"window {turn}",
                request_id=f"request-{turn}",
                purpose="D02",
                city="wenzhou",
                operation="person",
                kind=Kind.PERSON,
                fields=("name", "number")[: turn % 3],
            ),
            keys,
        )
        for turn in range(7)
    ]
    await province.ledger.access_writer.write(rows)
