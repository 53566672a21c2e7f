"""The story over HTTP: a counter in Yiwu, a record and a book of Wenzhou, on real databases."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from gateway.demo.personas import STORY_NUMBER
from gateway.postgres import PostgresServer
from resolvers.clock import FixedClock
from tests.cities_down import stopped
from tests.gateways import Client, OpenGateway
from tests.journal_rows import journals

YIWU = "330782001000"
PERSON = "query($n: CitizenNumber!) { person(number: $n) { name source { city } household { members { name } } } }"
APPLY = """mutation($input: ApplyHouseholdBookInput!) { applyHouseholdBook(input: $input) {
  case { number state handlingCity registryCities book { issuingOffice { code } }
         steps { name city state journalNumber } }
  refusals { code opensOn } } }"""
EVE = FixedClock(datetime(2021, 5, 31, 4, 0, tzinfo=UTC))
LAUNCH = FixedClock(datetime(2021, 6, 1, 4, 0, tzinfo=UTC))


def application(key: str, *materials: str) -> dict[str, dict[str, object]]:
    return {
        "input": {
            "idempotencyKey": key,
            "business": "D02",
            "subjectNumber": STORY_NUMBER,
            "station": YIWU,
            "materials": ["OLD_HB", *materials],
            "oldBookSurrendered": True,
        }
    }


async def test_a_counter_in_yiwu_reads_the_record_of_wenzhou(gateway: Client) -> None:
    answer = await gateway.ask(PERSON, {"n": STORY_NUMBER})
    assert answer.at("person", "source", "city") == "wenzhou"
    assert answer.at("person", "name") == answer.at("person", "household", "members", 0, "name")


@pytest.mark.parametrize(
    ("persona", "purpose", "code"),
    [
        (None, "D02", "UNAUTHENTICATED"),
        ("yiwu-officer", None, "PURPOSE_REQUIRED"),
        ("yiwu-officer", "X99", "PURPOSE_REQUIRED"),
        ("policy-owner", "D02", "NOT_ALLOWED"),
        ("city-it", "D02", "NOT_ALLOWED"),
        ("auditor", "D02", "NOT_ALLOWED"),
    ],
    ids=["no token", "no purpose", "unknown purpose", "policy owner", "city IT", "auditor"],
)
async def test_nobody_else_reads_a_person(gateway: Client, persona: str | None, purpose: str | None, code: str) -> None:
    answer = await gateway.ask(PERSON, {"n": STORY_NUMBER}, persona=persona, purpose=purpose)
    assert (answer.at("person"), answer.codes) == (None, [code])


async def test_a_citizen_reads_the_own_record_and_nobody_elses(gateway: Client) -> None:
    own = await gateway.ask(PERSON, {"n": STORY_NUMBER}, persona="citizen", purpose="Q01")
    assert own.at("person", "source", "city") == "wenzhou"
    other = await gateway.ask(PERSON, {"n": "33078219880815907X"}, persona="citizen", purpose="Q01")
    assert (other.at("person"), other.codes) == (None, ["NOT_FOUND"])


async def test_before_the_launch_the_channel_is_closed_and_nothing_is_written(
    open_gateway: OpenGateway, registries: Mapping[str, str]
) -> None:
    client = await open_gateway(EVE)
    answer = await client.ask(APPLY, application(str(uuid4())))
    assert answer.at("applyHouseholdBook") == {
        "case": None,
        "refusals": [{"code": "CHANNEL_NOT_OPEN", "opensOn": "2021-06-01"}],
    }
    assert await journals(registries, "20210531") == {"wenzhou": 0, "jinhua": 0}


async def test_on_launch_day_wenzhou_issues_one_book_and_jinhua_writes_nothing(
    open_gateway: OpenGateway, registries: Mapping[str, str]
) -> None:
    before = await journals(registries)
    client, key = await open_gateway(LAUNCH), str(uuid4())
    first = await client.ask(APPLY, application(key))
    case = first.at("applyHouseholdBook", "case")
    assert isinstance(case, dict)
    assert (case["state"], case["handlingCity"], case["registryCities"]) == ("READY_TO_PRINT", "jinhua", ["wenzhou"])
    assert case["book"] == {"issuingOffice": {"code": "330302001000"}}
    assert await journals(registries) == {"wenzhou": before["wenzhou"] + 1, "jinhua": before["jinhua"]}

    again = await client.ask(APPLY, application(key))
    assert again.at("applyHouseholdBook", "case", "number") == case["number"]
    other = await client.ask(APPLY, application(key, "ID"))
    assert other.at("applyHouseholdBook", "case") is None
    assert other.at("applyHouseholdBook", "refusals", 0, "code") == "IDEMPOTENCY_CONFLICT"
    elsewhere = {"input": application(key)["input"] | {"station": "330106001000"}}
    moved = await client.ask(APPLY, elsewhere, purpose="D03")
    assert moved.data["applyHouseholdBook"] == other.data["applyHouseholdBook"]
    assert await journals(registries) == {"wenzhou": before["wenzhou"] + 1, "jinhua": before["jinhua"]}


async def test_with_wenzhou_stopped_a_person_is_a_typed_error_and_a_search_names_the_missing_city(
    gateway: Client, postgres: PostgresServer
) -> None:
    search = '{ searchPersons(filter: {nameStartsWith: "陈"}, first: 5) { outcomes { city status } } }'
    async with stopped(postgres, "wenzhou"):
        person = await gateway.ask(PERSON, {"n": STORY_NUMBER})
        assert (person.at("person"), person.codes) == (None, ["REGISTRY_UNAVAILABLE"])
        missing = await gateway.ask(search)
    outcomes = missing.at("searchPersons", "outcomes")
    assert isinstance(outcomes, list)
    assert {o["city"] for o in outcomes if o["status"] == "UNAVAILABLE"} == {"wenzhou"}
    assert sum(o["status"] == "ANSWERED" for o in outcomes) == 10


async def test_with_wenzhou_stopped_a_book_waits_and_goes_on_by_itself(
    gateway: Client, postgres: PostgresServer, registries: Mapping[str, str]
) -> None:
    before = await journals(registries)
    async with stopped(postgres, "wenzhou"):
        waiting = await gateway.ask(APPLY, application(str(uuid4())))
        assert waiting.at("applyHouseholdBook", "case", "state") == "PENDING_REGISTRY"
        assert waiting.at("applyHouseholdBook", "case", "book") is None
    number = waiting.at("applyHouseholdBook", "case", "number")
    look = "query($n: ID!) { case(number: $n) { state steps { name journalNumber } } }"
    state: object = "PENDING_REGISTRY"
    while state == "PENDING_REGISTRY":
        state = (await gateway.ask(look, {"n": number})).at("case", "state")
    assert state == "READY_TO_PRINT"
    assert await journals(registries) == {"wenzhou": before["wenzhou"] + 1, "jinhua": before["jinhua"]}
