"""The root fields that write; each hands over to one use case and decides nothing."""

from typing import Annotated
from uuid import UUID

import strawberry

from resolvers import books, cases, printing
from resolvers.book_application import BookApplication
from resolvers.case import Decision
from schema.case import Case, show_case
from schema.context import Info
from schema.refusal import Refusal, show_refusals
from schema.scalars import CitizenNumber, ItemCode, UnitCode


@strawberry.type(description="What every mutation answers: the case, and every reason why something was not done.")
class CasePayload:
    """A case without refusals was accepted; refusals without a case mean that nothing was written."""

    case: Case | None = strawberry.field(description="The case; null if nothing was written.")
    refusals: list[Refusal] = strawberry.field(description="All reasons at once; empty if nothing stands against it.")


def _show(decision: Decision) -> CasePayload:
    return CasePayload(
        case=show_case(decision.case) if decision.case else None, refusals=show_refusals(decision.refusals)
    )


INPUT = strawberry.argument(description="What is asked for, with the idempotency key.")
IDEMPOTENCY_KEY = (
    "A UUID made by the client. The same key with the same input gives the same case again; with another input it is "
    "refused with IDEMPOTENCY_CONFLICT."
)


@strawberry.input(description="An application for a household register book (catalogue D01–D04).")
class ApplyHouseholdBookInput:
    """What the counter, or the citizen online, sends."""

    idempotency_key: UUID = strawberry.field(description=IDEMPOTENCY_KEY)
    business: ItemCode = strawberry.field(
        description="D01 first issue, D02 replacement, D03 reissue of a lost book, D04 page of a collective household."
    )
    subject_number: CitizenNumber = strawberry.field(description="Citizen number of the person whose book it is.")
    station: UnitCode = strawberry.field(description="The handling station; it prints the book.")
    materials: list[str] = strawberry.field(
        default_factory=list, description="Codes of the materials laid on the counter, as in `business { materials }`."
    )
    old_book_surrendered: bool = strawberry.field(default=False, description="D02: the old book was handed in.")
    written_authority: bool = strawberry.field(
        default=False, description="D03: the applicant is not the head, and brought the head's written authority."
    )

    def application(self) -> BookApplication:
        """Return the application as the use case takes it."""
        return BookApplication(
            idempotency_key=self.idempotency_key,
            business=self.business,
            subject_number=self.subject_number,
            station=self.station,
            materials=tuple(self.materials),
            old_book_surrendered=self.old_book_surrendered,
            written_authority=self.written_authority,
        )


@strawberry.input(description="A sheet of controlled stock that was printed for a case.")
class RecordPrintingInput:
    """What the handling station reports."""

    idempotency_key: UUID = strawberry.field(description=IDEMPOTENCY_KEY)
    case_number: strawberry.ID = strawberry.field(description="Number of a case that is READY_TO_PRINT.")
    serial: str = strawberry.field(description="Serial number of the sheet; every serial can be used once only.")
    spoiled: bool = strawberry.field(
        default=False,
        description="True if the sheet was spoiled: it is accounted for and the case stays READY_TO_PRINT.",
    )


@strawberry.input(description="The withdrawal of a case whose registry has not confirmed yet.")
class WithdrawCaseInput:
    """Who withdraws is known from the token."""

    idempotency_key: UUID = strawberry.field(description=IDEMPOTENCY_KEY)
    case_number: strawberry.ID = strawberry.field(description="Number of the case.")


@strawberry.type(description="Everything that writes. Nothing answers done before the owning registry confirmed.")
class Mutation:
    """Three to five lines a field: the decisions are in `resolvers`."""

    @strawberry.mutation(
        description="Apply for a household register book at any counter. It is issued by the registry that owns the "
        "household; print it when the case is READY_TO_PRINT. Needs role OFFICER with the item's code as "
        "Tongban-Purpose, or CITIZEN for oneself."
    )
    async def apply_household_book(self, info: Info, input: Annotated[ApplyHouseholdBookInput, INPUT]) -> CasePayload:
        """Hand over to `books`."""
        context = info.context
        return _show(await books.apply_household_book(context.province, context.visit, input.application()))

    @strawberry.mutation(
        description="Record a printed (or spoiled) sheet. Needs role OFFICER of the case's handling station."
    )
    async def record_printing(self, info: Info, input: Annotated[RecordPrintingInput, INPUT]) -> CasePayload:
        """Hand over to `printing`."""
        context = info.context
        return _show(
            await printing.record_printing(
                context.province, context.visit, input.case_number, input.serial, input.spoiled, input.idempotency_key
            )
        )

    @strawberry.mutation(
        description="Withdraw a case, possible until the registry has confirmed. Needs the applicant or an officer of "
        "the handling station."
    )
    async def withdraw_case(self, info: Info, input: Annotated[WithdrawCaseInput, INPUT]) -> CasePayload:
        """Hand over to `cases`."""
        context = info.context
        return _show(
            await cases.withdraw_case(context.province, context.visit, input.case_number, input.idempotency_key)
        )
