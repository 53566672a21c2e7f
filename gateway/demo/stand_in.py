"""Fills one city's database with its stand-in registry.

Also the worker of the demo: run as a module it reads jobs from standard input and reports on standard output, one
JSON object a line, so that several cities are filled at once. Passwords travel in the job, not on a command line.
"""

import asyncio
import sys
from collections.abc import Callable
from importlib.resources import files

import asyncpg
import msgspec

from tongban_adapters.migrations import migrate
from tongban_adapters.postgres.companion import install_companion
from tongban_adapters.sandbox.seed import seed


class Job(msgspec.Struct, frozen=True):
    """One registry to fill: the city's slug, its table layout, 1:scale, and the address of its empty database."""

    city: str
    layout: str
    scale: int
    url: str


class Report(msgspec.Struct, frozen=True):
    """How far a job is: people written so far; `seconds` since its start are given at its end only."""

    city: str
    people: int
    seconds: float | None = None


async def bring_up_to_date(layout: str, url: str) -> None:
    """Apply the layout's and the companion's scripts that are not yet applied; raises MigrationError."""
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, files(f"tongban_adapters.sandbox.layouts.{layout}"))
    finally:
        await connection.close()
    await install_companion(url)


async def fill(job: Job, on_progress: Callable[[int], None]) -> int:
    """Make tables and people; returns the number of people."""
    await bring_up_to_date(job.layout, job.url)
    connection = await asyncpg.connect(job.url)
    try:
        seeded = await seed(connection, job.layout, job.city, job.scale, on_progress)
    finally:
        await connection.close()
    return seeded.people


def main() -> None:
    """Fill one registry after the other until the input ends."""
    decoder, encoder = msgspec.json.Decoder(Job), msgspec.json.Encoder()

    def tell(report: Report) -> None:
        sys.stdout.buffer.write(encoder.encode(report) + b"\n")
        sys.stdout.buffer.flush()

    for line in sys.stdin.buffer:
        job = decoder.decode(line)

        async def work(job: Job) -> None:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            people = await fill(job, lambda done: tell(Report(job.city, done)))
            tell(Report(job.city, people, loop.time() - begun))

        asyncio.run(work(job))


if __name__ == "__main__":
    main()
