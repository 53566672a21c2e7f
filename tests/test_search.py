"""Searching over the cities: order, paging, cities that fail, and counts that give nobody away."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from gateway.postgres import PostgresServer
from resolvers.audit import settle
from resolvers.caller import ANONYMOUS, Caller, Role
from resolvers.listing import ListPage
from resolvers.problems import AskForRight, FixInput
from resolvers.province import Province
from resolvers.search import CityCount, PersonFilter, name_count, search_persons
from tests.cities_down import stopped
from tests.hostile import HostileRegistry, Raises
from tests.provinces import MakeProvince, impatient, visit
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.errors import Unavailable
from tongban_adapters.model import Cell, Criteria, Kind, Page
from tongban_adapters.vocabulary import PersonState, Sex

ALL = sorted(CITY_CODES, key=CITY_CODES.__getitem__)
CHEN = PersonFilter(name_starts_with="陈")
Place = tuple[str, str, str]
ORACLE_FIELDS = ("name", "ref", "sex", "birth_date", "division", "state")


async def page(
    province: Province,
    filter: PersonFilter,
    first: int = 20,
    after: str | None = None,
    cities: Sequence[str] | None = None,
) -> ListPage:
    return await search_persons(province, visit(province), filter, cities, first, after, ("name", "birth_date"))


async def pages(
    province: Province, filter: PersonFilter, first: int, cities: Sequence[str] | None = None
) -> list[Place]:
    """Follow the cursors to the end and return all places in the order they came."""
    found: list[Place] = []
    after = None
    while True:
        one = await page(province, filter, first, after, cities)
        found += places(one)
        if not one.has_next:
            return found
        after = one.end_cursor


def places(one: ListPage) -> list[Place]:
    return [(item.record.text("name"), item.record.city, item.record.text("ref")) for item in one.items]


def statuses(one: ListPage) -> dict[str, str]:
    return {outcome.city: outcome.status.value for outcome in one.outcomes}


@pytest.fixture(scope="session")
async def everybody(province: Province) -> list[dict[str, Cell]]:
    """Every record of every registry, read page by page without a condition."""
    found: list[dict[str, Cell]] = []
    for slug, city in province.cities.items():
        after: tuple[str, str] | None = None
        more = True
        while more:
            answer = await city.registry.search(Criteria(Kind.PERSON), ORACLE_FIELDS, Page(1000, after))
            rows = [dict(zip(ORACLE_FIELDS, row, strict=True)) for row in answer.rows]
            found += [{**row, "city": slug} for row in rows]
            after, more = (str(rows[-1]["name"]), str(rows[-1]["ref"])) if rows else None, answer.more
    return found


def expected(everybody: Sequence[Mapping[str, Cell]], filter: PersonFilter, cities: Sequence[str] = ALL) -> list[Place]:
    def fits(one: Mapping[str, Cell]) -> bool:
        born = one["birth_date"]
        return (
            one["city"] in cities
            and one["state"] == filter.state
            and (filter.name is None or one["name"] == filter.name)
            and (filter.name_starts_with is None or str(one["name"]).startswith(filter.name_starts_with))
            and (filter.sex is None or one["sex"] == filter.sex)
            and (filter.born_from is None or (isinstance(born, date) and born >= filter.born_from))
            and (filter.born_to is None or (isinstance(born, date) and born <= filter.born_to))
            and (filter.division is None or one["division"] == filter.division)
        )

    found = [one for one in everybody if fits(one)]
    found.sort(key=lambda one: (str(one["name"]), ALL.index(str(one["city"])), str(one["ref"])))
    return [(str(one["name"]), str(one["city"]), str(one["ref"])) for one in found]


@pytest.mark.parametrize(
    "filter",
    [
        CHEN,
        PersonFilter(name_starts_with="王", sex=Sex.FEMALE),
        PersonFilter(name_starts_with="李", born_from=date(1970, 1, 1), born_to=date(1999, 12, 31)),
        PersonFilter(name_starts_with="叶", division="330302"),
        PersonFilter(name_starts_with="张", state=PersonState.DEAD),
        PersonFilter(name="叶静芳"),
        PersonFilter(name="没有这个人"),
    ],
    ids=["prefix", "sex", "born", "division", "state", "exact", "nobody"],
)
async def test_all_pages_together_are_what_a_scan_of_everything_finds_in_order(
    province: Province, everybody: list[dict[str, Cell]], filter: PersonFilter
) -> None:
    wanted = expected(everybody, filter)
    assert await pages(province, filter, 100) == wanted
    if len(wanted) < 60:
        assert await pages(province, filter, 3) == wanted


async def test_the_scan_finds_the_story_and_people_in_every_city(everybody: list[dict[str, Cell]]) -> None:
    assert {str(one["city"]) for one in everybody} == set(ALL)
    assert [city for _, city, _ in expected(everybody, PersonFilter(name="叶静芳"))] == ["wenzhou"]
    assert len(expected(everybody, CHEN)) > 100


@pytest.mark.parametrize("first", [1, 7, 50])
async def test_pages_of_any_size_hold_the_same_people(
    province: Province, everybody: list[dict[str, Cell]], first: int
) -> None:
    wanted = expected(everybody, PersonFilter(name_starts_with="沈"))
    assert len(wanted) > 15
    assert await pages(province, PersonFilter(name_starts_with="沈"), first) == wanted


async def test_some_cities_only(province: Province, everybody: list[dict[str, Cell]]) -> None:
    wanted = expected(everybody, CHEN, ["wenzhou", "ningbo"])
    assert await pages(province, CHEN, 10, ["wenzhou", "ningbo"]) == wanted
    assert statuses(await page(province, CHEN, 1, None, ["wenzhou", "ningbo"])) == {
        "ningbo": "ANSWERED",
        "wenzhou": "ANSWERED",
    }


async def test_the_cursor_of_every_person_goes_on_after_him(province: Province) -> None:
    one = await page(province, CHEN, 12)
    wanted = places(await page(province, CHEN, 24))
    for number, item in enumerate(one.items, start=1):
        assert places(await page(province, CHEN, 12, item.cursor)) == wanted[number : number + 12]


async def test_the_fields_asked_for_are_there(province: Province) -> None:
    record = (await page(province, PersonFilter(name="叶静芳"))).items[0].record
    assert (record.text("name"), record.day("birth_date"), record.city) == ("叶静芳", date(1975, 11, 20), "wenzhou")


async def test_everybody_on_the_page_is_on_record_and_nobody_else(make_province: MakeProvince) -> None:
    province, _ = await small(make_province, hangzhou=["陈一", "陈三"], ningbo=["陈二", "陈四"])
    asking = visit(province)
    await search_persons(province, asking, CHEN, None, 3, None, ("name",))
    await settle(province, asking)
    async with province.ledger.session() as session:
        rows = await session.fetch("SELECT city, operation, subject_key FROM access_log")
    key = province.locator.key
    assert {(row["city"], row["operation"], row["subject_key"]) for row in rows} == {
        ("hangzhou", "searchPersons", key("hangzhou0")),
        ("hangzhou", "searchPersons", key("hangzhou1")),
        ("ningbo", "searchPersons", key("ningbo0")),
    }


# ---- input


async def refused(province: Province, filter: PersonFilter, **more: object) -> FixInput:
    arguments: dict[str, object] = {"first": 20, "after": None, "cities": None, **more}
    with pytest.raises(FixInput) as raised:
        await page(province, filter, **arguments)  # type: ignore[arg-type]
    return raised.value


@pytest.mark.parametrize(
    "filter",
    [PersonFilter(), PersonFilter(sex=Sex.MALE), PersonFilter(name="  "), PersonFilter(name_starts_with="")],
    ids=["empty", "sex", "blank", "nothing"],
)
async def test_a_filter_without_a_name_is_too_wide(province: Province, filter: PersonFilter) -> None:
    assert (await refused(province, filter)).code == "FILTER_TOO_WIDE"


@pytest.mark.parametrize("first", [0, -1, 101, 100_000])
async def test_a_page_size_beyond_the_limit_names_the_limit(province: Province, first: int) -> None:
    problem = await refused(province, CHEN, first=first)
    assert (problem.code, problem.place, problem.message) == ("PAGE_SIZE", "first", "first must be 1 to 100")


async def test_an_unknown_city_is_told_what_there_is(province: Province) -> None:
    problem = await refused(province, CHEN, cities=["wenzhou", "shanghai"])
    assert (problem.code, problem.place) == ("UNKNOWN_CITY", "cities")
    assert all(city in problem.message for city in ALL)
    assert (await refused(province, CHEN, cities=[])).code == "UNKNOWN_CITY"


async def test_an_unknown_division_and_an_impossible_range_are_refused(province: Province) -> None:
    assert (await refused(province, replace(CHEN, division="339999"))).code == "UNKNOWN_DIVISION"
    wrong = replace(CHEN, born_from=date(2000, 1, 2), born_to=date(2000, 1, 1))
    assert (await refused(province, wrong)).place == "filter.bornFrom"


async def test_a_cursor_of_another_filter_or_other_cities_is_refused(province: Province) -> None:
    cursor = (await page(province, CHEN, 2)).end_cursor
    assert (await refused(province, PersonFilter(name_starts_with="王"), after=cursor)).code == "BAD_CURSOR"
    assert (await refused(province, CHEN, after=cursor, cities=["wenzhou"])).code == "BAD_CURSOR"
    assert (await refused(province, CHEN, after="abc")).code == "BAD_CURSOR"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICER, Role.APPROVER}))
async def test_only_officers_search(province: Province, role: Role) -> None:
    with pytest.raises(AskForRight):
        await search_persons(province, visit(province, Caller(role)), CHEN, None, 5, None, ("name",))


# ---- cities that fail


async def test_a_stopped_city_is_named_the_ten_others_answer_and_it_comes_back_by_itself(
    province: Province, everybody: list[dict[str, Cell]], postgres: PostgresServer
) -> None:
    filter = PersonFilter(name_starts_with="陈")
    async with stopped(postgres, "huzhou"):
        first = await page(province, filter, 30)
    assert statuses(first) == {city: "UNAVAILABLE" if city == "huzhou" else "ANSWERED" for city in ALL}
    assert places(first) == expected(everybody, filter, [city for city in ALL if city != "huzhou"])[:30]

    found, after = places(first), first.end_cursor
    while True:
        one = await page(province, filter, 30, after)
        assert set(statuses(one).values()) <= {"ANSWERED", "EMPTY"}
        found += places(one)
        if not one.has_next:
            break
        after = one.end_cursor
    wanted = expected(everybody, filter)
    assert len(found) == len(wanted)
    assert sorted(found) == sorted(wanted)


@asynccontextmanager
async def locked(postgres: PostgresServer, database: str, table: str) -> AsyncIterator[None]:
    """Hold a lock nobody can read beside."""
    connection = await asyncpg.connect(postgres.admin_url(database))
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def test_a_slow_city_is_named_and_the_others_do_not_wait_for_it(
    province: Province, everybody: list[dict[str, Cell]], postgres: PostgresServer
) -> None:
    hasty = impatient(province, "hangzhou", patience_ms=300)
    async with locked(postgres, "hangzhou", "person"):
        one = await page(hasty, CHEN, 30)
    assert statuses(one) == {city: "TIMED_OUT" if city == "hangzhou" else "ANSWERED" for city in ALL}
    assert places(one) == expected(everybody, CHEN, [city for city in ALL if city != "hangzhou"])[:30]
    assert statuses(await page(hasty, CHEN, 30))["hangzhou"] == "ANSWERED"


def people(*names: str, city: str = "x") -> dict[Kind, list[dict[str, Cell]]]:
    return {
        Kind.PERSON: [
            {"ref": f"{city}{number}", "number": f"{city}{number}", "name": name, "state": "NORMAL"}
            for number, name in enumerate(names)
        ]
    }


async def small(make_province: MakeProvince, **cities: Sequence[str]) -> tuple[Province, dict[str, HostileRegistry]]:
    registries = {city: HostileRegistry(city, people(*names, city=city)) for city, names in cities.items()}
    return await make_province(registries.values()), registries


async def test_following_the_pages_ends_while_a_city_stays_away(make_province: MakeProvince) -> None:
    province, registries = await small(make_province, hangzhou=["陈一", "陈二", "陈三"], ningbo=["陈一"])
    registries["ningbo"].before = Raises(lambda: Unavailable("ningbo", "no route"))
    first = await page(province, CHEN, 5)
    assert (len(first.items), first.has_next) == (3, True)
    second = await page(province, CHEN, 5, first.end_cursor)
    assert (second.items, second.has_next) == ([], False)
    assert statuses(second) == {"hangzhou": "EMPTY", "ningbo": "UNAVAILABLE"}
    registries["ningbo"].before = None
    assert places(await page(province, CHEN, 5, second.end_cursor)) == [("陈一", "ningbo", "ningbo0")]


async def test_people_registered_and_cancelled_while_paging_do_not_shift_the_others(
    make_province: MakeProvince,
) -> None:
    province, registries = await small(
        make_province, hangzhou=["陈乙", "陈丁", "陈己"], ningbo=["陈丙", "陈戊"], wenzhou=[]
    )
    wanted = places(await page(province, CHEN, 10))
    first = await page(province, CHEN, 2)
    gone, ahead = wanted[0], {"ref": "new", "number": "new", "name": "陈", "state": "NORMAL"}
    stored = registries[gone[1]].records[Kind.PERSON]
    stored.remove(next(one for one in stored if one["ref"] == gone[2]))
    stored.append(ahead)
    rest = await page(province, CHEN, 10, first.end_cursor)
    assert places(first) + places(rest) == wanted


@pytest.mark.parametrize("fault", ["order", "width", "size", "nameless", "promise"])
async def test_a_city_that_breaks_the_contract_is_named_and_loses_nobody_elsewhere(
    make_province: MakeProvince, fault: str
) -> None:
    province, registries = await small(make_province, hangzhou=["陈一", "陈丁", "陈三"], ningbo=["陈一", "陈二"])
    place = sorted(("name", "birth_date", "ref", "number")).index("name")
    registries["hangzhou"].rows = {
        "order": lambda rows: rows[::-1],
        "width": lambda rows: [row[:-1] for row in rows],
        "size": lambda rows: rows * 9,
        "nameless": lambda rows: [(*row[:place], None, *row[place + 1 :]) for row in rows],
        "promise": lambda rows: [],
    }[fault]
    one = await page(province, CHEN, 2)
    assert statuses(one) == {"hangzhou": "UNAVAILABLE", "ningbo": "ANSWERED"}
    assert [name for name, _, _ in places(one)] == ["陈一", "陈二"]


async def test_a_twelfth_city_is_asked_like_the_others(make_province: MakeProvince) -> None:
    names = {city: ["陈一"] for city in (*CITY_CODES, "xincheng")}
    province, _ = await small(make_province, **names)
    assert [city for _, city, _ in places(await page(province, CHEN, 20))] == [*ALL, "xincheng"]


# ---- counts


async def test_counts_below_five_and_what_would_give_them_away_are_hidden(make_province: MakeProvince) -> None:
    province, _ = await small(
        make_province, hangzhou=["陈一"] * 7, ningbo=["陈一"] * 5, wenzhou=["陈一"] * 4, lishui=[]
    )
    counted = await name_count(province, visit(province, ANONYMOUS, None), "陈一")
    assert {cell.city: (cell.count, cell.suppressed) for cell in counted.by_city} == {
        "hangzhou": (7, False),
        "ningbo": (5, False),
        "wenzhou": (None, True),
        "lishui": (None, True),
    }
    assert (counted.total, counted.suppressed) == (None, True)
    assert {(outcome.status.value, outcome.rows) for outcome in counted.outcomes} == {("ANSWERED", 1)}


@pytest.mark.parametrize("hidden", range(5))
async def test_one_hidden_city_cannot_be_told_from_any_other_count_below_five(
    make_province: MakeProvince, hidden: int
) -> None:
    province, _ = await small(make_province, hangzhou=["陈一"] * 9, ningbo=["陈一"] * hidden)
    counted = await name_count(province, visit(province, ANONYMOUS, None), "陈一")
    assert (counted.total, counted.suppressed) == (None, True)
    assert counted.by_city == [CityCount("hangzhou", 9, suppressed=False), CityCount("ningbo", None, suppressed=True)]
    told = [(outcome.city, outcome.status.value, outcome.rows) for outcome in counted.outcomes]
    assert told == [("hangzhou", "ANSWERED", 1), ("ningbo", "ANSWERED", 1)]


async def test_a_total_is_told_where_nothing_is_hidden_and_nobody_missing(make_province: MakeProvince) -> None:
    province, registries = await small(make_province, hangzhou=["陈一"] * 7, ningbo=["陈一"] * 5)
    counted = await name_count(province, visit(province, ANONYMOUS, None), "陈一")
    assert (counted.total, counted.suppressed) == (12, False)
    registries["ningbo"].before = Raises(lambda: Unavailable("ningbo", "no route"))
    counted = await name_count(province, visit(province, ANONYMOUS, None), "陈一")
    assert (counted.total, counted.suppressed) == (None, False)
    assert [(cell.city, cell.count) for cell in counted.by_city] == [("hangzhou", 7), ("ningbo", None)]
    assert [outcome.status.value for outcome in counted.outcomes] == ["ANSWERED", "UNAVAILABLE"]


async def test_the_count_is_of_people_registered_now_under_exactly_this_name(
    province: Province, everybody: list[dict[str, Cell]]
) -> None:
    names = [str(one["name"]) for one in everybody if one["state"] == "NORMAL" and one["city"] == "wenzhou"]
    most = max(set(names), key=lambda name: (names.count(name), name))
    counted = await name_count(province, visit(province, ANONYMOUS, None), most)
    told = {cell.city: cell.count for cell in counted.by_city}["wenzhou"]
    assert told == (names.count(most) if names.count(most) >= 5 else None)


async def test_a_count_needs_a_name(province: Province) -> None:
    with pytest.raises(FixInput) as raised:
        await name_count(province, visit(province, ANONYMOUS, None), " ")
    assert raised.value.code == "FILTER_TOO_WIDE"
