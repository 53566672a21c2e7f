"""The division a person's number was first given in."""

from tongban_adapters.sandbox.population.chance import Draw
from tongban_adapters.sandbox.population.places import Place, foreign_prefixes, last_year, owner

SAME_CITY = 0.12
ELSEWHERE = 0.06


class Origins:
    """Prefixes in one city: exactly 12 % of another county of the city, 6 % of another city or province."""

    __slots__ = ("_city", "_far", "_left", "_near")

    def __init__(self, city: str, people: int) -> None:
        self._city = city
        self._left = people
        self._near = round(people * SAME_CITY)
        self._far = round(people * ELSEWHERE)

    def prefix(self, draw: Draw, place: Place, year: int) -> str:
        """Return the prefix of the next person, born in `year`; never one abolished before the birth."""
        at = draw() * self._left
        self._left -= 1
        if at < self._far:
            self._far -= 1
            wheel = foreign_prefixes(self._city)
        elif at < self._far + self._near:
            self._near -= 1
            wheel = place.birthplaces
        else:
            return place.code
        prefix = wheel.spin(draw())
        while last_year(prefix) < year:
            prefix = wheel.spin(draw())
        return prefix

    def given(self, prefix: str, place: Place) -> None:
        """Count a person whose prefix is given."""
        self._left -= 1
        if prefix != place.code:
            if owner(prefix) == self._city:
                self._near -= 1
            else:
                self._far -= 1
