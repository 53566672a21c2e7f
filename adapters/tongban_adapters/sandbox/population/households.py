"""Households of one city, made person by person from a family."""

from collections.abc import Sequence
from datetime import date

from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.sandbox.population import history, papers
from tongban_adapters.sandbox.population.ages import FIRST_DAY, TODAY, YEAR, age, calendar
from tongban_adapters.sandbox.population.chance import Draw, below, between
from tongban_adapters.sandbox.population.families import Family, Part
from tongban_adapters.sandbox.population.living import Living
from tongban_adapters.sandbox.population.names import family_name, given_name
from tongban_adapters.sandbox.population.naming import ethnic_groups, full_names
from tongban_adapters.sandbox.population.numbers import Numbers
from tongban_adapters.sandbox.population.origins import Origins
from tongban_adapters.sandbox.population.places import STREETS, Place, owner, people
from tongban_adapters.sandbox.population.records import Alteration, Household, Move, Person
from tongban_adapters.sandbox.population.relations import relations, spouses
from tongban_adapters.vocabulary import CollectiveKind, EthnicGroup, HouseholdCategory, HouseholdKind, Relation, Sex

_FORMER_NAME = 0.012
_ALTERED = 0.045
_SETTLED_ARRIVAL = 0.45
_CATEGORIES = (
    HouseholdCategory.RESIDENT_FAMILY,
    HouseholdCategory.NON_AGRICULTURAL_FAMILY,
    HouseholdCategory.AGRICULTURAL_FAMILY,
)


class Fixed:
    """What a person living alone is given instead of drawn: the number, the name, where he lives."""

    __slots__ = ("home", "name", "number")

    def __init__(self, number: str, name: str | None = None, home: str | None = None) -> None:
        self.number = number
        self.name = name
        self.home = home


