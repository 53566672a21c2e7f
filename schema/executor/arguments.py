"""The arguments of one field: coerced once where they are literals, per request where they are variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import strawberry
from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.types.arguments import StrawberryArgument, convert_argument, convert_arguments
from strawberry.types.field import StrawberryField


class WrongArgument(Exception):
    """An argument does not fit; graphql-core says how."""


@dataclass(frozen=True, slots=True)
class _Given:
    """An argument whose value is a variable."""

    python_name: str
    variable: str
    required: bool
    declared: StrawberryArgument


class ResolverArguments(Protocol):
    """Gives what a resolver is called with."""

    def of(self, variables: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments by the names of the resolver's parameters. Raises WrongArgument or GraphQLError."""


@dataclass(frozen=True, slots=True)
class MixedArguments:
    """Variables inside of literal lists or objects: coerced by graphql-core, request by request."""

    schema: strawberry.Schema
    declared: StrawberryField
    field: GraphQLField
    node: FieldNode

    def of(self, variables: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments. Raises GraphQLError."""
        values = get_argument_values(self.field, self.node, VariableValues(sources={}, coerced=dict(variables)))
        registry = self.schema.schema_converter.scalar_registry
        return convert_arguments(values, self.declared.arguments, registry, self.schema.config)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a resolver is called with: the literals and defaults, and what comes from variables.

    Resolvers never change their arguments: the literals are the same objects in every request.
    """

    schema: strawberry.Schema
    fixed: Mapping[str, object]
    given: tuple[_Given, ...]

    def of(self, variables: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments by the names of the resolver's parameters. Raises WrongArgument."""
        values = dict(self.fixed)
        for given in self.given:
            if given.variable not in variables:
                if given.required and given.python_name not in values:
                    raise WrongArgument
                continue
            value = variables[given.variable]
            if value is None and given.required:
                raise WrongArgument
            values[given.python_name] = _converted(self.schema, given.declared, value)
        return values


def arguments_of(
    schema: strawberry.Schema, declared: StrawberryField, field: GraphQLField, node: FieldNode
) -> ResolverArguments:
    """Return the arguments of this use of the field. Raises WrongArgument where a literal does not fit."""
    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
    by_variable = {name: value.name.value for name, value in nodes.items() if isinstance(value, VariableNode)}
    if any(_variables_inside(value) for name, value in nodes.items() if name not in by_variable):
        return MixedArguments(schema, declared, field, node)
    literal = FieldNode(
        name=node.name,
        alias=node.alias,
        arguments=tuple(argument for argument in node.arguments or () if argument.name.value not in by_variable),
    )
    optional = {
        name: argument
        for name, argument in field.args.items()
        if name not in by_variable or not is_non_null_type(argument.type) or _has_default(argument)
    }
    values = get_argument_values(
        GraphQLField(field.type, args=optional), literal, VariableValues(sources={}, coerced={})
    )
    names = {schema.config.name_converter.from_argument(argument): argument for argument in declared.arguments}
    given = tuple(
        _Given(names[name].python_name, variable, is_non_null_type(field.args[name].type), names[name])
        for name, variable in by_variable.items()
    )
    fixed = convert_arguments(values, declared.arguments, schema.schema_converter.scalar_registry, schema.config)
    return Arguments(schema, fixed, given)


def _has_default(argument: GraphQLArgument) -> bool:
    return argument.default is not None or argument.default_value is not Undefined


def _converted(schema: strawberry.Schema, declared: StrawberryArgument, value: object) -> object:
    if value is None or value.__class__ is str or value.__class__ is int:
        return value
    return convert_argument(value, declared.type, schema.schema_converter.scalar_registry, schema.config)


def _variables_inside(value: ValueNode) -> bool:
    return any(isinstance(node, VariableNode) for node in _walk(value))


def _walk(value: ValueNode) -> Iterator[ValueNode]:
    yield value
    if isinstance(value, ListValueNode):
        for item in value.values:
            yield from _walk(item)
    elif isinstance(value, ObjectValueNode):
        for field in value.fields:
            yield from _walk(field.value)
