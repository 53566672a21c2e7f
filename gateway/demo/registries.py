"""Makes the stand-in registries of the demo's cities: databases, then people, several cities at once."""

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from gateway.demo import stand_in
from gateway.demo.kept import KeptSecrets
from gateway.demo.notes import read_notes, write_note
from gateway.demo.stand_in import Job, Report, bring_up_to_date
from gateway.postgres import PostgresServer
from tongban_adapters.mapping import CityConfig
from tongban_adapters.postgres.driver_errors import DRIVER_ERRORS

MOST_WORKERS = 4
COMPLETE = "Tongban stand-in registry, complete, 1:"


class DemoProblem(Exception):
    """The demo cannot go on; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Databases:
    """Addresses by slug, the registries still to be filled, and the slugs of complete ones that let nobody in."""

    urls: dict[str, str]
    jobs: list[Job]
    unreached: list[str]


async def make_databases(
    server: PostgresServer, secrets: KeptSecrets, cities: Sequence[CityConfig], scale: int | None, usual_scale: int
) -> Databases:
    """Give every city its own database and role.

    A complete registry is kept, also if it cannot be reached now; a half-filled one is dropped and made anew. `scale`
    None: that of what is complete, else `usual_scale`. Raises DemoProblem if the home was made with another scale.
    """
    notes = await read_notes(server)
    complete = {city.slug for city in cities if notes.get(city.slug, "").startswith(COMPLETE)}
    scales = {int(notes[slug].removeprefix(COMPLETE)) for slug in complete}
    chosen = scale or next(iter(scales), usual_scale)
    if scales - {chosen}:
        raise DemoProblem(f"this home was filled with --scale {scales.pop()}; use that, or another TONGBAN_HOME")
    made = Databases({}, [], [])
    for city in cities:
        if city.slug not in complete:
            await server.drop_database(city.slug)
        url = await server.ensure_database(city.slug, city.slug, secrets.password(city.slug))
        made.urls[city.slug] = url
        if city.slug not in complete:
            made.jobs.append(Job(city.slug, city.layout, chosen, url))
        elif not await _is_up_to_date(city, url):
            made.unreached.append(city.slug)
    return made


async def _is_up_to_date(city: CityConfig, url: str) -> bool:
    """Apply what is missing; False: the database cannot be reached, the next start does it. Raises MigrationError."""
    try:
        await bring_up_to_date(city.layout, url)
    except DRIVER_ERRORS:
        return False
    return True


async def fill(server: PostgresServer, jobs: Sequence[Job], on_report: Callable[[Report], None]) -> None:
    """Fill the registries, the first jobs first, one worker process for each processor; raises DemoProblem."""
    waiting = deque(jobs)
    workers = min(len(jobs), os.cpu_count() or 1, MOST_WORKERS)
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(_work(server, waiting, on_report))


async def _work(server: PostgresServer, waiting: "deque[Job]", on_report: Callable[[Report], None]) -> None:
    """Keep one worker process busy until nothing waits; it has its own session, so that Ctrl-C reaches only us."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", stand_in.__name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    if worker.stdin is None or worker.stdout is None:
        raise DemoProblem("a worker process has no pipes")
    try:
        while waiting:
            job = waiting.popleft()
            worker.stdin.write(msgspec.json.encode(job) + b"\n")
            await _follow(worker.stdout, job, on_report)
            await write_note(server, job.city, f"{COMPLETE}{job.scale}")
        worker.stdin.close()
        await worker.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()


async def _follow(lines: asyncio.StreamReader, job: Job, on_report: Callable[[Report], None]) -> None:
    while line := await lines.readline():
        report = msgspec.json.decode(line, type=Report)
        on_report(report)
        if report.seconds is not None:
            return
    raise DemoProblem(f"the registry of {job.city} could not be filled; the reason is above")
