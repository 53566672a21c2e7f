"""What happened to a person's registration: relocations and changes of items."""

from datetime import date

import strawberry

from resolvers.record import Record
from schema.column import column, needs
from schema.division import Division, show_division
from schema.showing import shows
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import ChangeCategory, MoveDirection, MoveReason


@shows(Kind.RELOCATION)
@strawberry.type(description="A move into or out of the registry that answered.")
class Relocation:
    """One relocation entry."""

    record: strawberry.Private[Record]
    direction: MoveDirection | None = column("direction", "Into or out of this registry.")
    reason: MoveReason | None = column("reason", "Why.")
    moved_on: date | None = column("moved_on", "Day of the move.")

    @strawberry.field(
        description="The division at the other end, named as of the day of the move.",
        metadata=needs("other_division", "moved_on"),
    )
    def other_division(self) -> Division | None:
        """Show the other end of the move."""
        return show_division(self.record.optional_text("other_division"), self.record.day("moved_on"))


@shows(Kind.CHANGE)
@strawberry.type(description="A change or correction of one registered item.")
class ItemChange:
    """One change entry."""

    record: strawberry.Private[Record]
    category: ChangeCategory | None = column("category", "Which item.")
    before: str | None = column("before", "What the item was, as the registry stores it.")
    after: str | None = column("after", "What the item became.")
    changed_on: date | None = column("changed_on", "Day of the change.")
