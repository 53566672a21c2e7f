"""The people two cities know by one number: doubles by mistake, and those who moved from one to the other."""

from datetime import date
from typing import NamedTuple

from tongban_adapters.sandbox.population.ages import TODAY
from tongban_adapters.sandbox.population.chance import between, stream
from tongban_adapters.sandbox.population.defects import Defect, Plan, count
from tongban_adapters.sandbox.population.names import given_name, surnames
from tongban_adapters.sandbox.population.numbers import number
from tongban_adapters.sandbox.population.places import CITIES, counties

_EARLIEST = date(1958, 1, 1).toordinal()
_STEP = 23


class Pair(NamedTuple):
    """One number in two cities; days are ordinals, counties the codes the person belongs to there."""

    first: str
    second: str
    first_county: str
    second_county: str
    number: str
    born: int
    male: bool
    name: str
    moved_on: int


def pair(index: int, *, moved: bool) -> Pair:
    """Return the pair of an index: born on a day no other pair has, so that the number is its own."""
    draw = stream("pair", index, int(moved))
    start = index * 3 + 2 if moved else index * 5 + 6
    first = CITIES[start % len(CITIES)]
    second = CITIES[(start + 1 + (index + (7 if moved else 4)) % 10) % len(CITIES)]
    homes = [list(counties(city))[index % len(counties(city))] for city in (first, second)]
    born, male = _EARLIEST + _STEP * index, bool(index % 2)
    name = surnames(first, homes[0]).spin(draw()) + given_name(draw, date.fromordinal(born).year, male=male)
    moved_on = between(draw, date(2012, 1, 1).toordinal(), TODAY - 60)
    return Pair(
        first, second, homes[0], homes[1], number(homes[0], born, int(moved), male=male), born, male, name, moved_on
    )


def plans(city: str, scale: int) -> tuple[list[tuple[Defect, int]], list[Plan]]:
    """Return the pairs a city has an end of: those to be spread, and those that wait for their county."""
    spread, waiting = [], []
    for index in range(count(scale)):
        double, mover = pair(index, moved=False), pair(index, moved=True)
        if city in (double.first, double.second):
            spread.append((Defect.DUPLICATE_NUMBER, index))
        if city == mover.first:
            waiting.append(Plan(0, Defect.MOVED_TO_CITY, index, mover.first_county))
        if city == mover.second:
            waiting.append(Plan(0, Defect.MOVED_FROM_CITY, index, mover.second_county))
    return spread, waiting
