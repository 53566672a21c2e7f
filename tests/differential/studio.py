"""Keeps a stage on an event loop of its own, in a thread of its own, and runs work there."""

import gc
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

from resolvers import fanout
from tests.conftest import CITIES
from tests.differential.read_once import read_once
from tests.differential.stage import Stage, set_up
from tests.differential.still_time import StillLoop
from tongban_adapters.discovery import open_registry
from tongban_adapters.mapping import load_city

T = TypeVar("T")
_LOUD = ("resolvers.fanout", "strawberry.execution", "asyncio")


class Studio:
    """Where documents are played. The loop's time stands; pytest's own loop is not touched."""

    def __init__(self, thread: ThreadPoolExecutor, loop: StillLoop) -> None:
        self._thread = thread
        self._loop = loop
        self.stage: Stage

    def play(self, work: Callable[[Stage], Awaitable[T]]) -> T:
        """Run the work on the stage and return what it returns."""
        return self._run(lambda: work(self.stage))

    def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def awaited() -> T:
            return await work()

        def run() -> T:
            try:
                return self._loop.run_until_complete(awaited())
            finally:
                # What cancelled branches left behind is complained of here, not in the middle of another test.
                gc.collect()

        # Cities are timed by a clock of their own; it stands only while something is played.
        with _quiet(), read_once(), patch.object(fanout, "perf_counter", lambda: 0.0):
            return self._thread.submit(run).result()


@contextmanager
def studio(registries: Mapping[str, str], ledger_url: str) -> Iterator[Studio]:
    """Open the stage over the seeded registries (slug → address) and an empty ledger."""
    loop = StillLoop()
    with ThreadPoolExecutor(1, "studio") as thread:
        opened = Studio(thread, loop)
        live = {slug: open_registry(load_city(CITIES / f"{slug}.toml"), url) for slug, url in registries.items()}

        async def begin() -> None:
            opened.stage = await set_up(live, ledger_url)
            loop.stop_time()
            # The records stay for good: looking through them for garbage costs as much as the documents.
            gc.collect()
            gc.freeze()

        async def end() -> None:
            opened.stage.memory.ledger.pool.terminate()
            for registry in live.values():
                await registry.close()
            gc.unfreeze()

        opened._run(begin)  # noqa: SLF001
        yield opened
        opened._run(end)  # noqa: SLF001
        thread.submit(loop.close).result()


@contextmanager
def _quiet() -> Iterator[None]:
    """Sick cities are part of the play: they are not worth a line of the log each."""
    levels = {name: logging.getLogger(name).level for name in _LOUD}
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
