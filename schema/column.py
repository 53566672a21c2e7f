"""Fields that show one canonical field of the registry record behind them."""

from collections.abc import Callable
from typing import Any, Protocol

import strawberry

from resolvers import access
from resolvers.disclosure import subject_of
from resolvers.record import Record
from schema.context import Info
from tongban_adapters.model import Value

# Metadata key: the canonical fields a GraphQL field is made of.
NEEDS = "needs"
# Metadata key: the one canonical field a GraphQL field shows as it is.
COLUMN = "column"
# Metadata key: shown as it is to callers from whom nothing is masked, else by the resolver.
MASKED = "masked"


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

    metadata = {NEEDS: (name,), COLUMN: name}
    return strawberry.field(resolver=resolve, description=description, metadata=metadata)


def masked_column(name: str, mask: Callable[[str], str], description: str) -> Any:
    """Declare a field that shows the text `name` of a person, masked for callers who may not see it in full."""

    def resolve(root: Recorded, info: Info) -> str | None:
        text = root.record.optional_text(name)
        if not text or not access.is_bound_to_own(info.context.visit):
            return text
        return mask(text) if access.masks(info.context.visit, subject_of(info.context.visit, root.record)) else text

    metadata = {NEEDS: (name, "number"), COLUMN: name, MASKED: True}
    return strawberry.field(resolver=resolve, description=description, metadata=metadata)


def needs(*names: str) -> dict[str, tuple[str, ...]]:
    """Return the metadata of a field that is made of the canonical fields `names`."""
    return {NEEDS: names}
