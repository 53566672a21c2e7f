"""Which canonical fields a registry has to read for the fields a query asks for at one place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import FieldNode, GraphQLObjectType, GraphQLOutputType, get_named_type
from strawberry.types import get_object_definition

from schema.column import NEEDS
from schema.context import Context, Info
from schema.executor.collect import Collector


@dataclass(slots=True)
class Place:
    """One field of a planned query: its nodes and its type, and the fields found to be needed below it."""

    collector: Collector
    nodes: Sequence[FieldNode]
    shown: GraphQLOutputType
    known: dict[tuple[object, ...], tuple[str, ...]]

    def fields_for(self, shown: type, steps: tuple[str, ...], always: Iterable[str]) -> tuple[str, ...]:
        """Return the canonical fields, found once per plan."""
        asked = (shown, steps, always)
        known = self.known.get(asked)
        if known is None:
            known = self.known[asked] = _needed(self.collector, self.nodes, self.shown, shown, steps, always)
        return known


@dataclass(frozen=True, slots=True)
class PlannedInfo:
    """What a resolver is handed by the compiled executor in the place of strawberry's Info."""

    context: Context
    place: Place


def fields_for(info: Info | PlannedInfo, shown: type, *steps: str, always: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the canonical fields that type `shown` needs below the current field, in a stable order.

    `steps` leads from the current field to the objects (`"edges", "node"` for a connection). `always` is added: the
    fields the use case itself needs.
    """
    if isinstance(info, PlannedInfo):
        return info.place.fields_for(shown, steps, always)
    raw = info._raw_info  # noqa: SLF001 - strawberry offers the nodes nowhere else
    # List positions are left out: all members of a list ask for the same fields.
    path = (key for key in raw.path.as_list() if isinstance(key, str))
    place = (*path, raw.parent_type.name, *steps, shown.__name__)
    known = info.context.selections.get(place)
    if known is None:
        collector = Collector(raw.schema, raw.fragments, cast("Mapping[str, object]", raw.variable_values))
        known = _needed(collector, raw.field_nodes, raw.return_type, shown, steps, always)
        info.context.selections[place] = known
    return known


def _needed(
    collector: Collector,
    nodes: Iterable[FieldNode],
    current: GraphQLOutputType,
    shown: type,
    steps: Iterable[str],
    always: Iterable[str],
) -> tuple[str, ...]:
    for step in steps:
        named = get_named_type(current)
        assert isinstance(named, GraphQLObjectType)  # noqa: S101 - steps lead through declared objects only
        asked = collector.below(named, nodes)
        nodes = [node for key in asked.values() for node in key if node.name.value == step]
        current = named.fields[step].type
    table = _table(shown)
    target = collector.schema.type_map[get_object_definition(shown, strict=True).name]
    assert isinstance(target, GraphQLObjectType)  # noqa: S101 - records are shown by objects
    asked = collector.below(target, nodes)
    needed = {name for key in asked.values() for name in table.get(key[0].name.value, ())}
    return tuple(sorted(needed.union(always)))


_tables: dict[type, dict[str, tuple[str, ...]]] = {}


def _table(shown: type) -> dict[str, tuple[str, ...]]:
    """Return {GraphQL field name: canonical fields} of a declared type."""
    table = _tables.get(shown)
    if table is None:
        definition = get_object_definition(shown, strict=True)
        table = {
            field.graphql_name or _camel(field.python_name): field.metadata.get(NEEDS, ())
            for field in definition.fields
        }
        _tables[shown] = table
    return table


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
