"""Tells whether this process lives and whether it can serve, city by city."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.requests import Request

from gateway.answers import JSON, Answer, answer
from tongban_adapters.model import Health

log = structlog.stdlib.get_logger("tongban.health")

PATIENCE_S = 2.0
FRESH_S = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A city as health sees it: its registry's `health`, and the state of the breaker on its line."""

    slug: str
    probe: Callable[[], Awaitable[Health]]
    breaker: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the last look found; ready = the ledger answers, for without it nothing may be read or written.

    A city that is down does not make the gateway unready: the other cities are served, and the answer names it.
    """

    ledger: Health
    cities: Mapping[str, Mapping[str, object]]

    @property
    def ready(self) -> bool:
        """Whether this process should get traffic."""
        return self.ledger.ok


async def live(_request: Request) -> Answer:
    """Answer 200 as long as the event loop turns; for `Route("/health/live", live)`."""
    return answer({"live": True}, 200, JSON)


@dataclass(slots=True)
class ReadinessWatch:
    """Looks at ledger and cities at most once a second, each within `patience_s`, however many ask."""

    ledger: Callable[[], Awaitable[Health]]
    cities: Sequence[Watched]
    patience_s: float = PATIENCE_S
    fresh_s: float = FRESH_S
    clock: Callable[[], float] = time.monotonic
    _seen: Readiness | None = None
    _seen_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self, _request: Request) -> Answer:
        """Answer 200 or 503 with every city's state; for `Route("/health/ready", watch.ready)`."""
        seen = await self.look()
        body = {"ready": seen.ready, "ledger": _shown(seen.ledger), "cities": seen.cities}
        return answer(body, 200 if seen.ready else 503, JSON)

    async def look(self) -> Readiness:
        """Return what was found less than a second ago, or look again; never raises."""
        async with self._lock:
            if self._seen is None or self.clock() - self._seen_at >= self.fresh_s:
                before, self._seen = self._seen, await self._look()
                self._seen_at = self.clock()
                _log_changes(before, self._seen)
            return self._seen

    async def _look(self) -> Readiness:
        answers = await asyncio.gather(self._probe(self.ledger), *(self._probe(city.probe) for city in self.cities))
        shown = {
            city.slug: {**_shown(health), "breaker": city.breaker()}
            for city, health in zip(self.cities, answers[1:], strict=True)
        }
        return Readiness(answers[0], shown)

    async def _probe(self, probe: Callable[[], Awaitable[Health]]) -> Health:
        started = self.clock()
        try:
            async with asyncio.timeout(self.patience_s):
                return await probe()
        except TimeoutError:
            problem = "no answer in time"
        except Exception as error:  # a probe that breaks its promise must not take health down with it
            problem = type(error).__name__
        return Health(ok=False, elapsed_ms=(self.clock() - started) * 1000, problem=problem)


def _shown(health: Health) -> dict[str, object]:
    # The problem's text may name hosts: it goes to the log, not to whoever asks.
    return {"ok": health.ok, "ms": round(health.elapsed_ms, 1)}


def _log_changes(before: Readiness | None, now: Readiness) -> None:
    if before is not None and before.ready != now.ready:
        log.warning("readiness changed", ready=now.ready, problem=now.ledger.problem)
    for slug, shown in now.cities.items():
        was_ok = before.cities[slug]["ok"] if before is not None else True
        if shown["ok"] != was_ok:
            log.warning("city changed", city=slug, ok=shown["ok"], breaker=shown["breaker"])
