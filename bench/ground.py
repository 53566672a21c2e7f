"""Prepares what every measurement stands on: eleven registries at 1:1000 in a PostgreSQL of their own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.demo.personas import PERSONAS, claims_of
from gateway.demo.progress import Progress
from gateway.demo.start import prepare
from gateway.postgres import PostgresServer
from gateway.settings import DEFAULT_PORT, Settings
from gateway.tokens import sign
from resolvers.ledger.locator import key_of

SCALE = 1000
CLERK = PERSONAS["hangzhou-officer"]


@dataclass(frozen=True, slots=True)
class Ground:
    """The registries and the headers of a clerk who may read them."""

    settings: Settings
    headers: dict[str, str]


@contextmanager
def prepared(home: Path) -> Iterator[Ground]:
    """Start PostgreSQL in `home`, fill what is missing (kept for the next run), stop it at the end."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    server = PostgresServer.start(home)
    try:
        settings = asyncio.run(prepare(server, home, DEFAULT_PORT, SCALE, Progress()))
        yield Ground(settings, clerk_headers(settings))
    finally:
        server.stop()


def clerk_headers(settings: Settings) -> dict[str, str]:
    """Return what a window officer's request carries: a real token and a purpose."""
    claims = claims_of(CLERK, lambda number: key_of(settings.locator_key, number))
    return {
        "Authorization": f"Bearer {sign(settings.home, claims, datetime.now(UTC))}",
        "Tongban-Purpose": CLERK.purpose or "",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
