"""One gateway's hold on one case: the lease, the calls made under it, and when to try again."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID
from zlib import crc32

from resolvers.ledger import case_work as work
from resolvers.ledger.case_work import LEASE_SECONDS
from resolvers.line import BreakerOpen, LineFault, QueueFull
from resolvers.province import City, Province
from tongban_adapters.errors import AdapterError, Refused, Retry, Unavailable, Unsupported

T = TypeVar("T")

FIRST_DELAY = 0.5
LONGEST_DELAY = 15.0


class Halt(Exception):
    """A step cannot be finished now: it is tried again `times` in this go, after `pause` seconds, and then later."""

    times = 0
    pause = 0.0


class Wait(Halt):
    """The registry cannot be asked now; nothing is lost by waiting."""


class Doubt(Halt):
    """Something was sent and its effect is not known; the next try asks `status` first."""

    times = 1


class Held(Halt):
    """Another entry holds the household at this moment: entries are short."""

    times = 3
    pause = 0.1


@dataclass(slots=True)
class Hold:
    """One gateway's hold on one case: `owner` is the gateway, `deadline` (loop time) ends this go at it."""

    province: Province
    number: str
    owner: UUID
    deadline: float
    renewed: float
    halts: Counter[type[Halt]] = field(default_factory=Counter)

    def tries_again(self, halt: Halt) -> bool:
        """Tell whether to try once more in this go."""
        self.halts[type(halt)] += 1
        in_time = asyncio.get_running_loop().time() + halt.pause < self.deadline
        return in_time and self.halts[type(halt)] <= halt.times

    async def call(self, city: City, call: Callable[[], Awaitable[T]]) -> T:
        """Make one registry call under a lease that outlasts it. Raises Refused, Unsupported, Wait, Doubt."""
        now = asyncio.get_running_loop().time()
        if now - self.renewed > LEASE_SECONDS / 4:
            async with self.province.ledger.session() as session:
                await work.renew(session, self.number, self.owner)
            self.renewed = now
        try:
            return await city.line.run(call, min(self.deadline, now + LEASE_SECONDS / 2))
        except (Refused, Unsupported):
            raise
        except (Unavailable, Retry, BreakerOpen, QueueFull) as fault:
            raise Wait(type(fault).__name__) from fault
        except (AdapterError, LineFault) as fault:
            raise Doubt(type(fault).__name__) from fault


def delay(number: str, attempts: int) -> float:
    """Return how many seconds to wait after so many attempts: doubling up to a cap, spread by case over half of it."""
    longest = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempts - 1, 10)) if attempts > 0 else FIRST_DELAY
    spread = crc32(f"{number}:{attempts}".encode()) / 0xFFFFFFFF
    return longest * (0.5 + spread / 2)
