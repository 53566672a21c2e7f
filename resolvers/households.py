"""Reads households, their members and their book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from resolvers import access, purposes
from resolvers.disclosure import disclose, own_key, subject_of, subjects_of
from resolvers.heads import head_of
from resolvers.listing import ListPage, city_page, question
from resolvers.page_order import page_of
from resolvers.people import ALWAYS, is_active, member_keys
from resolvers.problems import FixInput, NotFound, Problem, one_of
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


async def households_by_ref(
    province: Province, visit: Visit, city: str, refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Record | Problem]:
    """Return each household `ref` of `city`, NotFound in its place where it is not there or not to be seen.

    Raises as `person_by_ref` does where none of them can be read.
    """
    await purposes.require_person_reader(province, visit)
    found = await visit.loaders.read_many(province.city(city), Kind.HOUSEHOLD, Key.REF, refs, (*fields, "ref"))
    hidden = await _not_own(province, visit, city, refs)
    answers: dict[str, Record | Problem] = {}
    subjects = []
    for ref in refs:
        if ref in hidden or not found[ref]:
            answers[ref] = hidden.get(ref) or access.nothing_there()
            continue
        answers[ref] = found[ref][0]
        subjects.append(own_key(visit, Kind.HOUSEHOLD, city, ref))
    await disclose(province, visit, "household", Kind.HOUSEHOLD, city, subjects, fields)
    return answers


async def household_by_ref(province: Province, visit: Visit, city: str, ref: str, fields: Sequence[str]) -> Record:
    """Return the household `ref` of `city`. A citizen sees his own only. Raises as `person_by_ref` does."""
    return one_of(await households_by_ref(province, visit, city, (ref,), fields), ref)


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


async def members_of(
    province: Province, visit: Visit, city: str, household_refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, list[Record] | Problem]:
    """Return the active members of each household in the order of the book's pages, a Problem where it has one.

    A citizen sees his own household only. Raises as `person_by_ref` does where none of them can be read.
    """
    await purposes.require_person_reader(province, visit)
    wanted = (*fields, *ALWAYS, "state", "relation_to_head", "birth_date")
    found = await visit.loaders.read_many(
        province.city(city), Kind.PERSON, Key.HOUSEHOLD_REF, household_refs, tuple(wanted)
    )
    active = {household_ref: _active(found[household_ref]) for household_ref in household_refs}
    everyone = [record for records in active.values() if isinstance(records, list) for record in records]
    subjects = subjects_of(visit, everyone)
    visit.loaders.subjects.update(
        ((city, record.text("ref")), key) for record, key in zip(everyone, subjects, strict=True)
    )
    told, following = subjects, iter(subjects)
    if access.is_bound_to_own(visit):
        told = []
        for household_ref, records in active.items():
            if isinstance(records, list):
                own = list(islice(following, len(records)))
                active[household_ref] = _own(visit, records, own)
                told += own if isinstance(active[household_ref], list) else ()
    await disclose(province, visit, "household.members", Kind.PERSON, city, told, fields)
    return active


async def members(
    province: Province, visit: Visit, city: str, household_ref: str, fields: Sequence[str]
) -> list[Record]:
    """Return the active members in the order of the book's pages. A citizen sees his own household only."""
    return one_of(await members_of(province, visit, city, (household_ref,), fields), household_ref)


async def heads_of(
    province: Province, visit: Visit, city: str, household_refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Record | Problem]:
    """Return the head of each household; NO_HEAD or MULTIPLE_HEADS in its place where the data is defective."""
    found = await members_of(province, visit, city, household_refs, (*fields, "relation_to_head"))
    answers: dict[str, Record | Problem] = {}
    for household_ref in household_refs:
        try:
            answers[household_ref] = head_of(one_of(found, household_ref))
        except Problem as problem:
            answers[household_ref] = problem
    return answers


async def books_of(
    province: Province, visit: Visit, city: str, household_refs: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Record | Problem | None]:
    """Return the valid book of each household, None if it has none. Personal pages are not the household's book."""
    await purposes.require_person_reader(province, visit)
    wanted = (*fields, "ref", "state", "reason", "issued_on")
    found = await visit.loaders.read_many(province.city(city), Kind.BOOK, Key.HOUSEHOLD_REF, household_refs, wanted)
    hidden = await _not_own(province, visit, city, household_refs)
    answers: dict[str, Record | Problem | None] = {}
    for household_ref in household_refs:
        try:
            answers[household_ref] = hidden.get(household_ref) or _valid_book(found[household_ref])
        except Problem as problem:
            answers[household_ref] = problem
    subjects = [own_key(visit, Kind.HOUSEHOLD, city, ref) for ref, book in answers.items() if isinstance(book, Record)]
    await disclose(province, visit, "household.book", Kind.BOOK, city, subjects, fields)
    return answers


async def book_of(
    province: Province, visit: Visit, city: str, household_ref: str, fields: Sequence[str]
) -> Record | None:
    """Return the household's valid book, None if it has none."""
    return one_of(await books_of(province, visit, city, (household_ref,), fields), household_ref)


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


def _active(found: Sequence[Record]) -> list[Record] | Problem:
    """Return the active members in the order of the pages, or the Problem of one that cannot be told active."""
    try:
        return sorted((record for record in found if is_active(record)), key=_page)
    except Problem as problem:
        return problem


def _own(visit: Visit, members: list[Record], subjects: Sequence[bytes]) -> list[Record] | Problem:
    try:
        access.require_own_household(visit, subjects)
    except Problem as problem:
        return problem
    return members


async def _not_own(province: Province, visit: Visit, city: str, refs: Sequence[str]) -> dict[str, Problem]:
    """Return what stands between a citizen and each household that is not his own; officers see all of them."""
    hidden: dict[str, Problem] = {}
    if access.is_bound_to_own(visit):
        for ref in refs:
            try:
                await _require_own(province, visit, city, ref)
            except Problem as problem:
                hidden[ref] = problem
    return hidden


def _valid_book(books: Sequence[Record]) -> Record | None:
    valid = [book for book in books if book.value("state") == BookState.VALID and _is_household_book(book)]
    return max(valid, key=lambda each: (each.day("issued_on") or date.min, each.text("ref")), default=None)


async def _disclose_own(
    province: Province, visit: Visit, operation: str, record: Record, fields: Sequence[str]
) -> None:
    await disclose(province, visit, operation, record.kind, record.city, (subject_of(visit, record),), fields)


def _is_household_book(book: Record) -> bool:
    return book.value("reason") != BookReason.PERSONAL_PAGE


def _page(record: Record) -> tuple[int, date, str]:
    row, index = record.row, record.shape.index
    born = row[index["birth_date"]]
    return page_of(row[index["relation_to_head"]]), born if isinstance(born, date) else date.max, record.text("ref")


def _cell(record: Record, field: str) -> Cell:
    """Return what is stored, broken or not: it only decides an order."""
    return record.row[record.shape.index[field]]
