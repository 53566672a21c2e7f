"""The line to one city: how many calls may run or wait, how long one may take, and whether to call at all."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import TypeVar, cast

from resolvers.breaker import Breaker, BreakerState, Pass
from tongban_adapters.errors import AdapterError, Refused, Retry, Unavailable, Unsupported

T = TypeVar("T")


class LineFault(Exception):
    """The line itself said no, or gave up; the registry's answer is not known."""


class QueueFull(LineFault):
    """As many calls as may wait are waiting; nothing was sent."""


class BreakerOpen(LineFault):
    """The city failed several times in a row and is left alone for a while; nothing was sent."""


class TooSlow(LineFault):
    """The city's patience, or the request's deadline, ran out; what was sent may still take effect."""


class AdapterFault(LineFault):
    """The adapter raised or answered what its contract does not allow."""


class Line:
    """One city's line. `max_connections` calls run at once, `queue` more wait, each for `patience_ms` all in all."""

    def __init__(self, patience_ms: int, max_connections: int, queue: int, breaker: Breaker | None = None) -> None:
        self._patience_s = patience_ms / 1000
        self._room = max_connections + queue
        self._running = asyncio.Semaphore(max_connections)
        self._inside = 0
        self._breaker = breaker or Breaker(threshold=5, pause_s=2.0, time=asyncio_time)
        self._flights: dict[Hashable, asyncio.Task[object]] = {}

    @property
    def state(self) -> BreakerState:
        """Whether the city is asked at present."""
        return self._breaker.state

    async def run(self, call: Callable[[], Awaitable[T]], deadline: float) -> T:
        """Make one call, once more on Retry. `deadline` is loop time in seconds.

        Raises the adapter's AdapterError, or QueueFull, BreakerOpen, TooSlow, AdapterFault.
        """
        try:
            return await self._enter(call, deadline)
        finally:
            # Whoever reads after this call must not be given what was read before it.
            self._flights.clear()

    async def share(self, key: Hashable, call: Callable[[], Coroutine[object, object, T]], deadline: float) -> T:
        """Make one read, or wait for the same read that is in flight already. Raises as `run` does."""
        loop = asyncio.get_running_loop()
        flight = self._flights.get(key)
        if flight is None:
            # The flight has the city's patience only: the first asker's deadline is not the second's.
            flight = loop.create_task(self._enter(call, loop.time() + self._patience_s))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
            if deadline >= loop.time() + self._patience_s:
                # The flight gives up first: no second clock is needed.
                return cast("T", await asyncio.shield(flight))
        try:
            async with asyncio.timeout_at(deadline):
                # One key, one question, one type of answer.
                return cast("T", await asyncio.shield(flight))
        except TimeoutError:
            raise TooSlow from None

    def _landed(self, key: Hashable, flight: "asyncio.Task[object]") -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # looked at, so that a flight everybody left is not reported as forgotten

    async def _enter(self, call: Callable[[], Awaitable[T]], deadline: float) -> T:
        if self._inside >= self._room:
            raise QueueFull
        self._inside += 1
        try:
            patience_ends = asyncio_time() + self._patience_s
            async with asyncio.timeout_at(min(deadline, patience_ends)), self._running:
                return await self._guarded(call)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self._inside -= 1

    async def _guarded(self, call: Callable[[], Awaitable[T]]) -> T:
        held = self._breaker.admit()
        if held is None:
            raise BreakerOpen
        started = asyncio_time()
        try:
            answer = await _twice(call)
        except (Refused, Unsupported):
            self._breaker.succeeded(held)  # the city is well: it answered "no"
            raise
        except asyncio.CancelledError:
            self._left(held, asyncio_time() - started)
            raise
        except Unavailable as late:
            self._breaker.failed(held)
            # The adapter's own clock and this one run out together: whichever speaks first, the city was too slow.
            if asyncio_time() - started >= self._patience_s:
                raise TooSlow from late
            raise
        except BaseException:
            self._breaker.failed(held)
            raise
        self._breaker.succeeded(held)
        return answer

    def _left(self, held: Pass, elapsed_s: float) -> None:
        # Giving up early (the caller left, a short deadline, a wait in the queue) says nothing about the city.
        if elapsed_s >= self._patience_s / 2:
            self._breaker.failed(held)
        else:
            self._breaker.undecided(held)


async def _twice(call: Callable[[], Awaitable[T]]) -> T:
    try:
        try:
            return await call()
        except Retry:
            return await call()
    except (AdapterError, LineFault):
        raise
    except Exception as surprise:
        # The text may hold anything, a citizen number too: only its type is passed on.
        raise AdapterFault(type(surprise).__name__) from None


def asyncio_time() -> float:
    """Return the running loop's monotonic time in seconds."""
    return asyncio.get_running_loop().time()
