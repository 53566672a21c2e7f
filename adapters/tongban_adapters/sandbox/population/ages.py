"""The days of birth, and where a person stands in life on the day the population is taken."""

from datetime import date
from functools import cache

from msgspec import Struct

from tongban_adapters.sandbox.population.chance import Draw

# The eve of the launch: everything in the population lies in the past on every day a story is told on.
AS_OF = date(2021, 5, 31)
TODAY = AS_OF.toordinal()
FIRST_DAY = date(1905, 1, 1).toordinal()
DAYS = TODAY - FIRST_DAY + 1
YEAR = 365.2425

_DATE_WEIGHTS = (2, 1, 6, 3, 7, 9, 10, 5)


class Day(Struct, frozen=True):
    """One day: itself, as yyyymmdd, and what it adds to the weighted sum of a citizen number."""

    date: date
    text: str
    weight: int


@cache
def calendar() -> tuple[Day, ...]:
    """Return every possible birthday, FIRST_DAY first."""
    days = []
    for ordinal in range(FIRST_DAY, TODAY + 1):
        day = date.fromordinal(ordinal)
        text = f"{day.year:04d}{day.month:02d}{day.day:02d}"
        weight = sum(w * int(digit) for w, digit in zip(_DATE_WEIGHTS, text, strict=True))
        days.append(Day(day, text, weight))
    return tuple(days)


def born_at(draw: Draw, low: float, high: float) -> int:
    """Return the ordinal of a birthday that makes a person between `low` and `high` years old."""
    return clamp(TODAY - int((low + draw() * (high - low)) * YEAR))


def clamp(ordinal: int) -> int:
    """Return the nearest day of the calendar."""
    return min(max(ordinal, FIRST_DAY), TODAY)


def years_at(born: int, ordinal: int) -> int:
    """Return the completed years of someone born on one day when it is another."""
    birthday, day = date.fromordinal(born), date.fromordinal(ordinal)
    return day.year - birthday.year - ((day.month, day.day) < (birthday.month, birthday.day))


def age(born: int) -> int:
    """Return the completed years on the day the population is taken."""
    day = calendar()[born - FIRST_DAY].date
    return AS_OF.year - day.year - ((AS_OF.month, AS_OF.day) < (day.month, day.day))


def birthday(born: int, years: int) -> int:
    """Return the ordinal of the day someone turns `years` (29 February counts as 1 March)."""
    day = date.fromordinal(born)
    try:
        return day.replace(year=day.year + years).toordinal()
    except ValueError:
        return date(day.year + years, 3, 1).toordinal()
