"""Tells which cities a query's root fields would ask, without asking anyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    Undefined,
    build_schema,
    validate,
    value_from_ast_untyped,
)

from gateway.documents import choose_operation
from gateway.limits import Limits, read_document
from resolvers.plan import ReadPlan, plan_list, plan_person
from resolvers.problems import FixInput
from tongban_adapters.model import Kind

_SEARCHES = {"households": Kind.HOUSEHOLD, "searchPersons": Kind.PERSON, "nameCount": Kind.PERSON}


@dataclass(frozen=True, slots=True)
class Asked:
    """A root field and whom it asks; `plan` None: no registry at first, only what the gateway itself knows."""

    field: str
    plan: ReadPlan | None
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """Return it as plain data."""
        plan = self.plan.to_json() if self.plan is not None else {"cities": []}
        return {"field": self.field, **plan, **({"note": self.note} if self.note else {})}


def explain(
    sdl: str, text: str, variables: Mapping[str, object], operation_name: str | None, known: Sequence[str]
) -> list[Asked]:
    """Return whom each root field asks; raises GraphQLError where the query does not fit the schema, or FixInput."""
    document = read_document(text, Limits())
    for fault in validate(build_schema(sdl), document):
        raise fault
    operation = choose_operation(document, operation_name)
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return [_asked(field, variables, known) for field in _fields(operation.selection_set, fragments)]


def _fields(selections: SelectionSetNode, fragments: Mapping[str, SelectionSetNode]) -> list[FieldNode]:
    fields: list[FieldNode] = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            fields.append(node)
        elif isinstance(node, InlineFragmentNode):
            fields += _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            rest = {name: part for name, part in fragments.items() if name != node.name.value}
            fields += _fields(fragments[node.name.value], rest)
    return fields


def _asked(field: FieldNode, variables: Mapping[str, object], known: Sequence[str]) -> Asked:
    name = field.name.value
    values = {arg.name.value: value_from_ast_untyped(arg.value, dict(variables)) for arg in field.arguments or ()}
    if name == "person":
        note = "if the locator knows the owner: that city alone; the number's prefix never decides"
        return Asked(name, plan_person(known, None), note)
    if name == "household":
        return Asked(name, plan_list(Kind.HOUSEHOLD, known, [_city(values)]))
    if name in _SEARCHES:
        wanted = [_city(values)] if name == "households" else _cities(values.get("cities"))
        return Asked(name, plan_list(_SEARCHES[name], known, wanted))
    return Asked(name, None, "the gateway's own data; a case's relations ask the owning city")


def _city(values: Mapping[str, object]) -> str:
    city = values.get("city")
    if not isinstance(city, str):
        raise FixInput("give the argument `city`, or its variable", place="city")
    return city.lower()


def _cities(value: object) -> list[str] | None:
    if value is None or value is Undefined:
        return None
    items = value if isinstance(value, list) else [value]
    return [str(item).lower() for item in items]
