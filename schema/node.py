"""The interface of everything that has an id of its own."""

import strawberry

from schema.column import needs
from schema.context import Info


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    """A type that implements it says what its id stands for in `place`."""

    @strawberry.field(
        description="Opaque, and stable as long as the record stays in its registry; says nothing about the person.",
        metadata=needs("ref"),
    )
    def id(self, info: Info) -> strawberry.ID:
        """Seal the place."""
        return strawberry.ID(info.context.province.seal.id(*self.place()))

    def place(self) -> tuple[str, str, str]:
        """Return (kind, city, ref); city is empty for what belongs to no city."""
        raise NotImplementedError
