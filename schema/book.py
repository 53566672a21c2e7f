"""The household register book."""

from datetime import date

import strawberry

from resolvers.record import Record
from schema.column import column, needs
from schema.division import Station, show_station
from schema.showing import shows
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import BookReason, BookState


@shows(Kind.BOOK)
@strawberry.type(
    description="An issue of a household register book (户口簿), or of a personal page of a collective household."
)
class Book:
    """One book as the owning registry keeps it."""

    record: strawberry.Private[Record]
    reason: BookReason | None = column("reason", "Why it was issued.")
    state: BookState | None = column("state", "VALID for the one book in force.")
    issued_on: date | None = column("issued_on", "Day of issue.")

    @strawberry.field(
        description="The registry's office that issued it, wherever the counter stood.",
        metadata=needs("issuing_office"),
    )
    def issuing_office(self) -> Station | None:
        """Show the issuing office."""
        return show_station(self.record.optional_text("issuing_office"))

    @strawberry.field(description="The registry's own reference of this issue.", metadata=needs("ref"))
    def reference(self) -> str:
        """Show the registry's reference."""
        return self.record.text("ref")
