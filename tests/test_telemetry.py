"""What the gateway writes about itself: every request, never a person."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog

from gateway.redaction import holds_number, redact, without_echo
from gateway.telemetry import Metrics, configure_logging, redactions
from tests.small_gateway import running, small_app

NUMBER = "33030219751120904X"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Log into memory for one test."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, strawberry = list(root.handlers), logging.getLogger("strawberry.execution")
    kept = list(strawberry.handlers), strawberry.propagate
    configure_logging(stream)
    yield stream
    root.handlers, (strawberry.handlers, strawberry.propagate) = handlers, kept
    structlog.reset_defaults()


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with running(small_app()) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


def logged(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def redacted_so_far() -> float:
    return sum(sample.value for metric in redactions.collect() for sample in metric.samples if "total" in sample.name)


async def test_a_request_is_one_line_of_json(lines: io.StringIO, client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "query Greeting { hello }"})
    (line,) = logged(lines)
    assert line.pop("timestamp")
    assert isinstance(line.pop("ms"), float)
    assert line == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "Greeting",
        "kind": "query",
        "role": "ANONYMOUS",
        "request_id": response.headers["tongban-request-id"],
    }


async def test_a_line_does_not_inherit_from_the_request_before(lines: io.StringIO, client: httpx.AsyncClient) -> None:
    await client.post("/graphql", json={"query": "query Greeting { hello }"})
    await client.get("/nothing")
    assert "operation" not in logged(lines)[1]


async def test_no_request_leaves_a_number_or_a_query_string_in_the_log(
    lines: io.StringIO, client: httpx.AsyncClient
) -> None:
    before = redacted_so_far()
    post = [
        {"query": '{ person(number: "' + NUMBER + '") }'},
        {"query": "query Q($n: Int!) { first(first: $n) }", "variables": {"n": NUMBER}},
        {"query": "query A" + NUMBER + " { hello }"},
        {"query": "{ crash crashRequired }"},
        {"query": "{ a" + NUMBER + " }"},
        {"query": "{ " + NUMBER},
    ]
    for body in post:
        await client.post("/graphql", json=body)
    await client.post("/graphql", content=NUMBER, headers={"content-type": NUMBER})
    await client.get("/graphql", params={"query": "{hello}", "seen": "in-the-url"})
    await client.get("/graphql", params={"query": NUMBER})
    await client.get("/" + NUMBER)
    await client.get("/broken")
    await client.post("/graphql", json={"query": "{hello}"}, headers={"authorization": f"Bearer {NUMBER}"})
    await client.post("/graphql", json={"query": "{hello}"}, headers={"tongban-purpose": NUMBER})
    text = lines.getvalue()
    assert text.count('"event": "request"') == 13
    assert NUMBER not in text
    assert NUMBER[:17] not in text
    assert "in-the-url" not in text
    assert redacted_so_far() == before


async def test_a_crash_is_logged_with_its_frames_and_without_its_text(
    lines: io.StringIO, client: httpx.AsyncClient
) -> None:
    response = await client.post("/graphql", json={"query": "{ crash }"})
    failure, _ = logged(lines)
    assert (failure["event"], failure["level"], failure["fault"]) == ("internal error", "error", "RuntimeError")
    assert failure["request_id"] == response.headers["tongban-request-id"]
    frames = failure["frames"]
    assert isinstance(frames, list)
    assert str(frames[-1]).endswith(" crash")
    assert "row of" not in lines.getvalue()


def test_the_last_line_of_defence_hides_and_counts(lines: io.StringIO) -> None:
    before = redacted_so_far()
    log = structlog.stdlib.get_logger()
    log.info(NUMBER, where=[NUMBER, {"old": "330302751120904"}], key=330302197511209041, fine="330302")
    (line,) = logged(lines)
    assert line["event"] == "(hidden)"
    assert (line["where"], line["key"], line["fine"]) == (["(hidden)", {"old": "(hidden)"}], "(hidden)", "330302")
    assert redacted_so_far() == before + 3


def test_lines_of_libraries_are_json_without_texts_of_exceptions(lines: io.StringIO) -> None:
    fault = ValueError(f"row of {NUMBER}")
    logging.getLogger("asyncio").error("Task exception was never retrieved\n%s", NUMBER, exc_info=fault)
    (line,) = logged(lines)
    assert (line["event"], line["level"], line["logger"]) == ("Task exception was never retrieved", "error", "asyncio")
    assert line["fault"] == "ValueError"
    assert NUMBER not in lines.getvalue()


def test_strawberrys_own_log_is_silent(lines: io.StringIO) -> None:
    logging.getLogger("strawberry.execution").error("the document of %s", NUMBER)
    assert lines.getvalue() == ""


async def test_metrics_count_requests_and_registry_calls(client: httpx.AsyncClient) -> None:
    await client.post("/graphql", json={"query": "{ hello }"})
    await client.post("/graphql", json={"query": "{"}, headers={"accept": "application/graphql-response+json"})
    text = (await client.get("/metrics")).text
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(samples['tongban_requests_total{kind="query",status="200"}']) >= 1
    assert float(samples['tongban_requests_total{kind="other",status="400"}']) >= 1
    assert float(samples["tongban_requests_in_flight"]) == 1
    assert float(samples['tongban_request_seconds_bucket{kind="query",le="+Inf"}']) >= 1
    assert "tongban_log_redactions_total" in samples


def test_registry_calls_are_counted_by_city_and_status() -> None:
    metrics = Metrics()
    metrics.registry_call("wenzhou", "ANSWERED", 12.0)
    metrics.registry_call("wenzhou", "TIMED_OUT", 2000.0)
    labels = {"city": "wenzhou", "status": "TIMED_OUT"}
    assert metrics.registry.get_sample_value("tongban_registry_calls_total", labels) == 1
    assert metrics.registry.get_sample_value("tongban_registry_call_seconds_sum", {"city": "wenzhou"}) == 2.012


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (NUMBER, "(hidden)"),
        (NUMBER.lower(), "(hidden)"),
        (f"a{NUMBER}b", "a(hidden)b"),
        ("330302 19751120 904X", "(hidden)"),
        ("330302-19751120-904X", "(hidden)"),
        ("３３０３０２１９７５１１２０９０４Ｘ", "(hidden)"),
        ("330302751120904", "(hidden)"),
        ("330302001000", "330302001000"),
        ("2026-11-23T16:43:04.123456Z", "2026-11-23T16:43:04.123456Z"),
        ("3303021975112090", "3303021975112090"),
        ("33030219751120904123", "33030219751120904123"),
    ],
)
def test_what_looks_like_a_number_is_hidden(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_what_counts_as_a_number_in_a_url() -> None:
    assert holds_number(f'{{"n":"{NUMBER}"}}')
    assert not holds_number("first=20&asOf=2021-06-01")


@pytest.mark.parametrize(
    ("message", "clean"),
    [
        (f"Int cannot represent non-integer value: '{NUMBER}'", "Int cannot represent non-integer value: (hidden)"),
        (f"Int cannot represent non-integer value: {NUMBER[:17]}", "Int cannot represent non-integer value: (hidden)"),
        (
            "Expected value of type 'F' to be an object, found: ['张三'].",
            "Expected value of type 'F' to be an object, found: (hidden)",
        ),
        (f'Syntax Error: Expected Name, found String "{NUMBER}".', "Syntax Error: Expected Name, found String."),
        (f"Cannot query field 'a{NUMBER}' on type 'Q'.", "Cannot query field 'a(hidden)' on type 'Q'."),
        ("Cannot query field 'hello2' on type 'Q'.", "Cannot query field 'hello2' on type 'Q'."),
        ("Variable '$n' has invalid value: Expected a value.", "Variable '$n' has invalid value: Expected a value."),
    ],
)
def test_messages_of_graphql_core_lose_the_clients_values(message: str, clean: str) -> None:
    assert without_echo(message) == clean
