"""Compares gateway, limit and stock Strawberry in one run, their loads taking turns."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.agreement import sound_bodies
from bench.ground import Ground
from bench.load import CannotMeasure, peak_memory_mib, put_load, require_wrk, write_requests
from bench.questions import questions
from bench.report import Figures, Round, figures
from bench.servers import KINDS, RunningServer, running

GOOD = ("ANSWERED", "EMPTY")


@dataclass(frozen=True, slots=True)
class Schedule:
    """How much is measured: loads of `seconds` each."""

    rounds: int = 3
    seconds: int = 3
    concurrencies: tuple[int, ...] = (1, 16, 64)


QUICK = Schedule(seconds=1, concurrencies=(16,))


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures, each server's peak memory, and the registry calls that failed under the load (as in /metrics).

    A failed call makes an answer partial, and cheap: with one of them the figures flatter the gateway.
    """

    figures: list[Figures]
    peak_memory_mib: Mapping[str, float]
    failed_calls: Sequence[str]


def compare(ground: Ground, schedule: Schedule) -> Compared:
    """Measure; raises CannotMeasure or NotStarted."""
    require_wrk()
    home = ground.settings.home
    asked = asyncio.run(questions(ground.settings))
    with ExitStack() as opened:
        servers = [opened.enter_context(running(kind, home)) for kind in KINDS]
        loads: dict[str, Path] = {}
        for question in asked:
            bodies = sound_bodies(servers[0], servers[1:], question.bodies, ground.headers)
            tell(f"{question.name} {question.title}: {len(bodies)} requests answered alike by all three")
            loads[question.name] = write_requests(home / f"{question.name}.requests", ground.headers, bodies)
        for load in loads.values():
            for server in servers:
                put_load(server, load, 4, 1)  # warm up
        found = _measured(servers, loads, schedule)
        peak = {server.kind: peak_memory_mib(server.pid) for server in servers}
        return Compared(found, peak, _failed_calls(servers[0]))


def tell(line: str) -> None:
    """Say how far the run is, beside its result."""
    print(line, file=sys.stderr, flush=True)


def _measured(servers: Sequence[RunningServer], loads: Mapping[str, Path], schedule: Schedule) -> list[Figures]:
    rounds: dict[tuple[str, int], list[Round]] = {}
    for number in range(schedule.rounds):
        turn = [*servers[number % len(servers) :], *servers[: number % len(servers)]]
        for name, load in loads.items():
            for concurrency in schedule.concurrencies:
                samples = {server.kind: put_load(server, load, concurrency, schedule.seconds) for server in turn}
                rounds.setdefault((name, concurrency), []).append(samples)
        tell(f"round {number + 1} of {schedule.rounds} done")
    return [figures(name, concurrency, samples) for (name, concurrency), samples in rounds.items()]


def _failed_calls(gateway: RunningServer) -> list[str]:
    line = HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    line.request("GET", "/metrics")
    lines = line.getresponse().read().decode().splitlines()
    line.close()
    calls = [text for text in lines if text.startswith("tongban_registry_calls_total{")]
    if not calls:
        raise CannotMeasure("the gateway counted no call to a registry")
    return [text for text in calls if not any(f'status="{status}"' in text for status in GOOD)]
