"""Reads households, their members and their book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from resolvers import access, purposes
from resolvers.disclosure import disclose, own_key, subject_of
from resolvers.listing import ListPage, city_page, question
from resolvers.page_order import page_of
from resolvers.people import ALWAYS, is_active, member_keys
from resolvers.problems import FixInput, NotFound
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit
from tongban_adapters import divisions
from tongban_adapters.model import Cell, Condition, Criteria, Key, Kind, Match
from tongban_adapters.vocabulary import BookReason, BookState, HouseholdKind, HouseholdState

MAX_HOUSEHOLDS = 200


@dataclass(frozen=True, slots=True)
class HouseholdFilter:
    """Which households to list; every condition holds."""

    number: str | None = None
    kind: HouseholdKind | None = None
    state: HouseholdState | None = None
    division: str | None = None


async def household_by_ref(province: Province, visit: Visit, city: str, ref: str, fields: Sequence[str]) -> Record:
    """Return the household `ref` of `city`. A citizen sees his own only. Raises as `person_by_ref` does."""
    await purposes.require_person_reader(province, visit)
    found = await visit.loaders.read(province.city(city), Kind.HOUSEHOLD, Key.REF, ref, (*fields, "ref"))
    if not found:
        raise access.nothing_there()
    await _require_own(province, visit, city, ref)
    await _disclose_own(province, visit, "household", found[0], fields)
    return found[0]


async def household_by_number(
    province: Province, visit: Visit, city: str, number: str, fields: Sequence[str]
) -> Record | None:
    """Return the household of this number, the living one if there are several; None if none is there to see."""
    await purposes.require_person_reader(province, visit)
    wanted = (*fields, "ref", "state")
    found = await visit.loaders.read(province.city(city), Kind.HOUSEHOLD, Key.NUMBER, number.strip(), wanted)
    if not found:
        return None
    record = min(found, key=lambda each: (_cell(each, "state") != HouseholdState.NORMAL, each.text("ref")))
    try:
        await _require_own(province, visit, city, record.text("ref"))
    except NotFound:
        return None
    await _disclose_own(province, visit, "household", record, fields)
    return record


async def members(
    province: Province, visit: Visit, city: str, household_ref: str, fields: Sequence[str]
) -> list[Record]:
    """Return the active members in the order of the book's pages. A citizen sees his own household only."""
    await purposes.require_person_reader(province, visit)
    wanted = (*fields, *ALWAYS, "state", "relation_to_head", "birth_date")
    found = await visit.loaders.read(province.city(city), Kind.PERSON, Key.HOUSEHOLD_REF, household_ref, wanted)
    active = [record for record in found if is_active(record)]
    subjects = [subject_of(visit, record) for record in active]
    access.require_own_household(visit, subjects)
    for record, subject in zip(active, subjects, strict=True):
        visit.loaders.subjects[city, record.text("ref")] = subject
    await disclose(province, visit, "household.members", Kind.PERSON, city, subjects, fields)
    return sorted(active, key=_page)


async def book_of(
    province: Province, visit: Visit, city: str, household_ref: str, fields: Sequence[str]
) -> Record | None:
    """Return the household's valid book, None if it has none. Personal pages are not the household's book."""
    await purposes.require_person_reader(province, visit)
    wanted = (*fields, "ref", "state", "reason", "issued_on")
    found = await visit.loaders.read(province.city(city), Kind.BOOK, Key.HOUSEHOLD_REF, household_ref, wanted)
    await _require_own(province, visit, city, household_ref)
    valid = [book for book in found if book.value("state") == BookState.VALID and _is_household_book(book)]
    if not valid:
        return None
    book = max(valid, key=lambda each: (each.day("issued_on") or date.min, each.text("ref")))
    await disclose(
        province,
        visit,
        "household.book",
        Kind.BOOK,
        city,
        (own_key(visit, Kind.HOUSEHOLD, city, household_ref),),
        fields,
    )
    return book


async def household_page(
    province: Province,
    visit: Visit,
    city: str,
    filter: HouseholdFilter,
    first: int,
    after: str | None,
    fields: Sequence[str],
) -> ListPage:
    """Return a page of the city's households by number. Not for citizens. Raises as `search_persons`, and TryLater."""
    await purposes.require_register_reader(province, visit)
    if filter.division is not None and divisions.find(filter.division) is None:
        raise FixInput("there is no such division", code="UNKNOWN_DIVISION", place="filter.division")
    conditions = (
        Condition(field, Match.EQUALS, value)
        for field, value in (
            ("number", filter.number and filter.number.strip()),
            ("kind", filter.kind and filter.kind.value),
            ("state", filter.state and filter.state.value),
            ("division", filter.division),
        )
        if value
    )
    asked = question(Criteria(Kind.HOUSEHOLD, tuple(conditions)), [province.city(city)], fields)
    page = await city_page(province, visit, asked, first, after, MAX_HOUSEHOLDS)
    subjects = [own_key(visit, Kind.HOUSEHOLD, city, item.record.text("ref")) for item in page.items]
    await disclose(province, visit, "households", Kind.HOUSEHOLD, city, subjects, fields)
    return page


async def _require_own(province: Province, visit: Visit, city: str, household_ref: str) -> None:
    if access.is_bound_to_own(visit):
        access.require_own_household(visit, await member_keys(province, visit, city, household_ref))


async def _disclose_own(
    province: Province, visit: Visit, operation: str, record: Record, fields: Sequence[str]
) -> None:
    await disclose(province, visit, operation, record.kind, record.city, (subject_of(visit, record),), fields)


def _is_household_book(book: Record) -> bool:
    return book.value("reason") != BookReason.PERSONAL_PAGE


def _page(record: Record) -> tuple[int, date, str]:
    born = _cell(record, "birth_date")
    return page_of(_cell(record, "relation_to_head")), born if isinstance(born, date) else date.max, record.text("ref")


def _cell(record: Record, field: str) -> Cell:
    """Return what is stored, broken or not: it only decides an order."""
    return record.row[record.shape.index[field]]
