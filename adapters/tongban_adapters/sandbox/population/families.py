"""Who lives in a household: roles, sexes, birthdays and marriages that fit together."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from tongban_adapters.sandbox.population.ages import YEAR, age, born_at, clamp
from tongban_adapters.sandbox.population.chance import Draw, Wheel
from tongban_adapters.vocabulary import MaritalStatus as Marital

MALE_AT_BIRTH = 0.527


class Role(StrEnum):
    """A place in the family, told from the couple in the middle."""

    HUSBAND = "HUSBAND"
    WIFE = "WIFE"
    GRANDFATHER = "GRANDFATHER"
    GRANDMOTHER = "GRANDMOTHER"
    CHILD = "CHILD"
    SINGLE = "SINGLE"
    MATE = "MATE"


class Part:
    """One member before being a person: `born` is an ordinal day."""

    __slots__ = ("born", "male", "marital", "role")

    def __init__(self, role: Role, born: int, marital: Marital, *, male: bool) -> None:
        self.role = role
        self.male = male
        self.born = clamp(born)
        self.marital = marital


class Family:
    """Members, eldest generation first, which of them is the head, and whose parents the grandparents are."""

    __slots__ = ("head", "maternal", "parts")

    def __init__(self, parts: list[Part], head: Role, *, maternal: bool = False) -> None:
        self.parts = parts
        self.maternal = maternal
        self.head = next(place for place, part in enumerate(parts) if part.role is head)


def family(draw: Draw, size: int) -> Family:
    """Return a family of `size` members (7 at most)."""
    return _KINDS[size].spin(draw())(draw)


def single(born: int, *, male: bool, marital: Marital = Marital.UNMARRIED) -> Family:
    """Return one person living alone."""
    return Family([Part(Role.SINGLE, born, marital, male=male)], Role.SINGLE)


def students(draw: Draw, size: int) -> list[Part]:
    """Return the members of a collective household: three in four are students."""
    parts = []
    for _ in range(size):
        student = draw() < 0.75
        born = born_at(draw, 17.5, 23) if student else born_at(draw, 22, 48)
        parts.append(Part(Role.MATE, born, _alone(draw, born), male=draw() < 0.5))
    return parts


def _alone(draw: Draw, born: int) -> Marital:
    years, chance = age(born), draw()
    if years < 24:
        return Marital.UNMARRIED
    if years < 36:
        return Marital.DIVORCED if chance < 0.06 else Marital.UNMARRIED
    if years < 60:
        return Marital.DIVORCED if chance < 0.5 else Marital.UNMARRIED if chance < 0.9 else Marital.WIDOWED
    return Marital.WIDOWED if chance < 0.78 else Marital.DIVORCED if chance < 0.9 else Marital.UNMARRIED


def _wedding(draw: Draw) -> Marital:
    chance = draw()
    return Marital.MARRIED if chance < 0.6 else Marital.FIRST_MARRIAGE if chance < 0.93 else Marital.REMARRIED


def _years(draw: Draw, low: float, high: float) -> int:
    return int((low + draw() * (high - low)) * YEAR)


def _couple(draw: Draw, wife_born: int, *, grand: bool = False) -> list[Part]:
    husband_born = wife_born - _years(draw, -1.5, 4.5)
    first, second = (Role.GRANDFATHER, Role.GRANDMOTHER) if grand else (Role.HUSBAND, Role.WIFE)
    return [
        Part(first, husband_born, _wedding(draw), male=True),
        Part(second, wife_born, _wedding(draw), male=False),
    ]


def _child(draw: Draw, born: int) -> Part:
    born = clamp(born)
    return Part(Role.CHILD, born, _alone(draw, born), male=draw() < MALE_AT_BIRTH)


def _children(draw: Draw, low: float, high: float, count: int) -> list[Part]:
    """The eldest is the oldest of `low` to `high`; the others follow at gaps of one to five years."""
    born = born_at(draw, low + 2.2 * (count - 1), high)
    children = [_child(draw, born)]
    for _ in range(count - 1):
        born += _years(draw, 1, min(5, max(1.1, age(born) * 0.9)))
        children.append(_child(draw, born))
    return children


def _parents(draw: Draw, eldest: Part) -> list[Part]:
    return _couple(draw, eldest.born - _years(draw, 20, 33.5))


def _couple_head(draw: Draw) -> Role:
    return Role.HUSBAND if draw() < 0.66 else Role.WIFE


def _alone_aged(low: float, high: float, male: float) -> Callable[[Draw], Family]:
    def make(draw: Draw) -> Family:
        born = born_at(draw, low, high)
        return single(born, male=draw() < male, marital=_alone(draw, born))

    return make


def _pair_aged(low: float, high: float) -> Callable[[Draw], Family]:
    def make(draw: Draw) -> Family:
        return Family(_couple(draw, born_at(draw, low, high)), _couple_head(draw))

    return make


def _one_parent(low: float, high: float) -> Callable[[Draw], Family]:
    def make(draw: Draw) -> Family:
        (child,) = _children(draw, low, high, 1)
        father, mother = _parents(draw, child)
        parent = father if draw() < 0.3 else mother
        old = age(parent.born) >= 60
        parent.marital = Marital.WIDOWED if draw() < (0.85 if old else 0.2) else Marital.DIVORCED
        child_leads = age(child.born) >= 24 and draw() < 0.6
        return Family([parent, child], Role.CHILD if child_leads else parent.role)

    return make


def _nuclear(low: float, high: float, count: int) -> Callable[[Draw], Family]:
    def make(draw: Draw) -> Family:
        children = _children(draw, low, high, count)
        child_leads = count == 1 and age(children[0].born) >= 28 and draw() < 0.3
        return Family(
            _parents(draw, children[0]) + children,
            Role.CHILD if child_leads else _couple_head(draw),
        )

    return make


def _three_generations(count: int, grandparents: int, low: float = 0, high: float = 23) -> Callable[[Draw], Family]:
    def make(draw: Draw) -> Family:
        children = _children(draw, low, high, count) if count else []
        couple = _parents(draw, children[0]) if count else _couple(draw, born_at(draw, 26, 52))
        maternal = draw() < 0.2
        anchor = couple[1] if maternal else couple[0]
        grand = _couple(draw, anchor.born - _years(draw, 20, 30), grand=True)
        if grandparents == 1:
            grand = grand[1:] if draw() < 0.68 else grand[:1]
            grand[0].marital = Marital.WIDOWED
        head = grand[0].role if draw() < 0.3 else _couple_head(draw)
        return Family([*grand, *couple, *children], head, maternal=maternal)

    return make


_KINDS: Mapping[int, Wheel[Callable[[Draw], Family]]] = MappingProxyType(
    {
        1: Wheel([(_alone_aged(19, 36, 0.55), 34), (_alone_aged(36, 60, 0.62), 36), (_alone_aged(60, 97, 0.40), 30)]),
        2: Wheel(
            [
                (_pair_aged(59, 88), 34),
                (_pair_aged(42, 59), 24),
                (_pair_aged(23, 42), 14),
                (_one_parent(0.1, 16), 10),
                (_one_parent(16, 55), 18),
            ]
        ),
        3: Wheel(
            [
                (_nuclear(0.1, 16, 1), 39),
                (_nuclear(16, 33, 1), 36),
                (_nuclear(33, 52, 1), 13),
                (_three_generations(0, 1), 12),
            ]
        ),
        4: Wheel(
            [
                (_nuclear(0.1, 16, 2), 36),
                (_nuclear(16, 30, 2), 20),
                (_three_generations(1, 1), 28),
                (_three_generations(0, 2), 16),
            ]
        ),
        5: Wheel([(_three_generations(1, 2), 72), (_nuclear(0.1, 24, 3), 10), (_three_generations(2, 1), 18)]),
        6: Wheel([(_three_generations(2, 2), 1)]),
        7: Wheel([(_three_generations(3, 2), 1)]),
    }
)

# Members of a family household: 1 person 25 %, 2 28 %, 3 24 %, 4 12 %, 5 and more 11 %.
SIZES: Wheel[int] = Wheel({1: 25, 2: 28, 3: 24, 4: 12, 5: 8, 6: 2.6, 7: 0.4})
