"""Which canonical fields a registry has to read for the fields a query asks for at one place."""

from collections.abc import Iterable, Iterator

from strawberry.types import get_object_definition
from strawberry.types.nodes import FragmentSpread, InlineFragment, SelectedField, Selection

from schema.column import NEEDS
from schema.context import Info


def fields_for(info: Info, shown: type, *steps: str, always: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the canonical fields that type `shown` needs below the current field, in a stable order.

    `steps` leads from the current field to the objects (`"edges", "node"` for a connection). `always` is added: the
    fields the use case itself needs.
    """
    place = (*_place(info), *steps, shown.__name__)
    known = info.context.selections.get(place)
    if known is None:
        selected: Iterable[Selection] = [child for field in info.selected_fields for child in field.selections]
        for step in steps:
            selected = [child for field in _flat(selected) if field.name == step for child in field.selections]
        table = _table(shown)
        needed = {name for field in _flat(selected) for name in table.get(field.name, ())}
        known = tuple(sorted(needed.union(always)))
        info.context.selections[place] = known
    return known


def _place(info: Info) -> tuple[str, ...]:
    # List positions are left out: all members of a list ask for the same fields.
    return tuple(key for key in info.path.as_list() if isinstance(key, str))


def _flat(selections: Iterable[Selection]) -> Iterator[SelectedField]:
    for selection in selections:
        if isinstance(selection, InlineFragment | FragmentSpread):
            yield from _flat(selection.selections)
        else:
            yield selection


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