class Registrar:
    """Registers the households of one city one after the other: hands out ids, numbers, homes."""

    def __init__(self, city: str, scale: int) -> None:
        total = people(city, scale)
        base = int(CITY_CODES[city]) * 100
        self.city = city
        self.registered = 0
        self.origins = Origins(city, total)
        self.living = Living(city, total, scale)
        self._numbers = Numbers(city)
        self._people = (base + 1) * 10**7
        self._households = (base + 2) * 10**7
        self._registered_households = 0

    def household_ref(self) -> tuple[int, int]:
        """Return the id of the next household, and its place among all of the city."""
        self._registered_households += 1
        return self._households + self._registered_households, self._registered_households

    def person_ref(self) -> int:
        """Return the id of the next person."""
        self.registered += 1
        return self._people + self.registered

    def family(self, draw: Draw, place: Place, family: Family, fixed: Fixed | None = None) -> Household:
        """Register a family household; `fixed` is for the only member of a one-person family."""
        members = self._members(draw, place, family.parts, relations(family), spouses(family), family.maternal, fixed)
        head = family.parts[family.head]
        members.insert(0, members.pop(family.head))
        established = between(draw, max(head.born + int(18.1 * YEAR), date(1985, 1, 1).toordinal()), TODAY - 30)
        chance = draw()
        category = _CATEGORIES[0 if chance < 0.9 else 1 if chance < 0.94 else 2]
        return self._household(draw, place, members, established, category=category)

    def collective(self, draw: Draw, place: Place, parts: list[Part]) -> Household:
        """Register a collective household; its first member keeps the register."""
        relation = [Relation.COLLECTIVE_HEAD] + [Relation.NON_RELATIVE] * (len(parts) - 1)
        members = self._members(draw, place, parts, relation, [None] * len(parts), False, None)
        established = between(draw, date(1986, 1, 1).toordinal(), TODAY - 2500)
        chance = draw()
        kind = (
            CollectiveKind.SCHOOL if chance < 0.7 else CollectiveKind.UNIT if chance < 0.9 else CollectiveKind.GENERAL
        )
        return self._household(
            draw, place, members, established, category=HouseholdCategory.RESIDENT_COLLECTIVE, collective=kind
        )

    def former(self, draw: Draw, place: Place, part: Part, relation: Relation, head: Person, *, heir: bool) -> Person:
        """Register someone who belongs to a household no more; an heir has the surname of the head."""
        number = self._number(draw, place, part, None)
        name = full_names(draw, self.city, place.code, [part], [head.ethnic_group], maternal=False)[0]
        if heir:
            name = family_name(head.name) + given_name(draw, int(number[6:10]), male=part.male)
        home = self.living.fixed((place.code,), 0)[0]
        return self._person(draw, place, part, number, name, head.ethnic_group, relation, home, None)

    def _household(
        self,
        draw: Draw,
        place: Place,
        members: list[Person],
        established: int,
        *,
        category: HouseholdCategory,
        collective: CollectiveKind | None = None,
    ) -> Household:
        ref, count = self.household_ref()
        station = place.stations[below(draw, len(place.stations))]
        books = papers.household_books(draw, station, established)
        if collective:
            books += papers.personal_pages(draw, station, [member.ref for member in members])
        return Household(
            ref=ref,
            number=f"{place.code[4:]}{count:07d}",
            city=self.city,
            county=place.code,
            kind=HouseholdKind.COLLECTIVE if collective else HouseholdKind.FAMILY,
            category=category,
            division=place.code,
            township=place.townships[below(draw, len(place.townships))],
            street=STREETS[below(draw, len(STREETS))],
            door=_door(draw),
            police_station=station,
            established_on=date.fromordinal(established),
            members=tuple(members),
            books=books,
            collective_kind=collective,
        )

    def _members(
        self,
        draw: Draw,
        place: Place,
        parts: list[Part],
        relation: Sequence[Relation],
        mates: Sequence[int | None],
        maternal: bool,
        fixed: Fixed | None,
    ) -> list[Person]:
        numbers = [self._number(draw, place, part, fixed) for part in parts]
        groups = ethnic_groups(draw, self.city, place.code, parts)
        called = full_names(draw, self.city, place.code, parts, groups, maternal=maternal)
        if fixed and fixed.name:
            called = [fixed.name]
        if fixed and fixed.home:
            homes = self.living.fixed((fixed.home,), 0)
        else:
            homes = self.living.settle(draw, place.code, [age(part.born) for part in parts])
        return [
            self._person(
                draw, place, part, numbers[at], called[at], groups[at], relation[at], homes[at],
                None if (mate := mates[at]) is None else (called[mate], numbers[mate]),
            )
            for at, part in enumerate(parts)
        ]  # fmt: skip

    def _number(self, draw: Draw, place: Place, part: Part, fixed: Fixed | None) -> str:
        if fixed:
            self.origins.given(fixed.number[:6], place)
            return fixed.number
        prefix = self.origins.prefix(draw, place, calendar()[part.born - FIRST_DAY].date.year)
        number, part.born = self._numbers.take(prefix, owner(prefix), part.born, male=part.male)
        return number

    def _person(
        self,
        draw: Draw,
        place: Place,
        part: Part,
        number: str,
        name: str,
        group: EthnicGroup,
        relation: Relation,
        home: str,
        spouse: tuple[str, str] | None,
    ) -> Person:
        ref = self.person_ref()
        born = calendar()[part.born - FIRST_DAY].date
        years = age(part.born)
        prefix = number[:6]
        held = papers.cards(draw, place, part.born, years)
        moves: tuple[Move, ...] = ()
        if prefix != place.code:
            same_city = owner(prefix) == self.city
            if not same_city or draw() < _SETTLED_ARRIVAL:
                moves = (history.arrival(draw, part.role, part.born, years, prefix, same_city=same_city),)
        changes: tuple[Alteration, ...] = ()
        if years >= 3 and draw() < _ALTERED:
            changes = (history.alteration(draw, name, born, prefix, group, male=part.male),)
        return Person(
            ref,
            number,
            name,
            Sex.MALE if part.male else Sex.FEMALE,
            group,
            born,
            prefix,
            part.marital,
            history.education(draw(), born.year),
            relation,
            home,
            former_name=history.former_name(draw, changes),
            spouse_name=spouse[0] if spouse else None,
            spouse_number=spouse[1] if spouse else None,
            cards=held,
            applications=papers.applications(draw, place, ref, years, held),
            moves=moves,
            changes=changes,
        )


def _door(draw: Draw) -> str:
    if draw() < 0.45:
        return f"{between(draw, 1, 480)}号"
    return f"{between(draw, 1, 38)}幢{between(draw, 1, 4)}单元{between(draw, 1, 18)}0{between(draw, 1, 4)}室"
