"""What happened to people earlier: relocations, changes of items, schooling."""

from datetime import date

from tongban_adapters.sandbox.population.ages import TODAY, YEAR
from tongban_adapters.sandbox.population.chance import Draw, Wheel, between
from tongban_adapters.sandbox.population.families import Role
from tongban_adapters.sandbox.population.names import given_name
from tongban_adapters.sandbox.population.records import Alteration, Move
from tongban_adapters.vocabulary import ChangeCategory, Education, EthnicGroup, MoveDirection, MoveReason

_ADULT_REASONS: Wheel[MoveReason] = Wheel(
    {
        MoveReason.HOME_PURCHASE: 5,
        MoveReason.RECRUITMENT: 4,
        MoveReason.TRANSFER: 2,
        MoveReason.GRADUATION: 3,
        MoveReason.JOIN_RELATIVES: 1,
        MoveReason.PARENTS_AND_CHILDREN: 1,
        MoveReason.MILITARY: 1,
        MoveReason.OTHER: 1,
    }
)
_WIFE_REASONS: Wheel[MoveReason] = Wheel(
    {MoveReason.JOIN_SPOUSE: 6, MoveReason.MARRIAGE: 3, MoveReason.HOME_PURCHASE: 1}
)
_CATEGORIES: Wheel[ChangeCategory] = Wheel(
    {
        ChangeCategory.NAME: 22,
        ChangeCategory.OTHER: 60,
        ChangeCategory.BIRTH_DATE: 6,
        ChangeCategory.ETHNIC_GROUP: 1,
        ChangeCategory.BIRTHPLACE: 6,
    }
)

# Schooling of people born before each year, as weights.
_SCHOOLING: tuple[tuple[int, Wheel[Education]], ...] = (
    (
        1945,
        Wheel({Education.ILLITERATE: 38, Education.PRIMARY: 48, Education.JUNIOR_HIGH: 11, Education.SENIOR_HIGH: 3}),
    ),
    (
        1965,
        Wheel(
            {
                Education.ILLITERATE: 8,
                Education.PRIMARY: 42,
                Education.JUNIOR_HIGH: 36,
                Education.SENIOR_HIGH: 10,
                Education.SECONDARY_VOCATIONAL: 2,
                Education.COLLEGE: 1.5,
                Education.UNIVERSITY: 0.5,
            }
        ),
    ),
    (
        1985,
        Wheel(
            {
                Education.PRIMARY: 18,
                Education.JUNIOR_HIGH: 44,
                Education.SENIOR_HIGH: 14,
                Education.SECONDARY_VOCATIONAL: 6,
                Education.COLLEGE: 10,
                Education.UNIVERSITY: 7,
                Education.MASTER: 0.8,
                Education.DOCTOR: 0.2,
            }
        ),
    ),
    (
        2003,
        Wheel(
            {
                Education.JUNIOR_HIGH: 26,
                Education.SENIOR_HIGH: 20,
                Education.SECONDARY_VOCATIONAL: 14,
                Education.COLLEGE: 20,
                Education.UNIVERSITY: 17,
                Education.MASTER: 2.7,
                Education.DOCTOR: 0.3,
            }
        ),
    ),
)


def education(chance: float, year: int) -> Education | None:
    """Return the level of someone born in `year`: children have the one they finished, or none yet."""
    for before, wheel in _SCHOOLING:
        if year < before:
            return wheel.spin(chance)
    return Education.JUNIOR_HIGH if year < 2006 else Education.PRIMARY if year < 2009 else None


def arrival(draw: Draw, role: Role, born: int, years: int, origin: str, *, same_city: bool) -> Move:
    """Return the move that brought a person here from `origin` (the division of the number's prefix)."""
    if role is Role.CHILD and years < 24:
        reason, low = MoveReason.CHILDREN_FOLLOW, 1.0
    elif role is Role.MATE and years < 24:
        reason, low = MoveReason.ADMISSION, 17.4
    elif same_city:
        reason, low = MoveReason.REMOVAL_WITHIN_CITY, 17.0
    else:
        reason, low = (_WIFE_REASONS if role is Role.WIFE else _ADULT_REASONS).spin(draw()), 19.0
    earliest = max(born + int(low * YEAR), date(1985, 1, 1).toordinal())
    moved = between(draw, min(earliest, TODAY - 10), TODAY - 10)
    return Move(MoveDirection.IN, reason, date.fromordinal(moved), origin)


def alteration(draw: Draw, name: str, born: date, birthplace: str, ethnic: EthnicGroup, *, male: bool) -> Alteration:
    """Return one change of the past whose outcome is the present record; the values are as a clerk would write them."""
    category = _CATEGORIES.spin(draw())
    earliest = max(born.toordinal() + 400, date(1998, 1, 1).toordinal())
    changed = date.fromordinal(between(draw, min(earliest, TODAY - 3), TODAY - 3))
    if category is ChangeCategory.NAME:
        before, after = name[0] + given_name(draw, born.year, male=male), name
        if before == after:
            before = name[0] + "阿" + name[-1]
    elif category is ChangeCategory.BIRTH_DATE:
        before, after = date.fromordinal(born.toordinal() - 30).isoformat(), born.isoformat()
    elif category is ChangeCategory.BIRTHPLACE:
        before, after = "330000", birthplace
    elif category is ChangeCategory.ETHNIC_GROUP and ethnic is not EthnicGroup.HAN:
        before, after = EthnicGroup.HAN.value, ethnic.value
    else:
        category, before, after = ChangeCategory.OTHER, "", "服务处所变更"
    return Alteration(category, before, after, changed)


def former_name(draw: Draw, changes: tuple[Alteration, ...]) -> str | None:
    """Return the former name: often kept where the name was changed."""
    if not changes or changes[0].category is not ChangeCategory.NAME or draw() < 0.35:
        return None
    return changes[0].before
