"""What the world is like when a question is asked: who asks and why, which city is down, which cells are broken."""

from enum import StrEnum
from random import Random
from typing import Literal

import msgspec

from tongban_adapters.divisions import CITY_CODES


class Ailment(StrEnum):
    """What a sick city does with every call."""

    UNAVAILABLE = "UNAVAILABLE"
    LEFT_ALONE = "LEFT_ALONE"
    NO_ANSWER = "NO_ANSWER"
    REFUSES = "REFUSES"
    UNSUPPORTED = "UNSUPPORTED"
    FAULTY = "FAULTY"


class Spoiled(msgspec.Struct, frozen=True):
    """Cells replaced by chance: of every thousand, `rate`; `seed` decides which, and by what of `by`.

    Neither the reference nor the column a record is asked by is touched unless `places` says so.
    """

    seed: int
    rate: int
    by: Literal["nothing", "broken", "strange", "mixed"] = "mixed"
    places: bool = False


class Situation(msgspec.Struct, frozen=True):
    """One state of the world. `caller` names one of the stage's callers; `sick` says what which city does."""

    caller: str = "officer"
    purpose: str | None = "D02"
    sick: tuple[tuple[str, Ailment], ...] = ()
    spoiled: Spoiled | None = None


HEALTHY = Situation()

# How often who asks, of a hundred; a name that ends in a digit is one of several.
_CALLERS = (
    ("officer", 52),
    ("citizen0", 9),
    ("citizen1", 5),
    ("citizen2", 5),
    ("approver", 12),
    ("auditor", 5),
    ("policy-owner", 3),
    ("city-it", 3),
    ("anonymous", 4),
    ("officer-without-station", 2),
)
_PURPOSES: tuple[tuple[str | None, int], ...] = (
    ("D02", 70),
    ("Q01", 20),
    ("TB202106010000010", 2),
    ("Z99", 3),
    (None, 5),
)


def draw(chance: Random) -> Situation:
    """Return a situation: half of them are healthy."""
    caller = _weighted(chance, _CALLERS)
    purpose = _weighted(chance, _PURPOSES)
    kind = chance.random()
    sick = _sick(chance) if kind < 0.2 or kind > 0.97 else ()
    spoiled = _spoiled(chance) if kind > 0.72 else None
    return Situation(caller, purpose, sick, spoiled)


def _sick(chance: Random) -> tuple[tuple[str, Ailment], ...]:
    many = chance.choice((1, 1, 1, 2, 3, 11))
    # Where the story happens a sick city is met most often.
    cities = chance.sample(sorted(CITY_CODES), many) if chance.random() < 0.5 else ["wenzhou", "jinhua"][:many]
    ailments = [Ailment.UNAVAILABLE] * 5 + list(Ailment)
    return tuple((city, chance.choice(ailments)) for city in cities)


def _spoiled(chance: Random) -> Spoiled:
    rate = chance.choice((20, 60, 60, 150, 400))
    by = chance.choice(("nothing", "broken", "strange", "mixed"))
    return Spoiled(chance.randrange(1000), rate, by, places=chance.random() < 0.12)  # type: ignore[arg-type]


def _weighted(chance: Random, choices: tuple[tuple[str, int], ...] | tuple[tuple[str | None, int], ...]) -> str:
    values, weights = zip(*choices, strict=True)
    found: str = chance.choices(values, weights)[0]
    return found
