"""Which fields a query asks for at one place: fragments written out, @skip and @include decided, same keys merged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

# Response key → the field nodes that ask for it, in the order of the query.
Collected = dict[str, list[FieldNode]]


class NotDecided(Exception):
    """A @skip or @include hangs on what is no boolean."""


@dataclass(frozen=True, slots=True)
class Collector:
    """One operation's fragments, and the values of the variables its @skip and @include hang on."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    flags: Mapping[str, object]

    def below(self, shown: GraphQLObjectType, nodes: Iterable[FieldNode]) -> Collected:
        """Return what is asked of `shown` below these nodes of one field."""
        return self.inside(shown, (node.selection_set for node in nodes if node.selection_set is not None))

    def inside(self, shown: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> Collected:
        """Return what these selections ask of `shown`. Raises NotDecided."""
        found: Collected = {}
        seen: set[str] = set()
        for selections in sets:
            self._walk(shown, selections, found, seen)
        return found

    def _walk(self, shown: GraphQLObjectType, selections: SelectionSetNode, found: Collected, seen: set[str]) -> None:
        for node in selections.selections:
            if not self._wanted(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._fits(shown, node.type_condition):
                    self._walk(shown, node.selection_set, found, seen)
            else:
                fragment = self.fragments[node.name.value]  # type: ignore[attr-defined]
                if fragment.name.value not in seen and self._fits(shown, fragment.type_condition):
                    seen.add(fragment.name.value)
                    self._walk(shown, fragment.selection_set, found, seen)

    def _wanted(self, node: SelectionNode) -> bool:
        # As graphql-core does: @skip is looked at first, wherever it is written, and may make @include meaningless.
        for name in ("skip", "include"):
            for directive in node.directives or ():
                if directive.name.value == name and self._flag(directive) is (name == "skip"):
                    return False
        return True

    def _flag(self, directive: DirectiveNode) -> bool:
        [argument] = directive.arguments or ()
        value = argument.value
        flag = self.flags.get(value.name.value) if isinstance(value, VariableNode) else _literal(value)
        if not isinstance(flag, bool):
            raise NotDecided
        return flag

    def _fits(self, shown: GraphQLObjectType, condition: NamedTypeNode | None) -> bool:
        if condition is None:
            return True
        wanted: GraphQLNamedType = self.schema.type_map[condition.name.value]
        return wanted is shown or (is_abstract_type(wanted) and self.schema.is_sub_type(wanted, shown))


def _literal(value: object) -> bool | None:
    return value.value if isinstance(value, BooleanValueNode) else None
