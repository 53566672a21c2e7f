"""The ledger's door: one pool of connections to the gateway's own database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from uuid import uuid4

import asyncpg

from resolvers.ledger.access_writer import AccessWriter
from resolvers.ledger.session import UNREACHABLE, Session
from resolvers.problems import TryLater
from tongban_adapters.migrations import migrate
from tongban_adapters.model import Health

__all__ = ["UNREACHABLE", "Ledger", "Session"]


class Ledger:
    """The gateway's own database. Cases, locator and access log share its pool, so that they share transactions."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", patience: float) -> None:
        self.pool = pool
        # Names this process among all that share the ledger: who holds which case.
        self.holder = uuid4()
        self._patience = patience
        self.access_writer = AccessWriter(self.session)

    @classmethod
    async def open(cls, url: str, *, max_connections: int = 10, patience: float = 2.0) -> "Ledger":
        """Connect, bring the tables up to date and return the ledger. `patience`: seconds to wait for a connection.

        Raises TryLater where the database cannot be reached, and MigrationError.
        """
        try:
            connection = await asyncpg.connect(url)
            try:
                await migrate(connection, files("resolvers.ledger") / "migrations")
            finally:
                await connection.close()
            pool = await asyncpg.create_pool(url, min_size=1, max_size=max_connections, timeout=patience)
        except (*UNREACHABLE, asyncpg.InsufficientPrivilegeError) as lost:
            text = f"the gateway's own database cannot be reached ({type(lost).__name__})"
            raise TryLater(text, code="LEDGER_UNAVAILABLE") from lost
        return cls(pool, patience)

    @asynccontextmanager
    async def session(self, code: str = "LEDGER_UNAVAILABLE") -> AsyncIterator[Session]:
        """Lend one connection. Raises TryLater(code) where the database cannot be reached."""
        try:
            async with self.pool.acquire(timeout=self._patience) as connection:
                yield connection
        except UNREACHABLE as lost:
            raise TryLater("the gateway's own database cannot be reached now", code=code) from lost

    @asynccontextmanager
    async def transaction(self, code: str = "LEDGER_UNAVAILABLE") -> AsyncIterator[Session]:
        """Lend one connection inside one transaction. Raises TryLater(code) where the database cannot be reached."""
        async with self.session(code) as connection, connection.transaction():
            yield connection

    async def listen(self, channel: str, on_word: Callable[[str], None]) -> None:
        """Call `on_word(payload)` for every NOTIFY on `channel`, until cancelled or until the connection is lost.

        Raises TryLater where the connection is lost: words sent meanwhile are missed, so look first.
        """
        lost = asyncio.Event()

        def on_loss(_connection: object) -> None:
            lost.set()

        def on_notice(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            on_word(str(payload))

        async with self.session() as connection:
            connection.add_termination_listener(on_loss)
            await connection.add_listener(channel, on_notice)
            try:
                await lost.wait()
            finally:
                if not connection.is_closed():  # a connection that still listens may not go back to the pool
                    connection.remove_termination_listener(on_loss)
                    await connection.remove_listener(channel, on_notice)
        raise TryLater("the gateway's own database went away", code="LEDGER_UNAVAILABLE")

    async def health(self) -> Health:
        """Ask the database for a sign of life; never raises."""
        started = asyncio.get_running_loop().time()
        try:
            async with self.session() as session:
                await session.fetchval("SELECT 1")
            problem = None
        except TryLater as lost:
            problem = lost.message
        return Health(problem is None, (asyncio.get_running_loop().time() - started) * 1000, problem)

    async def close(self) -> None:
        """Write the accesses that still wait, then give back every connection."""
        await self.access_writer.close()
        await self.pool.close()
