"""An answer tells which cities were asked to whoever wishes it and may know."""

from collections.abc import Mapping
from typing import cast

import httpx
import pytest

from gateway.cities_asked import cities_asked, may_be_told
from gateway.demo.personas import STORY_NUMBER
from resolvers.caller import Caller, Role
from resolvers.fanout import Outcome, OutcomeStatus
from tests.gateways import Client
from tongban_adapters.divisions import CITY_CODES

PERSON = "query($n: CitizenNumber!) { person(number: $n) { name household { members { name } book { state } } } }"
HOUSEHOLD = '{ household(city: "wenzhou", number: "330302000001") { number } }'
ANSWERED, EMPTY, TIMED_OUT = OutcomeStatus.ANSWERED, OutcomeStatus.EMPTY, OutcomeStatus.TIMED_OUT


async def asked(gateway: Client, query: str, persona: str | None, debug: str = "cities") -> Mapping[str, object]:
    """Return the whole answer."""
    headers = {"tongban-purpose": "D02"} | ({"tongban-debug": debug} if debug else {})
    headers |= {"authorization": f"Bearer {gateway.tokens[persona]}"} if persona else {}
    body = {"query": query, "variables": {"n": STORY_NUMBER} if "$n" in query else {}}
    answer: httpx.Response = await gateway.http.post(f"{gateway.url}/graphql", json=body, headers=headers)
    return cast("Mapping[str, object]", answer.json())


def told(answer: Mapping[str, object]) -> list[dict[str, object]]:
    return cast("dict[str, list[dict[str, object]]]", answer["extensions"])["cities"]


async def test_an_officer_who_wishes_it_is_told_the_one_city_a_person_was_read_from(gateway: Client) -> None:
    await asked(gateway, PERSON, "yiwu-officer")  # now the locator knows
    [wenzhou] = told(await asked(gateway, PERSON, "yiwu-officer"))
    assert set(wenzhou) == {"city", "status", "rows", "elapsedMs"}
    assert (wenzhou["city"], wenzhou["status"]) == ("wenzhou", "ANSWERED")
    assert cast("int", wenzhou["rows"]) >= 4  # the person, the household, its members, its book
    assert cast("float", wenzhou["elapsedMs"]) > 0


async def test_of_a_request_that_asks_nobody_an_empty_list_is_told(gateway: Client) -> None:
    assert (await asked(gateway, "{ me { role } }", "yiwu-officer"))["extensions"] == {"cities": []}


async def test_the_list_is_told_beside_errors_too(gateway: Client) -> None:
    answer = await asked(gateway, '{ household(city: "atlantis", number: "1") { id } }', "yiwu-officer")
    assert ("errors" in answer, answer["extensions"]) == (True, {"cities": []})


async def test_without_the_wish_nothing_is_told(gateway: Client) -> None:
    assert "extensions" not in await asked(gateway, PERSON, "yiwu-officer", debug="")


@pytest.mark.parametrize("persona", [None, "citizen"])
@pytest.mark.parametrize("query", [HOUSEHOLD, '{ nameCount(name: "陈") { suppressed } }'], ids=["household", "count"])
async def test_who_may_not_know_is_told_nothing(gateway: Client, persona: str | None, query: str) -> None:
    assert "extensions" not in await asked(gateway, query, persona)


async def test_a_hidden_count_is_not_told_by_the_rows(gateway: Client) -> None:
    cities = told(await asked(gateway, '{ nameCount(name: "没有这个人") { suppressed } }', "yiwu-officer"))
    assert {(city["city"], city["status"], city["rows"]) for city in cities} == {(c, "ANSWERED", 1) for c in CITY_CODES}


def test_the_calls_of_a_city_are_added_up_and_time_side_by_side_counts_once() -> None:
    outcomes = [
        Outcome("wenzhou", ANSWERED, 1, 200.0, since=0.0),
        Outcome("ningbo", EMPTY, 0, 1.25, since=0.5),
        Outcome("wenzhou", EMPTY, 0, 300.0, since=0.5),
        Outcome("huzhou", ANSWERED, 2, 1.0, since=0.0),
        Outcome("huzhou", TIMED_OUT, 0, 500.0, since=1.0),
        Outcome("wenzhou", ANSWERED, 3, 100.0, since=0.625),  # inside the one before
        Outcome("wenzhou", ANSWERED, 1, 250.0, since=0.75),  # begins before that one ends
    ]
    assert cities_asked(outcomes) == [
        {"city": "wenzhou", "status": "ANSWERED", "rows": 5, "elapsedMs": 700.0},
        {"city": "ningbo", "status": "EMPTY", "rows": 0, "elapsedMs": 1.25},
        {"city": "huzhou", "status": "TIMED_OUT", "rows": 2, "elapsedMs": 501.0},
    ]


def test_the_staff_may_be_told_nobody_else() -> None:
    staff = {role for role in Role if may_be_told(Caller(role))}
    assert staff == set(Role) - {Role.ANONYMOUS, Role.CITIZEN}
