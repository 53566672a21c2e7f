"""Makes the plan of one operation from its collected fields and the declarations of the schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import strawberry
from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    OperationDefinitionNode,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.column import COLUMN, MASKED
from schema.executor.arguments import WrongArgument, arguments_of
from schema.executor.collect import Collected, Collector, NotDecided
from schema.executor.plan import Profile, Shape, Source, Step, Unsupported
from schema.relation import RELATION
from schema.selection import Place

_DECLARATION = "strawberry-definition"


@dataclass(slots=True)
class Planner:
    """Plans one operation for one profile of callers."""

    schema: strawberry.Schema
    collector: Collector
    profile: Profile
    _numbers: dict[str, int] = field(default_factory=dict)

    def plan(self, operation: OperationDefinitionNode) -> Shape:
        """Return the shape of the whole answer. Raises Unsupported."""
        root = self.collector.schema.query_type
        if root is None or operation.directives:
            raise Unsupported("directive on the operation")
        try:
            asked = self.collector.inside(root, [operation.selection_set])
            return self._shape(root, asked, together=True)
        except NotDecided:
            raise Unsupported("variables") from None
        except (WrongArgument, GraphQLError):
            raise Unsupported("arguments") from None

    def _shape(self, shown: GraphQLObjectType, asked: Collected, *, together: bool = False) -> Shape:
        declared: StrawberryObjectDefinition = shown.extensions[_DECLARATION]
        origin = declared.origin
        number = self._numbers[shown.name] = self._numbers.get(shown.name, 0) + 1
        shape = Shape(
            name=f"{shown.name.lower()}_{number}",
            typename=shown.name,
            shown=origin,
            recorded="record" in getattr(origin, "__dataclass_fields__", {}),
            steps=[],
            together=together,
        )
        shape.steps.extend(self._step(shown, key, nodes) for key, nodes in asked.items())
        return shape

    def _step(self, parent: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == "__typename":
            return Step(key, name, Source.TYPENAME)
        if name.startswith("__"):
            raise Unsupported("introspection")
        described = parent.fields[name]
        step = Step(key, name, Source.ATTRIBUTE)
        self._origin(step, described, nodes)
        self._target(step, described.type, nodes)
        return step

    def _origin(self, step: Step, described: GraphQLField, nodes: Sequence[FieldNode]) -> None:
        """Say where the value comes from."""
        declared: StrawberryField | None = described.extensions.get(_DECLARATION)
        if declared is None or declared.extensions or declared.permission_classes:
            raise Unsupported("extension of a field")
        step.place = Place(self.collector, nodes, described.type, {})
        metadata = declared.metadata
        resolver = declared.base_resolver
        if RELATION in metadata:
            step.source, step.relation = Source.RELATION, metadata[RELATION]
        elif COLUMN in metadata and not (metadata.get(MASKED) and self.profile.masks):
            step.source, step.name = Source.COLUMN, metadata[COLUMN]
        elif resolver is None:
            step.name = declared.python_name
        else:
            step.source = Source.AWAIT if resolver.is_async else Source.CALL
            step.call = cast("Callable[..., object]", resolver.wrapped_func)
            step.info = resolver.info_parameter.name if resolver.info_parameter else None
            step.arguments = arguments_of(self.schema, declared, described, nodes[0]) if described.args else None

    def _target(self, step: Step, shown: GraphQLOutputType, nodes: Sequence[FieldNode]) -> None:
        """Say what becomes of the value."""
        if isinstance(shown, GraphQLNonNull):
            step.required, shown = True, shown.of_type
        if isinstance(shown, GraphQLList):
            step.many, shown = True, shown.of_type
            if isinstance(shown, GraphQLNonNull):
                step.item_required, shown = True, shown.of_type
        if isinstance(shown, GraphQLList):
            raise Unsupported("list of lists")
        if isinstance(shown, GraphQLScalarType | GraphQLEnumType):
            step.leaf = shown
        elif isinstance(shown, GraphQLObjectType):
            shape = self._shape(shown, self.collector.below(shown, nodes))
            step.shapes = {_class_of(shape): shape}
        else:
            step.abstract, step.shapes = True, self._possible(shown, nodes)
        if step.many and not step.item_required and step.leaf is None:
            raise Unsupported("list with empty places")

    def _possible(self, shown: GraphQLAbstractType, nodes: Sequence[FieldNode]) -> Mapping[type, Shape]:
        types = self.collector.schema.get_possible_types(shown)
        shapes = [self._shape(each, self.collector.below(each, nodes), together=True) for each in types]
        return {_class_of(shape): shape for shape in shapes}


def _class_of(shape: Shape) -> type:
    if shape.shown is None:
        raise Unsupported("type without a class")
    return shape.shown
