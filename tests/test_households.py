"""Households: pages, members in the book's order, the valid book, and how few calls that takes."""

from datetime import date

import pytest

from resolvers.audit import settle
from resolvers.caller import Caller, Role
from resolvers.households import (
    HouseholdFilter,
    book_of,
    household_by_number,
    household_by_ref,
    household_page,
    members,
    members_of,
)
from resolvers.page_order import PAGE_OF, page_of
from resolvers.people import person_by_number
from resolvers.problems import AskForRight, FixInput, NotFound, TryLater, one_of
from resolvers.province import Province
from tests.hostile import HostileRegistry, Raises
from tests.provinces import MakeProvince, citizen, visit
from tongban_adapters.errors import BrokenRecord, Unavailable
from tongban_adapters.model import Cell, Kind
from tongban_adapters.vocabulary import HouseholdKind, Relation

SUBJECT = "33030219751120904X"
STRANGER = "33078219880815907X"


async def home(province: Province) -> str:
    """Return the ref of the story's household."""
    return (await person_by_number(province, visit(province), SUBJECT, ("household_ref",))).text("household_ref")


async def test_the_storys_household_by_reference_and_by_number(province: Province) -> None:
    ref = await home(province)
    found = await household_by_ref(province, visit(province), "wenzhou", ref, ("number", "kind"))
    assert (found.text("kind"), found.city) == ("FAMILY", "wenzhou")
    again = await household_by_number(province, visit(province), "wenzhou", found.text("number"), ("kind",))
    assert again is not None
    assert again.text("ref") == ref


async def test_a_household_nobody_has(province: Province) -> None:
    assert await household_by_number(province, visit(province), "wenzhou", "no such number", ("kind",)) is None
    with pytest.raises(NotFound):
        await household_by_ref(province, visit(province), "wenzhou", "999999999999", ("kind",))


async def test_the_pages_of_the_storys_book(province: Province) -> None:
    family = await members(province, visit(province), "wenzhou", await home(province), ("name",))
    assert [member.text("name") for member in family] == ["叶静芳", "陈建军", "陈佳怡"]


async def test_the_storys_valid_book(province: Province) -> None:
    book = await book_of(province, visit(province), "wenzhou", await home(province), ("issued_on", "issuing_office"))
    assert book is not None
    assert book.text("state") == "VALID"


async def test_a_citizen_sees_his_own_household_only(province: Province) -> None:
    ref = await home(province)
    number = (await household_by_ref(province, visit(province), "wenzhou", ref, ("number",))).text("number")
    own = visit(province, citizen(province, SUBJECT), None)
    assert len(await members(province, own, "wenzhou", ref, ("name",))) == 3
    assert await household_by_number(province, own, "wenzhou", number, ("kind",)) is not None
    assert await book_of(province, own, "wenzhou", ref, ("state",)) is not None
    stranger = visit(province, citizen(province, STRANGER), None)
    assert await household_by_number(province, stranger, "wenzhou", number, ("kind",)) is None
    for reading in (household_by_ref, members, book_of):
        with pytest.raises(NotFound):
            await reading(province, stranger, "wenzhou", ref, ("state",))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICER, Role.APPROVER}))
async def test_only_officers_list_households(province: Province, role: Role) -> None:
    with pytest.raises(AskForRight):
        await household_page(
            province, visit(province, Caller(role)), "wenzhou", HouseholdFilter(), 5, None, ("number",)
        )


async def test_the_pages_of_a_city_hold_every_household_once_by_number(province: Province) -> None:
    numbers: list[str] = []
    after, more = None, True
    while more:
        page = await household_page(province, visit(province), "zhoushan", HouseholdFilter(), 7, after, ("number",))
        numbers += [item.record.text("number") for item in page.items]
        after, more = page.end_cursor, page.has_next
    whole = await household_page(province, visit(province), "zhoushan", HouseholdFilter(), 200, None, ("number",))
    assert numbers == [item.record.text("number") for item in whole.items]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(set(numbers)) > 7


