"""What issuing a book writes at the registry: one entry that voids the old book in the act of issuing the new one."""

from datetime import date

from msgspec import Struct

from resolvers.case import IssuedBook
from resolvers.rules import REASONS, BookFacts, book_to_void
from tongban_adapters.model import Act, Change, Entry, EntryId, Expected, Kind, Operation, Receipt
from tongban_adapters.vocabulary import BookReason, BookState


class BookPlan(Struct, frozen=True):
    """What was decided when the application was judged; kept, so that every delivery of the entry is the same."""

    household_ref: str
    household_version: str
    person_ref: str | None
    old_ref: str | None
    old_version: str | None
    reason: BookReason
    issued_on: date
    issuing_office: str


def plan_of(facts: BookFacts, issued_on: date) -> BookPlan:
    """Decide what to write. The issuing office is the registry's, wherever the book will be printed."""
    old = book_to_void(facts)
    return BookPlan(
        household_ref=facts.household.ref,
        household_version=facts.household.version,
        person_ref=facts.subject.ref if facts.business == "D04" else None,
        old_ref=old.ref if old else None,
        old_version=old.version if old else None,
        reason=REASONS[facts.business],
        issued_on=issued_on,
        issuing_office=facts.household.police_station,
    )


def entry_id(case: str, entry_round: int, entry_key: str) -> EntryId:
    """Return the id of the entry; a plan made anew after a stale version is another act.

    `entry_key` is the case's own random text: another ledger may give the number of this case to another one.
    """
    step = "ENTRY" if entry_round == 1 else f"ENTRY-{entry_round}"
    return EntryId(case, f"{step}@{entry_key}" if entry_key else step)


def entry_of(
    identity: EntryId, plan: BookPlan, *, business: str, station: str, operator: str, accepted_on: date
) -> Entry:
    """Build the entry; the same arguments give the same entry."""
    changes: list[Change] = []
    if plan.old_ref is not None:
        voided: dict[str, str | int | date | None] = {"state": BookState.VOID}
        changes.append(Change(Operation.UPDATE, Kind.BOOK, voided, plan.old_ref, plan.old_version))
    changes.append(
        Change(
            Operation.INSERT,
            Kind.BOOK,
            {
                "household_ref": plan.household_ref,
                "person_ref": plan.person_ref,
                "reason": plan.reason,
                "state": BookState.VALID,
                "issued_on": plan.issued_on,
                "issuing_office": plan.issuing_office,
            },
        )
    )
    return Entry(
        id=identity,
        act=Act.ISSUE_BOOK,
        business=business,
        station=station,
        operator=operator,
        accepted_on=accepted_on,
        expected=(Expected(Kind.HOUSEHOLD, plan.household_ref, plan.household_version),),
        changes=tuple(changes),
    )


def issued(city: str, plan: BookPlan, receipt: Receipt) -> IssuedBook:
    """Return the book the registry confirmed."""
    return IssuedBook(
        city=city,
        ref=receipt.inserted[0],
        household_ref=plan.household_ref,
        reason=plan.reason,
        issued_on=plan.issued_on,
        issuing_office=plan.issuing_office,
    )
