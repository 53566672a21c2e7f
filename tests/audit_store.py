"""The store of the access log for tests: slow, gone, and what is in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection | PoolConnectionProxy[asyncpg.Record]"


@asynccontextmanager
async def held_up(connection: Connection) -> AsyncIterator[None]:
    """Let nobody write to the log meanwhile: every INSERT waits."""
    async with connection.transaction():
        await connection.execute("LOCK TABLE access_log IN SHARE MODE")
        yield


async def somebody_waits(connection: Connection) -> None:
    """Return once an INSERT waits; each look is a question to the server."""
    question = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'access_log'::regclass"
    while not await connection.fetchval(question):
        pass


@asynccontextmanager
async def taken_away(connection: Connection) -> AsyncIterator[None]:
    """Take the log away, and nothing else of the ledger."""
    await connection.execute("ALTER TABLE access_log RENAME TO gone")
    try:
        yield
    finally:
        await connection.execute("ALTER TABLE gone RENAME TO access_log")


async def rows(connection: Connection) -> list[tuple[str, str, bytes]]:
    """Return (request, operation, subject) of every row, in the order of the log."""
    found = await connection.fetch("SELECT request_id, operation, subject_key FROM access_log ORDER BY id")
    return [(row["request_id"], row["operation"], row["subject_key"]) for row in found]


async def transactions(connection: Connection) -> int:
    """Return by how many transactions the rows were written."""
    return int(await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM access_log"))
