"""ID cards and the applications for them."""

from datetime import date

import strawberry

from resolvers.record import Record
from schema.column import column, needs
from schema.showing import shows
from tongban_adapters.model import FOREVER, Kind
from tongban_adapters.vocabulary import CardApplicationState, CardReason, IdCardClass, IdCardState


@shows(Kind.ID_CARD)
@strawberry.type(description="A resident identity card as the registry keeps it.")
class IdCard:
    """One card of one person."""

    record: strawberry.Private[Record]
    card_class: IdCardClass | None = column("card_class", "Class of the document.")
    state: IdCardState | None = column("state", "NORMAL is the card in force.")
    issuing_organ: str | None = column("issuing_organ", "The county-level organ of the registry place that issued it.")
    valid_from: date | None = column("valid_from", "First day of validity.")

    @strawberry.field(
        description="Last day of validity; null if the card is long-term (see longTerm).", metadata=needs("valid_until")
    )
    def valid_until(self) -> date | None:
        """Show the last day, or null for long-term."""
        day = self.record.day("valid_until")
        return None if day == FOREVER else day

    @strawberry.field(description="True for a card without a last day.", metadata=needs("valid_until"))
    def long_term(self) -> bool | None:
        """Tell whether the card is long-term; null if the registry stores no end at all."""
        day = self.record.day("valid_until")
        return None if day is None else day == FOREVER


@shows(Kind.CARD_APPLICATION)
@strawberry.type(description="An application for an ID card.")
class CardApplication:
    """One application as the registry keeps it."""

    record: strawberry.Private[Record]
    acceptance_number: str | None = column("acceptance_number", "Acceptance number (SLH), 22 characters.")
    reason: CardReason | None = column("reason", "Why the card is applied for.")
    state: CardApplicationState | None = column("state", "Where the application stands.")
    accepted_on: date | None = column("accepted_on", "Day of acceptance.")
    fee: int | None = column("fee", "Fee in yuan.")
