"""The worker: takes waiting cases, from any gateway, and carries them on until their registry has answered."""

import asyncio
import logging

from resolvers.book_steps import advance
from resolvers.ledger import case_work as work
from resolvers.problems import TryLater
from resolvers.province import Province

log = logging.getLogger(__name__)

AT_ONCE = 16
# How long one go at a case may take (seconds); every call in it is bounded by its city's patience anyway.
GO_SECONDS = 30.0
# A lost word (NOTIFY) costs at most this long.
LONGEST_SLEEP = 5.0
LEDGER_PAUSE = 1.0


class Worker:
    """One gateway's worker. Any number of them share a ledger: each case is held by one at a time."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self._word = asyncio.Event()
        self._going: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; then what is under way is finished and nothing new begun."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self._round()
        finally:
            listening.cancel()
            await asyncio.gather(listening, *self._going, return_exceptions=True)

    async def _round(self) -> None:
        """Take what is due and there is room for, then wait for a word, a due time or a finished case."""
        self._word.clear()
        pause: float | None = LONGEST_SLEEP
        try:
            taken = await self._take(AT_ONCE - len(self._going))
            if not taken:
                async with self._province.ledger.session() as session:
                    pause = await work.seconds_to_next(session)
        except TryLater:
            log.warning("the worker cannot reach the ledger")
            pause, taken = LEDGER_PAUSE, []
        if taken and len(self._going) < AT_ONCE:
            return
        if pause is None or len(self._going) >= AT_ONCE:
            pause = LONGEST_SLEEP
        try:
            async with asyncio.timeout(min(pause, LONGEST_SLEEP) + 0.01):
                await self._word.wait()
        except TimeoutError:
            return

    async def _take(self, room: int) -> list[str]:
        if room <= 0:
            return []
        async with self._province.ledger.session() as session:
            taken = await work.claim(session, self._province.ledger.holder, room)
        for number in taken:
            task = asyncio.create_task(self._go(number))
            self._going.add(task)
            task.add_done_callback(self._gone)
        return taken

    async def _go(self, number: str) -> None:
        deadline = asyncio.get_running_loop().time() + GO_SECONDS
        try:
            await advance(self._province, number, self._province.ledger.holder, deadline)
        except TryLater as lost:
            log.warning("case %s: %s; its lease runs out", number, lost.code)
        except Exception as surprise:
            # The case stays due and its lease runs out: it is tried again. Only the type is logged, never a text.
            log.error("case %s: %s", number, type(surprise).__name__)  # noqa: TRY400

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self._going.discard(task)
        self._word.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._province.ledger.listen(work.CHANNEL, lambda _: self._word.set())
            except TryLater:
                self._word.set()
                await asyncio.sleep(LEDGER_PAUSE)
