"""A small pool of connections to one registry: opened when needed, last used first, statements kept."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from tongban_adapters.errors import Refused, Retry, Unavailable, Unsupported
from tongban_adapters.postgres.driver_errors import DRIVER_ERRORS, Doing, translate

_STATEMENTS = 200
# The server stops a statement at the city's patience; the client waits a little longer before it gives up itself.
_GRACE_S = 0.5
_IDLE_IN_TRANSACTION_MS = 30_000


class Line:
    """One connection with the statements it has prepared."""

    __slots__ = ("_statements", "connection")

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._statements: OrderedDict[str, PreparedStatement[asyncpg.Record]] = OrderedDict()

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a statement, prepared once per connection while it is among the latest used."""
        statement = self._statements.get(sql)
        if statement is None:
            statement = await self.connection.prepare(sql)
            self._statements[sql] = statement
            if len(self._statements) > _STATEMENTS:
                self._statements.popitem(last=False)
        else:
            self._statements.move_to_end(sql)
        return await statement.fetch(*arguments)

    async def row(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        """Run a statement that gives one row or none."""
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None


class Pool:
    """At most `size` connections to `url`; every method raises only the errors of `tongban_adapters.errors`."""

    def __init__(self, city: str, url: str, size: int, patience_ms: int) -> None:
        self._city = city
        self._url = url
        self._patience_ms = patience_ms
        self._permits = asyncio.Semaphore(size)
        self._free: list[Line] = []
        self._closed = False

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Run one reading statement; an idle connection that turns out dead is replaced once."""
        try:
            return await self._fetch(sql, arguments)
        except Retry:
            self._drop_idle()
            return await self._fetch(sql, arguments)

    async def _fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        async with self._line() as line:
            try:
                return await line.fetch(sql, *arguments)
            except DRIVER_ERRORS as error:
                raise translate(self._city, error, Doing.WORKING) from None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Line]:
        """Lend a connection inside a transaction: committed at the end of the block, undone by any exception."""
        async with self._line() as line:
            try:
                await line.connection.execute("BEGIN")
                yield line
            except DRIVER_ERRORS as error:
                raise translate(self._city, error, Doing.WORKING) from None
            try:
                ended = await line.connection.execute("COMMIT")
            except DRIVER_ERRORS as error:
                raise translate(self._city, error, Doing.COMMITTING) from None
            if ended != "COMMIT":
                raise Retry(self._city, "the server undid the transaction")

    async def close(self) -> None:
        """Close idle connections, and those in use when they come back."""
        self._closed = True
        while self._free:
            line = self._free.pop()
            try:
                await line.connection.close(timeout=1)
            except DRIVER_ERRORS:
                line.connection.terminate()

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Line]:
        """Lend a connection; it comes back only when it is known to be at rest."""
        async with self._permits:
            line = self._idle() or await self._open()
            try:
                yield line
            except (Refused, Unsupported):
                await self._undo(line)
                self._give_back(line)
                raise
            except BaseException:
                # A statement may still be under way: the server ends it together with the connection.
                line.connection.terminate()
                raise
            self._give_back(line)

    def _idle(self) -> Line | None:
        while self._free:
            line = self._free.pop()
            if not line.connection.is_closed():
                return line
        return None

    async def _open(self) -> Line:
        if self._closed:
            raise Unavailable(self._city, "the registry was closed")
        patience = self._patience_ms / 1000
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=patience,
                command_timeout=patience + _GRACE_S,
                server_settings={
                    "application_name": "tongban",
                    "statement_timeout": str(self._patience_ms),
                    "idle_in_transaction_session_timeout": str(_IDLE_IN_TRANSACTION_MS),
                    "timezone": "UTC",
                    "jit": "off",
                },
            )
        except DRIVER_ERRORS as error:
            raise translate(self._city, error, Doing.OPENING) from None
        return Line(connection)

    async def _undo(self, line: Line) -> None:
        if line.connection.is_closed() or not line.connection.is_in_transaction():
            return
        try:
            await line.connection.execute("ROLLBACK")
        except DRIVER_ERRORS:
            line.connection.terminate()

    def _give_back(self, line: Line) -> None:
        if self._closed:
            line.connection.terminate()
        elif not line.connection.is_closed():
            self._free.append(line)

    def _drop_idle(self) -> None:
        while self._free:
            self._free.pop().connection.terminate()
