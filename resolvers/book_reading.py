"""Reads what the book rules need from the owning registry."""

import asyncio
from collections.abc import Sequence
from datetime import date

from resolvers.catalogue import Business
from resolvers.ledger.cases import Declared
from resolvers.loaders import Loaders
from resolvers.people import is_active
from resolvers.province import City, Province
from resolvers.record import Record
from resolvers.rules import (
    AUTHORITY,
    OLD_BOOK,
    BookFact,
    BookFacts,
    HouseholdFacts,
    Paper,
    SubjectFacts,
)
from resolvers.visit import Visit
from tongban_adapters.model import Key, Kind
from tongban_adapters.vocabulary import (
    BookState,
    HouseholdKind,
    HouseholdState,
    PersonLock,
    PersonState,
    Relation,
)

SUBJECT_FIELDS = ("ref", "household_ref", "state", "lock", "relation_to_head", "birth_date")
_HOUSEHOLD_FIELDS = ("ref", "version", "kind", "state", "police_station")
_MEMBER_FIELDS = ("ref", "state", "relation_to_head")
_BOOK_FIELDS = ("ref", "version", "person_ref", "state")


async def gather_facts(
    province: Province, visit: Visit, subject: Record, business: Business, declared: Declared, accepted_on: date
) -> BookFacts:
    """Read household, members and books at the subject's city. Raises TryLater, AskOperator."""
    return BookFacts(
        business=business.code,
        accepted_on=accepted_on,
        subject=_subject(subject),
        household=await _household(province.city(subject.city), visit, subject.value("household_ref")),
        papers=papers_of(business),
        presented=_presented(declared),
    )


def papers_of(business: Business) -> tuple[Paper, ...]:
    """Return the papers the item may demand: nothing that shared data can show."""
    return tuple(
        Paper(material.code, material.name_zh, material.name_en)
        for material in business.materials
        if not material.shared and (material.required or material.code == AUTHORITY)
    )


async def valid_books(province: Province, city: City, household_ref: str, deadline: float) -> list[BookFact]:
    """Read the valid books of a household now, past what a request has read before. Raises TryLater."""
    fresh = Loaders(province, deadline, [])
    return _books(await fresh.read(city, Kind.BOOK, Key.HOUSEHOLD_REF, household_ref, _BOOK_FIELDS))


def _subject(record: Record) -> SubjectFacts:
    relation = record.value("relation_to_head")
    return SubjectFacts(
        ref=record.text("ref"),
        state=PersonState(record.text("state")),
        lock=PersonLock(record.text("lock")),
        relation=Relation(relation) if isinstance(relation, str) else None,
        birth_date=record.day("birth_date"),
    )


async def _household(city: City, visit: Visit, ref: object) -> HouseholdFacts:
    if not isinstance(ref, str):
        return HouseholdFacts.absent()
    read = visit.loaders.read
    households, members, books = await asyncio.gather(
        read(city, Kind.HOUSEHOLD, Key.REF, ref, _HOUSEHOLD_FIELDS),
        read(city, Kind.PERSON, Key.HOUSEHOLD_REF, ref, _MEMBER_FIELDS),
        read(city, Kind.BOOK, Key.HOUSEHOLD_REF, ref, _BOOK_FIELDS),
    )
    if not households:
        return HouseholdFacts.absent()
    household = households[0]
    return HouseholdFacts(
        ref=ref,
        version=household.text("version"),
        kind=HouseholdKind(household.text("kind")),
        state=HouseholdState(household.text("state")),
        police_station=household.text("police_station"),
        heads=sum(1 for member in members if is_active(member) and member.value("relation_to_head") == Relation.HEAD),
        books=tuple(_books(books)),
    )


def _books(records: Sequence[Record]) -> list[BookFact]:
    valid = [record for record in records if record.value("state") == BookState.VALID]
    found = [BookFact(record.text("ref"), record.text("version"), _owner(record)) for record in valid]
    return sorted(found, key=lambda book: book.ref)


def _owner(book: Record) -> str | None:
    owner = book.value("person_ref")
    return owner if isinstance(owner, str) else None


def _presented(declared: Declared) -> frozenset[str]:
    said = [OLD_BOOK] * declared.old_book_surrendered + [AUTHORITY] * declared.written_authority
    return frozenset({*declared.materials, *said})
