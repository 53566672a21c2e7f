"""The story told by the playground's tabs fits the printed schema."""

import json
import re

import pytest
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, StringValueNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from gateway.demo.start import USUAL_SCALE
from gateway.playground.page import HERE, Example, examples
from resolvers.search import SMALL_CELL
from tongban_adapters.sandbox.population.generate import generate
from tongban_adapters.vocabulary import PersonState

PRINTED = HERE.parent.parent / "schema" / "schema.graphql"
STORY = [
    "WhoAmI",
    "Channels",
    "FindPerson",
    "ApplyInYiwu",
    "TheCase",
    "PrintInYiwu",
    "SearchAll",
    "SameName",
    "Catalogue",
]
# What the page puts in before a tab is shown or run.
FILLED_IN = {"$NEW_KEY": "5f0c7c64-6f0e-4a55-9d9c-0c6f4a3b2e1d", "$NEW_SERIAL": "YW1", "$CASE_NUMBER": "a-case"}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(PRINTED.read_text("utf-8"))


def operation(example: Example) -> OperationDefinitionNode:
    (found,) = (d for d in parse(example.query).definitions if isinstance(d, OperationDefinitionNode))
    return found


def name(example: Example) -> str:
    found = operation(example).name
    assert found is not None
    return found.value


def test_the_tabs_tell_the_story_in_order() -> None:
    assert [name(example) for example in examples()] == STORY


@pytest.mark.parametrize("example", examples(), ids=name)
def test_an_example_is_valid(example: Example, schema: GraphQLSchema) -> None:
    assert [error.message for error in validate(schema, parse(example.query))] == []


@pytest.mark.parametrize("example", examples(), ids=name)
def test_the_variables_of_an_example_fit(example: Example, schema: GraphQLSchema) -> None:
    text = example.variables or "{}"
    for placeholder, value in FILLED_IN.items():
        text = text.replace(placeholder, value)
    assert "$" not in text
    variables = json.loads(text)
    wanted = operation(example).variable_definitions or ()
    assert not isinstance(get_variable_values(schema, wanted, variables), list)
    assert set(variables) == {definition.variable.name.value for definition in wanted}


@pytest.mark.parametrize("example", examples(), ids=name)
def test_an_example_says_first_what_it_shows(example: Example) -> None:
    assert re.match(r"# \d · \S", example.query)


@pytest.mark.parametrize(("place", "city"), [(0, "hangzhou"), (1, "wenzhou")])
def test_each_name_counted_has_a_number_to_show_in_the_usual_demo(place: int, city: str) -> None:
    (example,) = (example for example in examples() if name(example) == "SameName")
    count = operation(example).selection_set.selections[place]
    assert isinstance(count, FieldNode)
    (asked,) = (argument.value for argument in count.arguments or ())
    assert isinstance(asked, StringValueNode)
    members = (member for household in generate(city, USUAL_SCALE) for member in household.members)
    found = sum(member.name == asked.value and member.state is PersonState.NORMAL for member in members)
    assert found >= SMALL_CELL
