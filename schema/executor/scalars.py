"""How each leaf becomes text: a Python expression that lets through what is known to be right, guarded against null."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import Enum
from math import inf

from graphql import GraphQLEnumType, Undefined
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.scalar import identity

from schema.executor.plan import Leaf


class Surprise(Exception):
    """Something at run time that the plan has no answer to: the query is run again on graphql-core."""


# Passes when true of `v`; the JSON encoder then writes the text that graphql-core's serialisation gives.
_PASSES = {
    "String": "{v}.__class__ is str",
    "ID": "{v}.__class__ is str",
    "Boolean": "({v} is True or {v} is False)",
    "Int": "({v}.__class__ is int and -2147483648 <= {v} <= 2147483647)",
    "Float": "({v}.__class__ is float and -inf < {v} < inf)",
    "Date": "{v}.__class__ is date",
}
_ISO = {"DateTime": datetime}
BUILT_INS: dict[str, object] = {"inf": inf, "date": date}


def expression(value: str, leaf: Leaf, required: bool, stored: bool, names: dict[str, object]) -> str:
    """Return an expression that shows `value` (an expression itself) as `leaf`; what it uses is put into `names`.

    `stored`: the value is a cell of a record, so that anything unexpected may be a broken one.
    """
    if isinstance(leaf, GraphQLEnumType):
        table = f"{'Name' if required else 'NameOrNull'}_{leaf.name}"
        names[table] = _table(leaf, required)
        return f"{table}[{value}]"
    slow = f"{'shown' if required else 'shown_or_null'}_{'cell_' if stored else ''}{leaf.name}"
    names[slow] = _slowly(leaf, required, stored)
    passes = _PASSES.get(leaf.name) or ("{v}.__class__ is str" if leaf.coerce_output_value is identity else None)
    if passes is None:
        return f"{slow}({value})"
    test = passes.format(v="v") if required else f"{passes.format(v='v')} or v is None"
    # The first mention binds the name, the others look at it.
    return f"(v if {test.replace('v', f'(v := {value})', 1)} else {slow}(v))"


def _table(leaf: GraphQLEnumType, required: bool) -> dict[object, str | None]:
    """Return {member or value: name}, as strawberry's enum type shows them."""
    table: dict[object, str | None] = {} if required else {None: None}
    for name, value in leaf.values.items():
        table[value.value] = name
    if isinstance(leaf, CustomGraphQLEnumType):
        members: Iterable[Enum] = leaf.wrapped_cls
        for member in members:
            table[member] = leaf.coerce_output_value(member)
    return table


def _slowly(leaf: Leaf, required: bool, stored: bool) -> Callable[[object], object]:
    kind = _ISO.get(leaf.name)

    def show(value: object) -> object:
        if value is None and not required:
            return None
        if kind is not None and value.__class__ is kind:
            return leaf.coerce_output_value(value)
        if value is None or stored or isinstance(value, BaseException):
            raise Surprise
        text = leaf.coerce_output_value(value)
        if text is None or text is Undefined:
            raise Surprise
        return text.value if isinstance(text, Enum) else text

    return show