async def test_a_filter_holds_for_every_household(province: Province) -> None:
    collective = HouseholdFilter(kind=HouseholdKind.COLLECTIVE)
    page = await household_page(province, visit(province), "hangzhou", collective, 200, None, ("kind",))
    assert {item.record.text("kind") for item in page.items} == {"COLLECTIVE"}
    number = page.items[0].record.text("number")
    one = await household_page(province, visit(province), "hangzhou", HouseholdFilter(number), 5, None, ("kind",))
    assert [item.record.text("number") for item in one.items] == [number]


async def test_a_page_that_is_too_large_and_an_unknown_city(province: Province) -> None:
    for city, first, code in (("wenzhou", 201, "PAGE_SIZE"), ("shanghai", 20, "UNKNOWN_CITY")):
        with pytest.raises(FixInput) as raised:
            await household_page(province, visit(province), city, HouseholdFilter(), first, None, ("number",))
        assert raised.value.code == code


# ---- with registries in memory


def numbered(count: int, each: int) -> dict[Kind, list[dict[str, Cell]]]:
    households: list[dict[str, Cell]] = [{"ref": f"h{at:04d}", "number": f"{at:09d}"} for at in range(count)]
    people: list[dict[str, Cell]] = [
        {
            "ref": f"p{at}",
            "number": f"n{at}",
            "name": f"陈{at}",
            "state": "NORMAL",
            "household_ref": f"h{at // each:04d}",
            "relation_to_head": "HEAD" if at % each == 0 else "SON",
            "birth_date": date(1990, 1, 1),
        }
        for at in range(count * each)
    ]
    return {Kind.HOUSEHOLD: households, Kind.PERSON: people}


async def test_two_hundred_households_with_their_members_take_one_search_and_one_read(
    make_province: MakeProvince,
) -> None:
    registry = HostileRegistry("wenzhou", numbered(200, 3))
    province = await make_province([registry])
    asking = visit(province)
    page = await household_page(province, asking, "wenzhou", HouseholdFilter(), 200, None, ("number",))
    refs = [item.record.text("ref") for item in page.items]
    families = await members_of(province, asking, "wenzhou", refs, ("name",))
    assert [len(one_of(families, ref)) for ref in refs] == [3] * 200
    assert registry.calls == [("search", Kind.HOUSEHOLD, 200), ("read", Kind.PERSON, 200)]
    await settle(province, asking)
    async with province.ledger.session() as session:
        assert await session.fetchval("SELECT count(*) FROM access_log") == 800


async def test_a_registry_that_takes_few_keys_is_asked_in_portions(make_province: MakeProvince) -> None:
    registry = HostileRegistry("wenzhou", numbered(10, 2), max_keys=4)
    province = await make_province([registry])
    asking = visit(province)
    refs = [f"h{at:04d}" for at in range(10)]
    families = await members_of(province, asking, "wenzhou", refs, ("name",))
    assert [len(one_of(families, ref)) for ref in refs] == [2] * 10
    assert registry.calls == [("read", Kind.PERSON, size) for size in (4, 4, 2)]


async def test_a_city_that_is_down_has_no_page_instead_of_an_empty_one(make_province: MakeProvince) -> None:
    registry = HostileRegistry("wenzhou", numbered(1, 1))
    registry.before = Raises(lambda: Unavailable("wenzhou", "no route"))
    province = await make_province([registry])
    asking = visit(province)
    with pytest.raises(TryLater) as raised:
        await household_page(province, asking, "wenzhou", HouseholdFilter(), 5, None, ("number",))
    assert raised.value.more["city"] == "wenzhou"
    assert [outcome.status.value for outcome in asking.outcomes] == ["UNAVAILABLE"]
    with pytest.raises(TryLater):
        await household_by_number(province, asking, "wenzhou", "1", ("kind",))


