"""Makes the access rows of many requests durable together: while one INSERT is under way, the next one collects."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import asyncpg

from resolvers.ledger.access import AccessRows, add
from resolvers.ledger.session import UNREACHABLE, Session
from resolvers.problems import TryLater

log = logging.getLogger(__name__)

CODE = "AUDIT_UNAVAILABLE"
# One INSERT takes the requests that wait, up to about this many rows; a request is never split.
ROWS_AT_ONCE = 5_000
# More rows than this do not wait: the log cannot keep up, and a request that would wait for it is refused.
ROOM = 50_000
# Seconds one INSERT may take.
PATIENCE_S = 5.0

Lend = Callable[[str], AbstractAsyncContextManager[Session]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The rows of one request and where the request waits for them."""

    rows: Sequence[AccessRows]
    size: int
    durable: "asyncio.Future[None]"


class AccessWriter:
    """The one writer of a process. `lend(code)` lends a connection, or raises TryLater(code)."""

    def __init__(self, lend: Lend, room: int = ROOM) -> None:
        self._lend = lend
        self._room = room
        self._waiting: deque[_Waiting] = deque()
        self._taken: list[_Waiting] = []
        self._rows_waiting = 0
        self._work: asyncio.Task[None] | None = None

    def write(self, rows: Sequence[AccessRows]) -> "asyncio.Future[None]":
        """Return a future that is done when these rows are durable, or ends in TryLater(AUDIT_UNAVAILABLE).

        Raises TryLater(AUDIT_UNAVAILABLE) at once where too many rows wait already.
        """
        size = sum(len(each.subject_keys) for each in rows)
        if self._waiting and self._rows_waiting + size > self._room:
            raise TryLater("too many accesses wait to be put on record", code=CODE)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(rows, size, loop.create_future())
        self._waiting.append(waiting)
        self._rows_waiting += size
        if self._work is None:
            self._work = loop.create_task(self._write_all())
            self._work.add_done_callback(self._ended)
        return waiting.durable

    async def close(self) -> None:
        """Return once nothing waits any more."""
        while self._work is not None:
            await asyncio.wait([self._work])

    async def _write_all(self) -> None:
        """Write until nothing waits; the connection is kept meanwhile."""
        while self._waiting:
            try:
                async with self._lend(CODE) as session:
                    while self._take():
                        await _write(session, self._taken)
            except Exception as fault:  # whatever it was, nobody may wait for ever
                _refuse(self._taken or self._everyone(), fault)
                self._taken = []
        self._work = None

    def _ended(self, work: "asyncio.Task[None]") -> None:
        if work.cancelled():  # the process is ending
            self._work = None
            _refuse([*self._taken, *self._everyone()], None)

    def _take(self) -> bool:
        """Take the next batch; tells whether there is one."""
        self._taken, rows = [], 0
        while self._waiting and (not self._taken or rows + self._waiting[0].size <= ROWS_AT_ONCE):
            self._taken.append(self._waiting.popleft())
            rows += self._taken[-1].size
        self._rows_waiting -= rows
        return bool(self._taken)

    def _everyone(self) -> list[_Waiting]:
        everyone = list(self._waiting)
        self._waiting.clear()
        self._rows_waiting = 0
        return everyone


async def _write(session: Session, batch: Sequence[_Waiting]) -> None:
    """Write the rows of these requests in one INSERT; where rows of one do not fit, the others still get theirs.

    Raises what a lost database raises: then it is not known whether anything was written.
    """
    try:
        await add(session, [rows for each in batch for rows in each.rows], PATIENCE_S)
    except asyncpg.PostgresError as fault:
        if isinstance(fault, UNREACHABLE):
            raise
        if len(batch) == 1:
            _refuse(batch, fault)
            return
        for each in batch:
            await _write(session, [each])
        return
    for each in batch:
        if not each.durable.done():
            each.durable.set_result(None)


def _refuse(batch: Sequence[_Waiting], fault: Exception | None) -> None:
    waiting = [each for each in batch if not each.durable.done()]
    if waiting:
        # Only the type: a text of the database may repeat values.
        log.warning("%d requests cannot be put on record: %s", len(waiting), type(fault).__name__)
    for each in waiting:
        problem = TryLater("who looked at whom cannot be put on record now", code=CODE)
        problem.__cause__ = fault
        each.durable.set_exception(problem)
