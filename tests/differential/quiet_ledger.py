"""A ledger that is read once and never written: what would be written is noted instead."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple
from typing import NoReturn, cast
from uuid import UUID

from resolvers.ledger.access import AccessRows
from resolvers.ledger.access_writer import AccessWriter
from resolvers.ledger.ledger import Ledger, Session
from resolvers.ledger.locator import Locator, Owner
from resolvers.problems import TryLater

# What a run would have written down.
Note = tuple[object, ...]


class Memory:
    """What the ledger answered so far: it is the same for every run, because nothing changes it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.answers: dict[tuple[object, ...], object] = {}


class QuietLedger(Ledger):
    """The ledger of one run. `notes` holds one entry for each row of the access log, whatever batch it came in."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory.ledger.pool, 2.0)
        self.holder = UUID(int=1)
        self.notes: list[Note] = []
        self.access_writer = _NotingWriter(self.notes)
        self._memory = memory

    @asynccontextmanager
    async def session(self, code: str = "LEDGER_UNAVAILABLE") -> AsyncIterator[Session]:
        """Lend a session that writes nothing."""
        yield cast("Session", _QuietSession(self._memory))

    @asynccontextmanager
    async def transaction(self, code: str = "LEDGER_UNAVAILABLE") -> AsyncIterator[Session]:
        """Refuse: a document that writes would find another ledger the second time."""
        raise TryLater("the gateway's own database cannot be reached now", code=code)
        yield  # type: ignore[unreachable]  # makes this a generator


class _NotingWriter(AccessWriter):
    """Notes the rows of the access log instead of writing them."""

    def __init__(self, notes: list[Note]) -> None:
        super().__init__(_no_session)
        self._notes = notes

    def write(self, rows: Sequence[AccessRows]) -> "asyncio.Future[None]":
        """Note one entry for each subject of each access; done one turn of the loop later."""
        self._notes += [(*astuple(each.access), key) for each in rows for key in each.subject_keys]
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        loop.call_soon(done.set_result, None)
        return done


def _no_session(code: str) -> NoReturn:
    raise TryLater("nothing is written here", code=code)


class _QuietSession:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def fetch(self, sql: str, *arguments: object) -> object:
        """Return what the ledger answers."""
        return await self._ask("fetch", sql, arguments)

    async def fetchrow(self, sql: str, *arguments: object) -> object:
        """Return what the ledger answers."""
        return await self._ask("fetchrow", sql, arguments)

    async def fetchval(self, sql: str, *arguments: object) -> object:
        """Return what the ledger answers."""
        return await self._ask("fetchval", sql, arguments)

    async def _ask(self, method: str, sql: str, arguments: tuple[object, ...]) -> object:
        plain = tuple(tuple(value) if isinstance(value, list) else value for value in arguments)
        key = (method, sql, *plain)
        if key not in self._memory.answers:
            async with self._memory.ledger.session() as session:
                self._memory.answers[key] = await getattr(session, method)(sql, *arguments)
        return self._memory.answers[key]


class QuietLocator(Locator):
    """Knows what the locator knew at the start; what it would have learned is noted."""

    def __init__(
        self, ledger: QuietLedger, secret: bytes, owners: Mapping[bytes, Owner], keys: dict[str, bytes]
    ) -> None:
        super().__init__(ledger, secret)
        self._owners = owners
        self._keys = keys
        self._notes = ledger.notes

    def key(self, number: str) -> bytes:
        """Return the same key as ever, from memory."""
        known = self._keys.get(number)
        if known is None:
            known = self._keys[number] = super().key(number)
        return known

    async def find(self, key: bytes) -> Owner | None:
        """Return the owner known at the start."""
        return self._owners.get(key)

    async def learn(self, key: bytes, city: str, seen: Owner | None) -> None:
        """Note it."""
        self._notes.append(("learned", key, city))

    async def dispute(self, key: bytes, cities: object) -> None:
        """Note it."""
        self._notes.append(("disputed", key, tuple(cities) if isinstance(cities, list) else cities))
