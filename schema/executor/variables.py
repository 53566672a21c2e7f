"""Makes the function that coerces the variables of one operation, and graphql-core's coercion behind it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from graphql import (
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    coerce_input_value,
    get_variable_values,
    is_input_type,
    type_from_ast,
)

Coerce = Callable[[Mapping[str, object]], dict[str, object]]


class WrongVariables(Exception):
    """Some variable does not fit its type; graphql-core says which and how."""


# What a value of a built-in scalar must be to be taken as it is; everything else goes through graphql-core.
_PLAIN = {
    "String": "type(x) is str",
    "ID": "type(x) is str",
    "Boolean": "(x is True or x is False)",
    "Int": "(type(x) is int and -2147483648 <= x <= 2147483647)",
}


def coercer(schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> Coerce:
    """Return the function for one operation; it gives values by name and raises WrongVariables.

    A variable that is not given and has no default is left out.
    """
    lines = ["def coerce(given):", "    values = {}"]
    names: dict[str, object] = {"Undefined": Undefined, "WrongVariables": WrongVariables}
    for number, definition in enumerate(definitions):
        name = definition.variable.name.value
        declared = type_from_ast(schema, definition.type)
        if declared is None or not is_input_type(declared):
            return partial(_refuse, name)
        lines += [f"    x = given.get({name!r}, Undefined)", *_absent(schema, number, definition, names)]
        lines += _present(number, name, declared, names)
    lines.append("    return values")
    exec(compile("\n".join(lines), "<variables>", "exec"), names)  # noqa: S102 - made above, of names and types
    coerce: Coerce = names["coerce"]  # type: ignore[assignment]
    return coerce


def _absent(
    schema: GraphQLSchema, number: int, definition: VariableDefinitionNode, names: dict[str, object]
) -> list[str]:
    name = definition.variable.name.value
    if definition.default_value is not None:
        default = get_variable_values(schema, [definition], {})
        if isinstance(default, list):
            return ["    if x is Undefined:", "        raise WrongVariables"]
        names[f"default{number}"] = default.coerced[name]
        return ["    if x is Undefined:", f"        values[{name!r}] = default{number}"]
    if isinstance(type_from_ast(schema, definition.type), GraphQLNonNull):
        return ["    if x is Undefined:", "        raise WrongVariables"]
    return ["    if x is Undefined:", "        pass"]


def _present(number: int, name: str, declared: GraphQLInputType, names: dict[str, object]) -> list[str]:
    inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    lines = []
    if inner is declared:
        lines += ["    elif x is None:", f"        values[{name!r}] = None"]
    plain = _PLAIN.get(str(inner))
    if plain is not None:
        lines += [f"    elif {plain}:", f"        values[{name!r}] = x"]
    names[f"coerce{number}"] = partial(_slowly, declared)
    return [*lines, "    else:", f"        values[{name!r}] = coerce{number}(x)"]


def _slowly(declared: GraphQLInputType, value: object) -> object:
    coerced = coerce_input_value(value, declared)
    if coerced is Undefined:
        raise WrongVariables
    return coerced


def _refuse(_name: str, _given: Mapping[str, object]) -> dict[str, object]:
    raise WrongVariables