async def test_only_active_members_in_the_order_of_pages_then_age(make_province: MakeProvince) -> None:
    broken = BrokenRecord("wenzhou", "9", "relation_to_head", "no such code")
    family: list[tuple[str, Cell, Cell, str]] = [
        ("sibling", "ELDER_SISTER", date(1960, 1, 1), "NORMAL"),
        ("unreadable", broken, date(1900, 1, 1), "NORMAL"),
        ("nanny", "NANNY", date(1950, 1, 1), "NORMAL"),
        ("grandmother", "MATERNAL_GRANDMOTHER", date(1920, 1, 1), "NORMAL"),
        ("mother", "MOTHER", date(1940, 1, 1), "NORMAL"),
        ("grandson", "GRANDSON", date(2015, 1, 1), "NORMAL"),
        ("daughter", "DAUGHTER", date(1992, 1, 1), "NORMAL"),
        ("son", "SON", date(1990, 1, 1), "NORMAL"),
        ("undated son", "SON", None, "NORMAL"),
        ("late husband", "HUSBAND", date(1960, 1, 1), "DEAD"),
        ("moved son", "SON", date(1985, 1, 1), "MOVED_OUT"),
        ("husband", "HUSBAND", date(1965, 1, 1), "NORMAL"),
        ("head", "HEAD", date(1966, 1, 1), "NORMAL"),
    ]
    rows: list[dict[str, Cell]] = [
        {
            "ref": name,
            "number": name,
            "household_ref": "h",
            "relation_to_head": relation,
            "birth_date": born,
            "state": state,
        }
        for name, relation, born, state in family
    ]
    province = await make_province([HostileRegistry("wenzhou", {Kind.PERSON: rows})])
    order = [one.text("ref") for one in await members(province, visit(province), "wenzhou", "h", ("ref",))]
    assert order == [
        *("head", "husband", "son", "daughter", "undated son", "grandson", "mother", "grandmother"),
        *("sibling", "nanny", "unreadable"),
    ]


def test_every_relation_has_its_page() -> None:
    assert set(PAGE_OF) == set(Relation)
    assert page_of("no relation") == page_of(None) == 8


async def test_the_book_of_a_household_is_its_latest_valid_one_and_no_personal_page(
    make_province: MakeProvince,
) -> None:
    books: list[dict[str, Cell]] = [
        {"ref": ref, "household_ref": "h", "state": state, "reason": reason, "issued_on": date(year, 1, 1)}
        for ref, state, reason, year in (
            ("old", "VOID", "FIRST_ISSUE", 2020),
            ("page", "VALID", "PERSONAL_PAGE", 2021),
            ("now", "VALID", "REPLACEMENT", 2019),
            ("earlier", "VALID", "FIRST_ISSUE", 2001),
        )
    ]
    province = await make_province([HostileRegistry("wenzhou", {Kind.BOOK: books})])
    book = await book_of(province, visit(province), "wenzhou", "h", ("issued_on",))
    assert book is not None
    assert book.text("ref") == "now"
    assert await book_of(province, visit(province), "wenzhou", "another", ("issued_on",)) is None


async def test_of_two_households_with_one_number_the_living_one_is_shown(make_province: MakeProvince) -> None:
    rows: list[dict[str, Cell]] = [
        {"ref": "1", "number": "n", "state": "CANCELLED"},
        {"ref": "2", "number": "n", "state": "NORMAL"},
    ]
    province = await make_province([HostileRegistry("wenzhou", {Kind.HOUSEHOLD: rows})])
    found = await household_by_number(province, visit(province), "wenzhou", " n ", ("state",))
    assert found is not None
    assert found.text("ref") == "2"


async def test_a_list_of_an_unknown_division_is_an_error(province: Province) -> None:
    for division, places in (("330302", None), ("999999", "filter.division"), ("", "filter.division")):
        asked = household_page(
            province, visit(province), "wenzhou", HouseholdFilter(division=division), 1, None, ("number",)
        )
        if places is None:
            assert (await asked).items
            continue
        with pytest.raises(FixInput) as refused:
            await asked
        assert (refused.value.code, refused.value.place) == ("UNKNOWN_DIVISION", places)
