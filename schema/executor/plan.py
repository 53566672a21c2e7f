"""What a compiled query does, as plain data: which shapes it gives, and where each field of a shape comes from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from graphql import GraphQLEnumType, GraphQLScalarType

from schema.executor.arguments import ResolverArguments
from schema.relation import Relation
from schema.selection import Place

Leaf = GraphQLScalarType | GraphQLEnumType


class Unsupported(Exception):
    """This query is not compiled; `reason` says what stands against it, in a few fixed words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Source(StrEnum):
    """Where the value of a field comes from."""

    TYPENAME = "the name of the type"
    COLUMN = "a cell of the record"
    ATTRIBUTE = "an attribute of the object"
    CALL = "the declared resolver"
    AWAIT = "the declared resolver, awaited"
    RELATION = "one read for all records of the wave"


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a caller decides the form of a plan: whether something may have to be masked for him."""

    masks: bool


@dataclass
class Step:
    """One field of a shape. `required` and `item_required` are the non-null marks of its type."""

    key: str
    field_name: str
    source: Source
    name: str = ""
    call: Callable[..., object] | None = None
    info: str | None = None
    place: Place | None = None
    arguments: ResolverArguments | None = None
    relation: Relation | None = None
    required: bool = False
    many: bool = False
    item_required: bool = False
    leaf: Leaf | None = None
    # The shapes of its objects by the class that stands for their type; several where the type is abstract.
    shapes: Mapping[type, "Shape"] = field(default_factory=dict)
    abstract: bool = False

    @cached_property
    def waits(self) -> bool:
        """Whether something is awaited for it, here or further down."""
        awaited = self.source in (Source.AWAIT, Source.RELATION) or (self.abstract and bool(self.shapes))
        return awaited or any(shape.waits for shape in self.shapes.values())

    @cached_property
    def ahead(self) -> bool:
        """Whether it is worked out for all objects of the shape at once, before they are shaped one by one."""
        return self.waits or any(not shape.alone for shape in self.shapes.values())


@dataclass
class Shape:
    """An object of the answer: all objects at one place of the query that have one type."""

    name: str
    typename: str
    shown: type | None
    recorded: bool
    steps: list[Step]
    together: bool = False

    @cached_property
    def waits(self) -> bool:
        """Whether something is awaited while it is made."""
        return any(step.waits for step in self.steps)

    @cached_property
    def alone(self) -> bool:
        """Whether it is made object by object, not for all of them at once."""
        return not self.recorded and not self.together and not any(step.ahead for step in self.steps)

    def inner_first(self) -> Iterator["Shape"]:
        """Yield the shapes below and then this one."""
        for step in self.steps:
            for shape in step.shapes.values():
                yield from shape.inner_first()
        yield self


def waves(shape: Shape, depth: int = 0) -> Iterator[tuple[int, str, Step]]:
    """Yield (wave, shape, step) of everything that is awaited; what has the same wave is asked for at once."""
    for step in shape.steps:
        own = step.source in (Source.AWAIT, Source.RELATION)
        if own:
            yield depth, shape.name, step
        for below in step.shapes.values():
            yield from waves(below, depth + own)
