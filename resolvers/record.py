"""One record as a registry answered it: city, kind and the cells that were asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct

from resolvers.problems import AskOperator
from tongban_adapters.errors import BrokenRecord
from tongban_adapters.model import Kind, Row, Value


@dataclass(frozen=True, slots=True)
class Shape:
    """What a row of one read holds: where each field sits, and when the registry answered (shared by all its rows)."""

    city: str
    kind: Kind
    index: Mapping[str, int]
    as_of: datetime

    @classmethod
    def of(cls, city: str, kind: Kind, fields: Sequence[str], as_of: datetime) -> "Shape":
        """Build the shape of a read that asked for `fields`."""
        return cls(city, kind, index_of(tuple(fields)), as_of)


@lru_cache(maxsize=4096)
def index_of(fields: tuple[str, ...]) -> Mapping[str, int]:
    """Return where each field sits in a row; reads of the same fields share the very same mapping."""
    return MappingProxyType({name: i for i, name in enumerate(fields)})


class Record(Struct, frozen=True, gc=False):
    """One row with its shape. A field that was not asked for is a KeyError: a fault of ours, not of the data."""

    shape: Shape
    row: Row

    @property
    def city(self) -> str:
        """The slug of the registry that answered."""
        return self.shape.city

    @property
    def kind(self) -> Kind:
        """The kind of record."""
        return self.shape.kind

    def value(self, field: str) -> Value:
        """Return the canonical value; raises AskOperator(BROKEN_RECORD) where the stored value fits none."""
        cell = self.row[self.shape.index[field]]
        if isinstance(cell, BrokenRecord):
            raise AskOperator(
                f"{cell.city}: field {cell.field} of record {cell.reference} holds a value that fits nothing",
                code="BROKEN_RECORD",
                place=cell.field,
                city=cell.city,
            )
        return cell

    def text(self, field: str) -> str:
        """Return a value that is always text (`ref`, `version`, `name`)."""
        cell = self.row[self.shape.index[field]]
        if cell.__class__ is str:
            return cell
        value = self.value(field)
        if not isinstance(value, str):
            raise AskOperator(
                f"{self.city}: field {field} is empty where text is required",
                code="BROKEN_RECORD",
                place=field,
                city=self.city,
            )
        return value

    def optional_text(self, field: str) -> str | None:
        """Return text or None."""
        value = self.value(field)
        return value if isinstance(value, str) else None

    def day(self, field: str) -> date | None:
        """Return a date or None."""
        value = self.value(field)
        return value if isinstance(value, date) else None
