"""Whom a question goes to, as plain data."""

import json

import pytest

from resolvers.plan import ReadPlan, Why, plan_list, plan_person
from resolvers.problems import FixInput
from tongban_adapters.model import Kind

KNOWN = ("hangzhou", "ningbo", "wenzhou")


@pytest.mark.parametrize(
    ("owner", "cities", "why"),
    [("wenzhou", ("wenzhou",), Why.LOCATOR), (None, KNOWN, Why.ALL), ("closed city", KNOWN, Why.ALL)],
    ids=["remembered", "miss", "gone"],
)
def test_a_person_is_asked_for_where_remembered_else_everywhere(
    owner: str | None, cities: tuple[str, ...], why: Why
) -> None:
    assert plan_person(KNOWN, owner) == ReadPlan(Kind.PERSON, cities, why)


def test_a_list_goes_to_all_cities_or_to_those_named_in_the_order_of_the_province() -> None:
    assert plan_list(Kind.PERSON, KNOWN, None).cities == KNOWN
    named = plan_list(Kind.PERSON, KNOWN, ["wenzhou", "hangzhou", "wenzhou"])
    assert named == ReadPlan(Kind.PERSON, ("hangzhou", "wenzhou"), Why.ARGUMENT)


@pytest.mark.parametrize("wanted", [[], ["shanghai"], ["wenzhou", "Wenzhou"]])
def test_an_unknown_city_is_told_what_would_fit(wanted: list[str]) -> None:
    with pytest.raises(FixInput, match="hangzhou, ningbo, wenzhou") as raised:
        plan_list(Kind.PERSON, KNOWN, wanted)
    assert raised.value.code == "UNKNOWN_CITY"


def test_a_plan_is_json() -> None:
    plan = plan_person(KNOWN, "wenzhou")
    assert json.loads(json.dumps(plan.to_json())) == {"kind": "person", "cities": ["wenzhou"], "why": "LOCATOR"}
