"""The dry run of an application: the same rules, nothing written."""

import strawberry

from resolvers import book_application
from resolvers.book_application import EligibilityQuestion
from schema.refusal import Refusal, show_refusals
from schema.scalars import CitizenNumber, CityKey, ItemCode, UnitCode


@strawberry.input(description="The application as a question.")
class EligibilityInput:
    """Businesses this gateway does not serve yet are refused with ITEM_NOT_SERVED, never answered with a false yes."""

    business: ItemCode = strawberry.field(description="Code of the business.")
    subject_number: CitizenNumber = strawberry.field(description="Citizen number of the person concerned.")
    station: UnitCode = strawberry.field(description="The station it would be handed in at.")
    materials: list[str] = strawberry.field(default_factory=list, description="Codes of the materials at hand.")
    old_book_surrendered: bool = strawberry.field(default=False, description="D02: the old book would be handed in.")
    written_authority: bool = strawberry.field(default=False, description="D03: the head's written authority is there.")

    def question(self) -> EligibilityQuestion:
        """Return the question as the use case takes it."""
        return EligibilityQuestion(
            business=self.business,
            subject_number=self.subject_number,
            station=self.station,
            materials=tuple(self.materials),
            old_book_surrendered=self.old_book_surrendered,
            written_authority=self.written_authority,
        )


@strawberry.type(description="What would become of an application handed in now.")
class Eligibility:
    """All reasons at once."""

    eligible: bool = strawberry.field(description="True if the application would be accepted.")
    refusals: list[Refusal] = strawberry.field(description="Every reason against it.")
    business: ItemCode = strawberry.field(description="The business asked about.")
    registry_city: CityKey | None = strawberry.field(
        description="The city whose registry would be written; null if the person was not found."
    )
    channel: str | None = strawberry.field(description="The policy row that opens the channel, if one does.")
    required_materials: list[str] = strawberry.field(description="Codes of the materials it takes.")
    limit_days: int = strawberry.field(description="How long it may take, in working days.")
    fee_yuan: int = strawberry.field(description="Fee in yuan.")


def show_eligibility(found: book_application.Eligibility) -> Eligibility:
    """Show the answer of the dry run."""
    return Eligibility(
        eligible=found.eligible,
        refusals=show_refusals(found.refusals),
        business=ItemCode(found.business),
        registry_city=CityKey(found.registry_city) if found.registry_city else None,
        channel=found.channel,
        required_materials=list(found.required_materials),
        limit_days=found.limit_days,
        fee_yuan=found.fee_yuan,
    )
