"""Citizen numbers, unique over all cities although every city hands out its own alone.

A number is (prefix, birthday, sequence, check). Sequences 900–995 give 48 ranks for each sex on one day in one prefix.
Every rank belongs to one city, so two cities can never meet:

    ranks 0–3    nobody: fixed people, and the numbers two cities share on purpose
    ranks 4–27   the city the prefix lies in
    ranks 28–47  two for each of the ten other cities
    (a prefix of another province: four for each of the eleven cities from rank 4)

Inside a city one byte per day and sex counts the ranks used, so memory does not grow with the population.
"""

from functools import cache

from tongban_adapters.sandbox.population.ages import DAYS, FIRST_DAY, calendar
from tongban_adapters.sandbox.population.places import CITIES

_CHECK = "10X98765432"
_PREFIX_WEIGHTS = (7, 9, 10, 5, 8, 4)
_SEQUENCE_WEIGHTS = (8, 4, 2)
_FIRST_SEQUENCE = 900
_INDEX = {city: place for place, city in enumerate(CITIES)}
_TAILS = [
    (f"{n:03d}", sum(w * int(digit) for w, digit in zip(_SEQUENCE_WEIGHTS, f"{n:03d}", strict=True)))
    for n in range(1000)
]


@cache
def _prefix_weight(prefix: str) -> int:
    return sum(w * int(digit) for w, digit in zip(_PREFIX_WEIGHTS, prefix, strict=True))


def ranks(city: str, owner: str | None) -> range:
    """Return the ranks a city may use in a prefix of `owner` (None: another province)."""
    if owner is None:
        start = 4 + 4 * _INDEX[city]
        return range(start, start + 4)
    if owner == city:
        return range(4, 28)
    start = 28 + 2 * ((_INDEX[city] - _INDEX[owner] - 1) % len(CITIES))
    return range(start, start + 2)


def number(prefix: str, born: int, rank: int, *, male: bool) -> str:
    """Return the number of a rank on a birthday (ordinal)."""
    day = calendar()[born - FIRST_DAY]
    tail, weight = _TAILS[_FIRST_SEQUENCE + 2 * rank + male]
    return prefix + day.text + tail + _CHECK[(_prefix_weight(prefix) + day.weight + weight) % 11]


class Numbers:
    """The numbers of one city, none given twice."""

    __slots__ = ("_city", "_used")

    def __init__(self, city: str) -> None:
        self._city = city
        self._used: dict[str, tuple[range, bytearray]] = {}

    def take(self, prefix: str, owner: str | None, born: int, *, male: bool) -> tuple[str, int]:
        """Return a new number, and the birthday it is for: a later day where this one is full."""
        entry = self._used.get(prefix)
        if entry is None:
            entry = self._used[prefix] = (ranks(self._city, owner), bytearray(2 * DAYS))
        free, used = entry
        slot = 2 * (born - FIRST_DAY) + male
        while used[slot] >= len(free):
            slot = (slot + 2) % (2 * DAYS)
        rank = free[used[slot]]
        used[slot] += 1
        day = FIRST_DAY + slot // 2
        return number(prefix, day, rank, male=male), day
