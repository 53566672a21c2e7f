"""Takes a city's database away for a while, as an outage does: no new connections, the old ones cut."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from gateway.postgres import PostgresServer


@asynccontextmanager
async def stopped(postgres: PostgresServer, database: str) -> AsyncIterator[None]:
    """Stop the database; it is there again afterwards."""
    admin = await asyncpg.connect(postgres.admin_url())
    try:
        await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database)
        yield
    finally:
        await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        await admin.close()
