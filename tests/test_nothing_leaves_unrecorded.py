"""Over HTTP: no answer leaves before it is durable whom its request looked at."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import httpx
import pytest

from gateway.demo.personas import STORY_NUMBER
from gateway.postgres import PostgresServer
from gateway.settings import Settings
from resolvers.clock import FixedClock
from resolvers.ledger.locator import key_of
from resolvers.problems import TryLater
from tests.audit_store import held_up, rows, somebody_waits, taken_away
from tests.cities_down import stopped
from tests.gateways import LOCATOR_KEY, Answer, Client, gateway_over
from tests.journal_rows import journals
from tests.small_gateway import JOURNAL, running, small_app
from tests.test_story import APPLY, PERSON, application

SEARCH = '{ searchPersons(filter: {name: "叶静芳"}, cities: ["wenzhou"], first: 5) { edges { node { name } } } }'
# A day of this file's own: the registries are shared, and cases are numbered by day.
DAY = FixedClock(datetime(2021, 7, 15, 4, 0, tzinfo=UTC))
YE = key_of(LOCATOR_KEY, STORY_NUMBER)


@dataclass(frozen=True, slots=True)
class House:
    """A gateway with a ledger of its own."""

    client: Client
    database: str
    url: str


@pytest.fixture(scope="module")
async def house(gateway_settings: Settings, postgres: PostgresServer) -> AsyncIterator[House]:
    name = f"ledger_{uuid4().hex[:8]}"
    url = await postgres.ensure_database(name, name, "secret")
    async with gateway_over(replace(gateway_settings, ledger_url=url), DAY) as client:
        await client.ask(PERSON, {"n": STORY_NUMBER})  # teaches the locator
        yield House(client, name, url)


@pytest.fixture
async def ledger(house: House) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the test's own to the ledger."""
    connection = await asyncpg.connect(house.url)
    yield connection
    await connection.close()


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.codes, "data" in answer.body) == (503, ["AUDIT_UNAVAILABLE"], False)
    assert "叶静芳" not in str(answer.body)


async def written(house: House) -> list[int]:
    tables = ("cases", "case_steps", "requests", "access_log")
    connection = await asyncpg.connect(house.url)
    found = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    await connection.close()
    return found


async def test_the_answer_waits_for_its_rows(house: House, ledger: asyncpg.Connection) -> None:
    before = len(await rows(ledger))
    async with held_up(ledger):
        asking = asyncio.create_task(house.client.ask(PERSON, {"n": STORY_NUMBER}))
        await somebody_waits(ledger)
        assert (await house.client.ask("{ __typename }")).status == 200  # whoever read nobody does not wait
        assert not asking.done()
    assert (await asking).at("person", "source", "city") == "wenzhou"
    added = (await rows(ledger))[before:]
    assert ("person", YE) in [(operation, subject) for _, operation, subject in added]
    assert len({request for request, _, _ in added}) == 1


async def test_with_the_store_out_of_reach_the_answer_is_a_503_without_data(
    house: House, postgres: PostgresServer
) -> None:
    before = await written(house)
    async with stopped(postgres, house.database):
        assert_refused(await house.client.ask(SEARCH))
        assert "errors" not in (await house.client.ask('{ nameCount(name: "陈") { suppressed } }')).body
    assert await written(house) == before
    assert len((await house.client.ask(SEARCH)).data) == 1
    assert await written(house) == [*before[:-1], before[-1] + 1]


QUERIES = {
    "a list": (SEARCH, []),
    "two reads": ("query($n: CitizenNumber!) { person(number: $n) { name household { kind } } }", []),
    "partial data": (
        'query($n: CitizenNumber!) { person(number: $n) { name } household(city: "atlantis", number: "1") { id } }',
        ["UNKNOWN_CITY"],
    ),
}


@pytest.mark.parametrize("case", QUERIES)
async def test_no_query_is_answered_without_its_rows(house: House, ledger: asyncpg.Connection, case: str) -> None:
    query, codes = QUERIES[case]
    variables = {"n": STORY_NUMBER} if "$n" in query else {}
    async with taken_away(ledger):
        assert_refused(await house.client.ask(query, variables))
    answer = await house.client.ask(query, variables)
    assert (answer.status, answer.codes) == (200, codes)
    assert "叶静芳" in str(answer.body["data"])


async def test_no_mutation_is_answered_or_written_without_its_rows(
    house: House, ledger: asyncpg.Connection, registries: Mapping[str, str]
) -> None:
    before = await written(house)
    asked = application(str(uuid4()))
    async with taken_away(ledger):
        assert_refused(await house.client.ask(APPLY, asked))
    assert await written(house) == before
    assert await journals(registries, "20210715") == {"wenzhou": 0, "jinhua": 0}
    case = (await house.client.ask(APPLY, asked)).at("applyHouseholdBook", "case")
    assert isinstance(case, dict)
    assert case["state"] == "READY_TO_PRINT"
    assert await journals(registries, "20210715") == {"wenzhou": 1, "jinhua": 0}
    assert await written(house) == [before[0] + 1, before[1] + 3, before[2] + 1, before[3] + 1]


async def test_fifty_answers_at_once_have_their_rows_and_nobody_elses(house: House, ledger: asyncpg.Connection) -> None:
    before = len(await rows(ledger))
    query = "query($n: CitizenNumber!) { person(number: $n) { name } }"
    answers = await asyncio.gather(*(house.client.ask(query, {"n": STORY_NUMBER}) for _ in range(50)))
    assert {answer.status for answer in answers} == {200}
    added = (await rows(ledger))[before:]
    assert {(operation, subject) for _, operation, subject in added} == {("person", YE)}
    assert (len(added), len({request for request, _, _ in added})) == (50, 50)


# ---- the endpoint


async def unsettled(_visit: object) -> Mapping[str, object] | None:
    JOURNAL.notes.append("before the answer")
    raise TryLater("who looked at whom cannot be put on record now", code="AUDIT_UNAVAILABLE")


@pytest.mark.parametrize(
    "query",
    [
        "{ hello }",
        "{ hello away }",
        "{ hello crash }",
        "{ crashRequired }",
        "{ never }",
        'mutation { note(text: "ran") }',
    ],
)
async def test_however_an_execution_ends_its_answer_is_replaced(query: str) -> None:
    JOURNAL.notes.clear()
    async with running(small_app(before=unsettled)) as url, httpx.AsyncClient(base_url=url) as http:
        response = await http.post("/graphql", json={"query": query}, headers={"tongban-timeout-ms": "50"})
    assert_refused(Answer(response.status_code, response.json()))
    assert [note for note in JOURNAL.notes if note != "ran"] == ["before the answer"]


async def test_what_was_not_executed_has_nothing_to_settle() -> None:
    JOURNAL.notes.clear()
    async with running(small_app(before=unsettled)) as url, httpx.AsyncClient(base_url=url) as http:
        response = await http.post("/graphql", json={"query": "{ hello "})
    assert (response.status_code, JOURNAL.notes) == (400, [])
