"""Who lives elsewhere than where he is registered."""

from collections.abc import Sequence

from tongban_adapters.sandbox.population.chance import Draw
from tongban_adapters.sandbox.population.places import county_wheel, destinations, to_hangzhou

AWAY = 0.12
_SAME_CITY = 0.09
_WHOLE_HOUSEHOLD = 0.4


class Living:
    """Residence divisions in one city: exactly 12 % outside it, and of these exactly so many in Hangzhou."""

    __slots__ = ("_away", "_city", "_hangzhou", "_left", "_placing", "_wheel")

    def __init__(self, city: str, people: int, scale: int) -> None:
        to_capital = to_hangzhou(scale)
        self._city = city
        self._left = people
        self._away = self._placing = round(people * AWAY)
        self._hangzhou = to_capital.get(city, 0)
        self._wheel = destinations(city, hangzhou=city not in to_capital)

    def settle(self, draw: Draw, county: str, ages: Sequence[int]) -> list[str]:
        """Return where each member of a household lives: most at home, some outside, one or all of the household."""
        size = len(ages)
        home = county
        if draw() < _SAME_CITY:
            home = county_wheel(self._city).spin(draw())
        divisions = [home] * size
        movers = self._movers(draw, size)
        if movers:
            workers_first = sorted(range(size), key=lambda place: (not 18 <= ages[place] < 60, place))
            for place, division in zip(workers_first, self._places(draw, movers), strict=False):
                divisions[place] = division
        return divisions

    def fixed(self, divisions: Sequence[str], away: int) -> list[str]:
        """Count a household whose residences are given, `away` of them outside the city and Hangzhou."""
        self._left -= len(divisions)
        self._away -= away
        self._placing -= away
        return list(divisions)

    def _movers(self, draw: Draw, size: int) -> int:
        share = self._away / self._left
        expected = _WHOLE_HOUSEHOLD * size + (1 - _WHOLE_HOUSEHOLD)
        movers = 0
        if draw() < share * size / expected:
            movers = size if draw() < _WHOLE_HOUSEHOLD else 1
        self._left -= size
        movers = min(max(movers, self._away - self._left), self._away, size)
        self._away -= movers
        return movers

    def _places(self, draw: Draw, movers: int) -> list[str]:
        to_hangzhou_now = movers if draw() * self._placing < self._hangzhou else 0
        self._placing -= movers
        to_hangzhou_now = min(max(to_hangzhou_now, self._hangzhou - self._placing), self._hangzhou)
        self._hangzhou -= to_hangzhou_now
        hangzhou = county_wheel("hangzhou").spin(draw())
        elsewhere = self._wheel.spin(draw())
        return [hangzhou] * to_hangzhou_now + [elsewhere] * (movers - to_hangzhou_now)
