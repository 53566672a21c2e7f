"""Keeps the gateway from asking a city that has just failed several times in a row."""

from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed lets calls through, open lets none, half-open lets exactly one probe."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Pass(StrEnum):
    """What a call was let through as; handed back with its result."""

    CALL = "CALL"
    PROBE = "PROBE"


class Breaker:
    """Opens after `threshold` consecutive failures; after `pause_s` seconds one probe decides.

    `time` is a monotonic clock in seconds. Not for several threads: it lives on one event loop.
    """

    def __init__(self, threshold: int, pause_s: float, time: Callable[[], float]) -> None:
        self._threshold = threshold
        self._pause_s = pause_s
        self._time = time
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """The state as a caller would meet it now."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        due = self._time() - self._opened_at >= self._pause_s
        return BreakerState.HALF_OPEN if due else BreakerState.OPEN

    def admit(self) -> Pass | None:
        """Let a call through, or return None. Every pass is given back by exactly one of the three ways below."""
        state = self.state
        if state is BreakerState.CLOSED:
            return Pass.CALL
        if state is BreakerState.OPEN or self._probing:
            return None
        self._probing = True
        return Pass.PROBE

    def succeeded(self, held: Pass) -> None:
        """The city answered. While open only the probe's answer counts, not a late one of an earlier call."""
        if held is Pass.PROBE:
            self._probing = False
            self._opened_at = None
        if self._opened_at is None:
            self._failures = 0

    def failed(self, held: Pass) -> None:
        """The city did not answer, or answered nonsense."""
        if held is Pass.PROBE:
            self._probing = False
            self._opened_at = self._time()
            return
        self._failures += 1
        if self._opened_at is None and self._failures >= self._threshold:
            self._opened_at = self._time()

    def undecided(self, held: Pass) -> None:
        """The call ended without telling anything about the city (the caller went away)."""
        if held is Pass.PROBE:
            self._probing = False
