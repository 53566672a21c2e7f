"""A PostgreSQL of its own with the eleven seeded registries and an empty ledger, for runs outside pytest."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.demo.stand_in import Job, fill
from gateway.postgres import PostgresServer
from tests.conftest import CITIES, FORGETFUL
from tests.differential.studio import Studio, studio
from tongban_adapters.mapping import load_city

SCALE = 10_000


@contextmanager
def sandbox() -> Iterator[Studio]:
    """Seed, open, and throw away afterwards."""
    home = Path(tempfile.mkdtemp(prefix="tongban home "))
    home.chmod(0o711)
    server = PostgresServer.start(home, options=FORGETFUL)
    try:
        registries, ledger = asyncio.run(_filled(server))
        with studio(registries, ledger) as opened:
            yield opened
    finally:
        server.stop()
        shutil.rmtree(home)


async def _filled(server: PostgresServer) -> tuple[dict[str, str], str]:
    urls: dict[str, str] = {}
    for path in sorted(CITIES.glob("*.toml")):
        city = load_city(path)
        urls[city.slug] = await server.ensure_database(city.slug, city.slug, "secret")
        await fill(Job(city.slug, city.layout, SCALE, urls[city.slug]), lambda _: None)
    return urls, await server.ensure_database("differential", "differential", "secret")
