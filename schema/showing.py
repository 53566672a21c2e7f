"""Which GraphQL type shows which kind of record, so that types can point at each other without importing each other."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from resolvers.record import Record
from tongban_adapters.model import Kind


class Showing(Protocol):
    """A type that is made from a record alone."""

    def __init__(self, record: Record) -> None: ...


T = TypeVar("T", bound=Showing)

_types: dict[Kind, type[Showing]] = {}


def shows(kind: Kind) -> Callable[[type[T]], type[T]]:
    """Declare that a type shows records of `kind`."""

    def remember(shown: type[T]) -> type[T]:
        _types[kind] = shown
        return shown

    return remember


def type_for(kind: Kind) -> type[Showing]:
    """Return the type that shows records of `kind`."""
    return _types[kind]
