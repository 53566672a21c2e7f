"""The relation of every member to the head of the household."""

from collections.abc import Mapping
from types import MappingProxyType

from tongban_adapters.sandbox.population.families import Family, Part, Role
from tongban_adapters.vocabulary import Relation

_GRAND = frozenset({Role.GRANDFATHER, Role.GRANDMOTHER})

_SONS = (Relation.FIRST_SON, Relation.SECOND_SON, Relation.THIRD_SON, Relation.FOURTH_SON, Relation.FIFTH_SON)
_DAUGHTERS = (
    Relation.FIRST_DAUGHTER,
    Relation.SECOND_DAUGHTER,
    Relation.THIRD_DAUGHTER,
    Relation.FOURTH_DAUGHTER,
    Relation.FIFTH_DAUGHTER,
)

# (head's role, the grandparents are the wife's) → the relation of each other role; children of a couple are counted.
_OF: Mapping[tuple[Role, bool], Mapping[Role, Relation]] = MappingProxyType(
    {
        (Role.HUSBAND, False): {
            Role.WIFE: Relation.WIFE,
            Role.GRANDFATHER: Relation.FATHER,
            Role.GRANDMOTHER: Relation.MOTHER,
        },
        (Role.HUSBAND, True): {
            Role.WIFE: Relation.WIFE,
            Role.GRANDFATHER: Relation.WIFES_FATHER,
            Role.GRANDMOTHER: Relation.WIFES_MOTHER,
        },
        (Role.WIFE, False): {
            Role.HUSBAND: Relation.HUSBAND,
            Role.GRANDFATHER: Relation.HUSBANDS_FATHER,
            Role.GRANDMOTHER: Relation.HUSBANDS_MOTHER,
        },
        (Role.WIFE, True): {
            Role.HUSBAND: Relation.HUSBAND,
            Role.GRANDFATHER: Relation.FATHER,
            Role.GRANDMOTHER: Relation.MOTHER,
        },
        (Role.CHILD, False): {Role.HUSBAND: Relation.FATHER, Role.WIFE: Relation.MOTHER},
        (Role.GRANDFATHER, False): {
            Role.GRANDMOTHER: Relation.WIFE,
            Role.HUSBAND: Relation.SON,
            Role.WIFE: Relation.DAUGHTER_IN_LAW,
        },
        (Role.GRANDFATHER, True): {
            Role.GRANDMOTHER: Relation.WIFE,
            Role.HUSBAND: Relation.SON_IN_LAW,
            Role.WIFE: Relation.DAUGHTER,
        },
        (Role.GRANDMOTHER, False): {
            Role.GRANDFATHER: Relation.HUSBAND,
            Role.HUSBAND: Relation.SON,
            Role.WIFE: Relation.DAUGHTER_IN_LAW,
        },
        (Role.GRANDMOTHER, True): {
            Role.GRANDFATHER: Relation.HUSBAND,
            Role.HUSBAND: Relation.SON_IN_LAW,
            Role.WIFE: Relation.DAUGHTER,
        },
    }
)


def relations(family: Family) -> list[Relation]:
    """Return each member's relation to the head, in the order of `family.parts`."""
    head = family.parts[family.head]
    if head.role is Role.SINGLE:
        return [Relation.HEAD]
    table = _OF[head.role, family.maternal]
    children = [part for part in family.parts if part.role is Role.CHILD]
    found = []
    for part in family.parts:
        if part is head:
            found.append(Relation.HEAD)
        elif part.role is Role.CHILD:
            found.append(_child(part, children, head.role, maternal=family.maternal))
        else:
            found.append(table[part.role])
    return found


def _child(part: Part, children: list[Part], head: Role, *, maternal: bool) -> Relation:
    if head in _GRAND:
        if maternal:
            return Relation.DAUGHTERS_SON if part.male else Relation.DAUGHTERS_DAUGHTER
        return Relation.GRANDSON if part.male else Relation.GRANDDAUGHTER
    if len(children) == 1:
        return Relation.ONLY_SON if part.male else Relation.ONLY_DAUGHTER
    same = [child for child in children if child.male == part.male]
    return (_SONS if part.male else _DAUGHTERS)[same.index(part)]


def spouses(family: Family) -> list[int | None]:
    """Return for each member the place of the spouse in the same household, or None."""
    places = {part.role: place for place, part in enumerate(family.parts) if part.role is not Role.CHILD}
    pairs = ((Role.HUSBAND, Role.WIFE), (Role.GRANDFATHER, Role.GRANDMOTHER))
    found: list[int | None] = [None] * len(family.parts)
    for one, other in pairs:
        if one in places and other in places:
            found[places[one]] = places[other]
            found[places[other]] = places[one]
    return found
