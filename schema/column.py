"""Fields that show one canonical field of the registry record behind them."""

from typing import Any, Protocol

import strawberry

from resolvers.record import Record
from tongban_adapters.model import Value

# Metadata key: the canonical fields a GraphQL field is made of.
NEEDS = "needs"


class Recorded(Protocol):
    """A type that stands on a registry record."""

    @property
    def record(self) -> Record:
        """The record."""


# Strawberry's field descriptor takes the type of the annotation beside it; only Any lets mypy agree with both.
def column(name: str, description: str) -> Any:
    """Declare a field that shows the canonical field `name` unchanged."""

    def resolve(root: Recorded) -> Value:
        return root.record.value(name)

    return strawberry.field(resolver=resolve, description=description, metadata={NEEDS: (name,)})


def needs(*names: str) -> dict[str, tuple[str, ...]]:
    """Return the metadata of a field that is made of the canonical fields `names`."""
    return {NEEDS: names}
