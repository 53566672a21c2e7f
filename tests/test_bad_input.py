"""Every kind of bad input over HTTP: a typed error that names the thing, never a crash, never a citizen number back."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from gateway.demo.personas import STORY_NUMBER
from gateway.redaction import holds_number
from gateway.settings import Settings
from gateway.tokens import sign
from tests.gateways import Answer, Client

PERSON = "query($n: CitizenNumber!) { person(number: $n) { name } }"
APPLY = "mutation($input: ApplyHouseholdBookInput!) { applyHouseholdBook(input: $input) { case { number } } }"


def application(**changed: object) -> dict[str, object]:
    return {
        "input": {
            "idempotencyKey": str(uuid4()),
            "business": "D02",
            "subjectNumber": STORY_NUMBER,
            "station": "330782001000",
            **changed,
        }
    }


def flipped(number: str) -> str:
    """Return the number with another last character."""
    return number[:-1] + ("0" if number[-1] != "0" else "1")


BAD = {
    "check digit": (PERSON, {"n": flipped(STORY_NUMBER)}, "NUMBER_INVALID"),
    "impossible date": (PERSON, {"n": "330113202202299047"}, "NUMBER_INVALID"),
    "no number at all": (PERSON, {"n": "Ye of Lucheng"}, "NUMBER_INVALID"),
    "unknown city": ('{ city(key: "atlantis") { code } }', {}, "UNKNOWN_CITY"),
    "unknown city of a household": ('{ household(city: "atlantis", number: "1") { id } }', {}, "UNKNOWN_CITY"),
    "unknown city of a search": (
        '{ searchPersons(filter: {name: "陈伟"}, cities: ["atlantis"]) { edges { cursor } } }',
        {},
        "UNKNOWN_CITY",
    ),
    "unknown item": (APPLY, application(business="Z99"), "UNKNOWN_ITEM"),
    "unknown item of a channel": ('{ channels(item: "Z99") { open } }', {}, "UNKNOWN_ITEM"),
    "unknown station": (APPLY, application(station="999999999999"), "UNKNOWN_STATION"),
    "too large a page of persons": (
        '{ searchPersons(filter: {name: "陈伟"}, first: 100000) { edges { cursor } } }',
        {},
        "PAGE_SIZE",
    ),
    "too large a page of households": (
        '{ households(city: "wenzhou", first: 100000) { edges { cursor } } }',
        {},
        "PAGE_SIZE",
    ),
    "too large a page of cases": ("{ cases(first: 100000) { edges { cursor } } }", {}, "PAGE_SIZE"),
    "a page of none": ('{ households(city: "wenzhou", first: 0) { edges { cursor } } }', {}, "PAGE_SIZE"),
    "a page of less": ('{ households(city: "wenzhou", first: -1) { edges { cursor } } }', {}, "PAGE_SIZE"),
    "broken cursor": ('{ households(city: "wenzhou", after: "broken") { edges { cursor } } }', {}, "BAD_CURSOR"),
    "broken cursor of a search": (
        '{ searchPersons(filter: {name: "陈伟"}, after: "AAAA") { edges { cursor } } }',
        {},
        "BAD_CURSOR",
    ),
    "broken cursor of the cases": ('{ cases(after: "%%%") { edges { cursor } } }', {}, "BAD_CURSOR"),
    "broken id": ('{ node(id: "nonsense") { id } }', {}, "BAD_ID"),
    "empty filter": ("{ searchPersons(filter: {}) { edges { cursor } } }", {}, "FILTER_TOO_WIDE"),
    "unknown field": ("{ person { shoeSize } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    "unfinished document": ("{ me { role ", {}, "GRAPHQL_PARSE_FAILED"),
    "variable of another type": (PERSON, {"n": 33}, "BAD_USER_INPUT"),
    "idempotency key that is no UUID": (APPLY, application(idempotencyKey="once"), "BAD_USER_INPUT"),
}


@pytest.mark.parametrize(("query", "variables", "code"), BAD.values(), ids=BAD.keys())
async def test_bad_input_is_a_typed_error_and_nothing_is_written(
    gateway: Client, gateway_settings: Settings, query: str, variables: dict[str, object], code: str
) -> None:
    before = await cases(gateway_settings)
    answer = await gateway.ask(query, variables)
    assert (answer.codes[0], answer.status < 500) == (code, True)
    assert not holds_number(json.dumps(answer.body))
    assert await cases(gateway_settings) == before


@pytest.mark.parametrize(
    ("token", "reason"),
    [("nonsense", "TOKEN_MALFORMED"), ("a.b.c", "TOKEN_MALFORMED")],
    ids=["no token at all", "three parts of nothing"],
)
async def test_a_wrong_token_is_refused(gateway: Client, token: str, reason: str) -> None:
    assert await with_token(gateway, token) == (401, "UNAUTHENTICATED", reason)


async def test_a_token_of_another_key_is_refused(gateway: Client) -> None:
    head, claims, signature = gateway.tokens["yiwu-officer"].split(".")
    assert await with_token(gateway, f"{head}.{claims}.{signature[::-1]}") == (401, "UNAUTHENTICATED", "TOKEN_INVALID")


async def test_an_expired_token_is_refused(gateway: Client, gateway_settings: Settings) -> None:
    claims = {"sub": "demo:late", "name": "Late", "role": "OFFICER", "station": "330782001000"}
    old = sign(gateway_settings.home, claims, datetime.now(UTC) - timedelta(days=2), timedelta(hours=1))
    assert await with_token(gateway, old) == (401, "UNAUTHENTICATED", "TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "BAD_JSON"),
        (b"[]", 400, "BATCH_NOT_SUPPORTED"),
        (b"5", 400, "BAD_REQUEST"),
        (b" " * 5_000_000, 413, "BODY_TOO_LARGE"),
    ],
    ids=["malformed JSON", "a batch", "not an object", "five megabytes"],
)
async def test_a_bad_body_is_refused(gateway: Client, body: bytes, status: int, code: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await gateway.http.post(f"{gateway.url}/graphql", content=body, headers=headers)
    assert (answer.status_code, Answer(status, answer.json()).codes) == (status, [code])


async def test_a_number_in_a_url_is_refused_before_anything_is_done(gateway: Client) -> None:
    query = f'{{ person(number: "{STORY_NUMBER}") {{ name }} }}'
    answer = await gateway.http.get(f"{gateway.url}/graphql", params={"query": query})
    assert (answer.status_code, Answer(400, answer.json()).codes) == (400, ["NUMBER_IN_URL"])


async def with_token(gateway: Client, token: str) -> tuple[int, str, str]:
    headers = {"authorization": f"Bearer {token}"}
    answer = await gateway.http.post(f"{gateway.url}/graphql", json={"query": "{ me { role } }"}, headers=headers)
    [error] = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["extensions"]["reason"]


async def cases(settings: Settings) -> int:
    connection = await asyncpg.connect(settings.ledger_url)
    try:
        found = await connection.fetchval("SELECT count(*) FROM cases")
    finally:
        await connection.close()
    assert isinstance(found, int)
    return found
