"""People living alone, made to measure for a defect that begins with the number or the birthday."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from msgspec.structs import replace

from tongban_adapters.citizen_number import check_character
from tongban_adapters.sandbox.population.ages import born_at
from tongban_adapters.sandbox.population.chance import Draw
from tongban_adapters.sandbox.population.defects import Defect, mark
from tongban_adapters.sandbox.population.families import single
from tongban_adapters.sandbox.population.households import Fixed, Registrar
from tongban_adapters.sandbox.population.pairs import pair
from tongban_adapters.sandbox.population.places import Place
from tongban_adapters.sandbox.population.records import Household, Move
from tongban_adapters.vocabulary import (
    BookState,
    HouseholdState,
    MaritalStatus,
    MoveDirection,
    MoveReason,
    PersonState,
)

Maker = Callable[[Registrar, Draw, Place, int], Household]

_IMPOSSIBLE_DAYS = ("0230", "0431", "0631", "0931")


def _double(registrar: Registrar, draw: Draw, place: Place, index: int) -> Household:
    twin = pair(index, moved=False)
    household = registrar.family(draw, place, single(twin.born, male=twin.male), Fixed(twin.number))
    return mark(household, Defect.DUPLICATE_NUMBER, household.members[0])


def _moved_away(registrar: Registrar, draw: Draw, place: Place, index: int) -> Household:
    mover = pair(index, moved=True)
    given = Fixed(mover.number, mover.name, mover.second_county)
    household = registrar.family(draw, place, single(mover.born, male=mover.male), given)
    day = date.fromordinal(mover.moved_on)
    person = replace(
        household.members[0],
        state=PersonState.MOVED_OUT,
        moved_to=mover.second_county,
        moved_on=day,
        moves=(Move(MoveDirection.OUT, MoveReason.HOME_PURCHASE, day, mover.second_county),),
        changes=(),
        former_name=None,
        applications=(),
    )
    books = tuple(replace(book, state=BookState.VOID) for book in household.books if book.issued_on < day)
    closed = replace(household, members=(person,), books=books, state=HouseholdState.CANCELLED)
    return mark(closed, Defect.MOVED_TO_CITY, person)


def _moved_here(registrar: Registrar, draw: Draw, place: Place, index: int) -> Household:
    mover = pair(index, moved=True)
    household = registrar.family(draw, place, single(mover.born, male=mover.male), Fixed(mover.number, mover.name))
    day = date.fromordinal(mover.moved_on)
    person = replace(
        household.members[0],
        moves=(Move(MoveDirection.IN, MoveReason.HOME_PURCHASE, day, mover.first_county),),
        changes=(),
        former_name=None,
    )
    return mark(replace(household, members=(person,), established_on=day, books=()), Defect.MOVED_FROM_CITY, person)


def _impossible(registrar: Registrar, draw: Draw, place: Place, index: int) -> Household:
    year, rest = 1950 + index % 45, index // 45
    text = f"{year}{_IMPOSSIBLE_DAYS[rest % 4]}"
    male = index % 2
    first17 = f"{place.code}{text}{900 + 2 * (rest // 4) + male}"
    family = single(date(year, 3, 1).toordinal(), male=bool(male))
    household = registrar.family(draw, place, family, Fixed(first17 + check_character(first17)))
    person = replace(household.members[0], birth_date=None, birth_text=text)
    return mark(replace(household, members=(person,)), Defect.IMPOSSIBLE_DATE, person)


def _ancient(registrar: Registrar, draw: Draw, place: Place, index: int) -> Household:
    family = single(born_at(draw, 111, 115.3), male=draw() < 0.3, marital=MaritalStatus.WIDOWED)
    household = registrar.family(draw, place, family)
    return mark(household, Defect.DEATH_NOT_CANCELLED, household.members[0])


MAKERS: Mapping[Defect, Maker] = MappingProxyType(
    {
        Defect.DUPLICATE_NUMBER: _double,
        Defect.MOVED_TO_CITY: _moved_away,
        Defect.MOVED_FROM_CITY: _moved_here,
        Defect.IMPOSSIBLE_DATE: _impossible,
        Defect.DEATH_NOT_CANCELLED: _ancient,
    }
)
