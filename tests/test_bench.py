"""The bench: its servers answer alike, a difference stops it, and its sums are right."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from math import inf
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.agreement import sound_bodies
from bench.ground import clerk_headers
from bench.load import (
    CannotMeasure,
    Sample,
    cpu_seconds,
    memory_mib,
    peak_memory_mib,
    put_load,
    require_wrk,
    write_requests,
)
from bench.memory import documents
from bench.questions import Question, questions
from bench.report import figures, missed, table
from bench.servers import KINDS, RunningServer, app_of
from gateway.limits import Limits, read_document
from gateway.settings import Settings
from tests.small_gateway import running

BODIES = [b'{"query": "{ a }"}'] * 6


class Fixed:
    """A server that always gives the same answer."""

    def __init__(self, answer: bytes, status: int = 200) -> None:
        self._answer = answer
        self._status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        await receive()
        headers = [(b"content-length", b"%d" % len(self._answer))]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._answer})


async def served(opened: AsyncExitStack, kind: str, app: ASGIApp) -> RunningServer:
    url = await opened.enter_async_context(running(app))
    return RunningServer(kind, os.getpid(), urlsplit(url).port or 0)


async def agreed(
    apps: Mapping[str, ASGIApp], bodies: Sequence[bytes], headers: Mapping[str, str] | None = None
) -> tuple[bytes, ...]:
    """Compare these servers, the first of them being the gateway."""
    async with AsyncExitStack() as opened:
        first, *others = [await served(opened, kind, app) for kind, app in apps.items()]
        return await asyncio.to_thread(sound_bodies, first, others, bodies, headers or {})


@pytest.fixture(scope="module")
async def asked(gateway_settings: Settings) -> Mapping[str, Question]:
    return {question.name: question for question in await questions(gateway_settings)}


@pytest.fixture(scope="module")
async def three(gateway_settings: Settings) -> AsyncIterator[list[RunningServer]]:
    """The servers of the comparison, over the seeded registries."""
    async with AsyncExitStack() as opened:
        yield [await served(opened, kind, app_of(kind, gateway_settings)) for kind in KINDS]


@pytest.mark.parametrize("name", ["Q1", "Q2", "Q3"])
async def test_the_three_servers_answer_alike(
    asked: Mapping[str, Question], three: list[RunningServer], gateway_settings: Settings, name: str
) -> None:
    headers, bodies = clerk_headers(gateway_settings), asked[name].bodies[:40]
    sound = await asyncio.to_thread(sound_bodies, three[0], three[1:], bodies, headers)
    assert set(sound) <= set(bodies)


async def test_another_answer_of_the_limit_stops_the_bench_even_if_it_means_the_same() -> None:
    with pytest.raises(CannotMeasure, match="limit and gateway answer differently to request 0"):
        await agreed({"gateway": Fixed(b'{"data":{"a":1}}'), "limit": Fixed(b'{"data": {"a":1}}')}, BODIES)


async def test_stock_may_write_its_json_differently_but_not_say_something_else() -> None:
    gateway = Fixed(b'{"data":{"a":1}}')
    assert len(await agreed({"gateway": gateway, "stock": Fixed(b'{"data": {"a":1}}')}, BODIES)) == 6
    with pytest.raises(CannotMeasure, match="stock and gateway"):
        await agreed({"gateway": gateway, "stock": Fixed(b'{"data":{"a":2}}')}, BODIES)


async def test_a_gateway_that_answers_with_errors_is_not_measured() -> None:
    broken = Fixed(b'{"data":{"a":null},"errors":[{}]}')
    with pytest.raises(CannotMeasure, match="only 0 of 6"):
        await agreed({"gateway": broken, "limit": broken}, BODIES)


async def test_a_refusal_is_told_with_its_status() -> None:
    with pytest.raises(CannotMeasure, match="answered 401"):
        await agreed({"gateway": Fixed(b"no", 401)}, BODIES)


async def test_failed_requests_are_not_counted_as_throughput(tmp_path: Path) -> None:
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    load = write_requests(tmp_path / "load", {"Content-Type": "application/json"}, BODIES)
    assert load.stat().st_mode & 0o777 == 0o600
    async with AsyncExitStack() as opened:
        good = await served(opened, "good", Fixed(b"{}"))
        bad = await served(opened, "bad", Fixed(b"{}", 503))
        of_good = await asyncio.to_thread(put_load, good, load, 2, 1)
        of_bad = await asyncio.to_thread(put_load, bad, load, 2, 1)
    assert of_good.rate > 0
    assert (of_good.failed, of_bad.rate, of_bad.failed) == (0.0, 0.0, 1.0)
    assert of_good.server_cpu_ms > 0
    assert of_good.p50_ms <= of_good.p99_ms


def test_without_wrk_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotMeasure, match="apt-get install wrk"):
        require_wrk()


def test_processes_tell_what_they_used() -> None:
    assert cpu_seconds([os.getpid()]) > 0
    assert cpu_seconds([2**30]) == 0
    assert 10 < memory_mib(os.getpid()) <= peak_memory_mib(os.getpid())


def sample(rate: float, p99_ms: float) -> Sample:
    return Sample(rate, 0.0, p99_ms / 2, p99_ms, 1.0, 0.5)


def test_ratios_are_taken_within_a_round_and_their_median_is_told() -> None:
    # The second round ran on a busy machine: each server took three times as long.
    rounds = [
        {"gateway": sample(600, 4), "limit": sample(1000, 2), "stock": sample(60, 40)},
        {"gateway": sample(180, 12), "limit": sample(300, 6), "stock": sample(20, 120)},
        {"gateway": sample(700, 3), "limit": sample(1000, 2), "stock": sample(70, 40)},
    ]
    found = figures("Q1", 16, rounds)
    assert (found.rounds, found.rate) == (3, {"gateway": 600, "limit": 1000, "stock": 60})
    assert (found.of_limit, found.of_stock, found.p99_to_limit, found.p50_to_limit) == (0.6, 10.0, 2.0, 2.0)
    assert missed([found]) == []
    assert table([found]).splitlines()[2].startswith("| Q1 | 16 | 600 | 1,000 | 60 | 0.60 | 10.0 |")


def test_what_is_missed_is_said() -> None:
    slow = {"gateway": sample(100, 9), "limit": sample(1000, 2), "stock": sample(50, 20)}
    slow["gateway"] = replace(slow["gateway"], failed=0.25)
    assert missed([figures("Q2", 16, [slow])]) == [
        "Q2 at concurrency 16: 25% of gateway's requests failed",
        "Q2 at concurrency 16: 0.10 of the limit, 0.85 wanted",
        "Q2 at concurrency 16: 2.0 times stock Strawberry, 8 wanted",
        "Q2 at concurrency 16: p99 is 4.5 times the limit's, 2 wanted",
    ]


def test_the_documents_of_the_memory_run_are_distinct_and_within_the_limits() -> None:
    bodies = [body for _, body in zip(range(3000), documents(), strict=False)]
    assert len(set(bodies)) == 3000
    for body in bodies[:50]:
        read_document(msgspec.json.decode(body)["query"], Limits())


def test_a_server_that_answers_nothing_is_a_figure_too() -> None:
    silent = Sample(0.0, 1.0, inf, inf, inf, inf)
    rounds = [{"gateway": silent, "limit": sample(300, 6), "stock": sample(20, 120)}]
    found = figures("Q2", 64, rounds)
    assert (found.of_limit, found.p99_to_limit) == (0.0, inf)
    assert missed([found])[0] == "Q2 at concurrency 64: 100% of gateway's requests failed"
    assert figures("Q2", 64, [{**rounds[0], "stock": silent, "gateway": sample(1, 1)}]).of_stock == inf
