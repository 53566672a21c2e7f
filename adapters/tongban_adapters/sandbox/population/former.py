"""Members of the past, whose records stay with the household: a parent who died, a child who left."""

from datetime import date

from msgspec.structs import replace

from tongban_adapters.sandbox.population.ages import TODAY, YEAR, age
from tongban_adapters.sandbox.population.chance import Draw, between
from tongban_adapters.sandbox.population.families import Part, Role
from tongban_adapters.sandbox.population.households import Registrar
from tongban_adapters.sandbox.population.places import OTHER_PROVINCES, Place
from tongban_adapters.sandbox.population.records import Household, Move, Person
from tongban_adapters.vocabulary import (
    HouseholdKind,
    MaritalStatus,
    MoveDirection,
    MoveReason,
    PersonState,
    Relation,
    Sex,
)


def remember(registrar: Registrar, draw: Draw, place: Place, household: Household) -> Household:
    """Return the household with one former member more."""
    head = household.members[0]
    if household.kind is HouseholdKind.COLLECTIVE or head.birth_date is None:
        return household
    born = head.birth_date.toordinal()
    person = (
        _left(registrar, draw, place, head, born)
        if age(born) >= 75 or (age(born) >= 44 and draw() < 0.5)
        else _died(registrar, draw, place, head, born)
    )
    return replace(household, members=(*household.members, person))


def _died(registrar: Registrar, draw: Draw, place: Place, head: Person, born: int) -> Person:
    male = draw() < 0.55
    part = Part(Role.SINGLE, born - int((21 + draw() * 12) * YEAR), MaritalStatus.WIDOWED, male=male)
    person = registrar.former(draw, place, part, Relation.FATHER if male else Relation.MOTHER, head, heir=male)
    return replace(person, state=PersonState.DEAD, applications=(), residence_division=place.code)


def _left(registrar: Registrar, draw: Draw, place: Place, head: Person, born: int) -> Person:
    male = draw() < 0.5
    part = Part(Role.CHILD, born + int((22 + draw() * 3) * YEAR), MaritalStatus.UNMARRIED, male=male)
    person = registrar.former(draw, place, part, Relation.SON if male else Relation.DAUGHTER, head, heir=True)
    if age(part.born) < 24 and male and head.sex is Sex.MALE and draw() < 0.5:
        return replace(person, state=PersonState.IN_MILITARY_SERVICE, applications=())
    to = OTHER_PROVINCES.spin(draw())
    day = date.fromordinal(between(draw, min(part.born + int(18 * YEAR), TODAY - 100), TODAY - 30))
    moved = Move(MoveDirection.OUT, MoveReason.RECRUITMENT, day, to)
    return replace(
        person, state=PersonState.MOVED_OUT, applications=(), residence_division=to, moved_to=to, moved_on=day,
        moves=(*person.moves, moved),
    )  # fmt: skip
