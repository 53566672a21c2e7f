"""Chance that falls the same way on every run, machine and Python version."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
Draw = Callable[[], float]


def stream(*parts: str | int) -> Draw:
    """Return a source of numbers in [0, 1) that depends on the parts alone.

    Only `Random.random` is used: the one method whose sequence Python promises to keep.
    """
    digest = sha256("/".join(map(str, parts)).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big")).random  # noqa: S311 - invented people, no secret


def below(draw: Draw, limit: int) -> int:
    """Return a whole number in [0, limit)."""
    return int(draw() * limit)


def between(draw: Draw, low: int, high: int) -> int:
    """Return a whole number in [low, high]; low where the interval is empty."""
    return low if high <= low else low + int(draw() * (high - low + 1))


class Wheel(Generic[T]):
    """Items drawn by weight."""

    __slots__ = ("_bounds", "_items", "_total")

    def __init__(self, weights: Mapping[T, float] | Iterable[tuple[T, float]]) -> None:
        pairs = list(weights.items() if isinstance(weights, Mapping) else weights)
        self._items: Sequence[T] = [item for item, weight in pairs if weight > 0]
        bounds = list(accumulate(weight for _, weight in pairs if weight > 0))
        self._total = bounds[-1]
        self._bounds = bounds[:-1]

    def spin(self, chance: float) -> T:
        """Return the item at this chance in [0, 1)."""
        return self._items[bisect_right(self._bounds, chance * self._total)]


def split(total: int, weights: Mapping[T, float]) -> dict[T, int]:
    """Share `total` out by weight in whole numbers that add up (largest remainder, first item first on a tie)."""
    whole = sum(weights.values())
    exact = {item: total * weight / whole for item, weight in weights.items()}
    shares = {item: int(value) for item, value in exact.items()}
    by_remainder = sorted(exact, key=lambda item: shares[item] - exact[item])
    for item in by_remainder[: total - sum(shares.values())]:
        shares[item] += 1
    return shares
