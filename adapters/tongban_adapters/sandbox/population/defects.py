"""What is wrong on purpose: the kinds of defect, where each is planted, how a healthy household gets it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import FOREVER, Kind
from tongban_adapters.sandbox.population.ages import AS_OF
from tongban_adapters.sandbox.population.places import CITIES, REGISTERED
from tongban_adapters.sandbox.population.records import CardApplication, Household, Person, Planted
from tongban_adapters.vocabulary import (
    AddressFreeze,
    CardApplicationState,
    CardReason,
    EthnicGroup,
    HouseholdKind,
    HouseholdState,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)

LEGACY_CITIES = ("wenzhou", "jinhua", "huzhou", "quzhou", "lishui")


class Defect(StrEnum):
    """One kind of planted fault or oddity."""

    DUPLICATE_NUMBER = "DUPLICATE_NUMBER"  # another city holds the same number for somebody else
    MOVED_TO_CITY = "MOVED_TO_CITY"  # healthy: moved out here, active in another city, same number
    MOVED_FROM_CITY = "MOVED_FROM_CITY"  # the other end of that
    SEX_PARITY = "SEX_PARITY"
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"
    TWO_HEADS = "TWO_HEADS"
    NO_HEAD = "NO_HEAD"
    MISSING_SPOUSE_NUMBER = "MISSING_SPOUSE_NUMBER"
    LOCKED_PERSON = "LOCKED_PERSON"
    LOCKED_HOUSEHOLD = "LOCKED_HOUSEHOLD"
    OLD_DIVISION = "OLD_DIVISION"
    RARE_CHARACTER = "RARE_CHARACTER"
    DOTTED_NAME = "DOTTED_NAME"
    LONG_TERM_WORD = "LONG_TERM_WORD"  # 长期 where the registry writes 99991231
    LONG_TERM_ZEROS = "LONG_TERM_ZEROS"  # 00000000 there
    DEATH_NOT_CANCELLED = "DEATH_NOT_CANCELLED"
    OPEN_CARD_APPLICATION = "OPEN_CARD_APPLICATION"  # forgotten for two years
    FROZEN_ADDRESS = "FROZEN_ADDRESS"


# The code before the last adjustment, where addresses may still carry it.
OLD_DIVISIONS: Mapping[str, str] = MappingProxyType(
    {
        "330102": "330104", "330105": "330103", "330111": "330183", "330112": "330185", "330212": "330204",
        "330213": "330283", "330603": "330621", "330604": "330682",
    }
)  # fmt: skip

_ONLY_IN: Mapping[Defect, tuple[str, ...]] = MappingProxyType(
    {
        Defect.IMPOSSIBLE_DATE: LEGACY_CITIES,
        Defect.LONG_TERM_WORD: LEGACY_CITIES,
        Defect.LONG_TERM_ZEROS: LEGACY_CITIES,
        Defect.OLD_DIVISION: ("hangzhou", "shaoxing", "ningbo"),
    }
)
# The two ends of a pair are planned by `pairs`, old divisions by `adjusted`.
_PLANNED_APART = frozenset({Defect.DUPLICATE_NUMBER, Defect.MOVED_TO_CITY, Defect.MOVED_FROM_CITY, Defect.OLD_DIVISION})
_MOST = 500


class Plan(Struct, frozen=True):
    """One defect to be planted in a city: from this person on (in one county), and which of its kind it is."""

    position: int
    defect: Defect
    index: int
    county: str | None = None


def count(scale: int) -> int:
    """Return how many of each kind the province gets: 0.04 % of the people, at least one."""
    return min(_MOST, max(1, round(sum(REGISTERED.values()) * 4 / scale)))


def adjusted(city: str, scale: int) -> list[Plan]:
    """Return the plans of old division codes, each for a county of the city that had one."""
    cities = _ONLY_IN[Defect.OLD_DIVISION]
    codes = [code for code in OLD_DIVISIONS if code.startswith(CITY_CODES[city])]
    mine = [index for index in range(count(scale)) if cities[index % len(cities)] == city]
    return [Plan(0, Defect.OLD_DIVISION, index, codes[turn % len(codes)]) for turn, index in enumerate(mine)]


def plans(city: str, scale: int) -> list[tuple[Defect, int]]:
    """Return the kind and index of every defect a city's people get wherever they are."""
    found = []
    for turn, defect in enumerate(defect for defect in Defect if defect not in _PLANNED_APART):
        cities = _ONLY_IN.get(defect, CITIES)
        found += [(defect, n) for n in range(count(scale)) if cities[(turn + n) % len(cities)] == city]
    return found


def schedule(entries: list[tuple[Defect, int]], people: int) -> list[Plan]:
    """Spread a city's defects over its people; those only a few counties can have wait for their county."""
    step = people * 0.9 / (len(entries) + 1)
    order = sorted(entries, key=lambda entry: (entry[1], entry[0]))
    return [Plan(int(step * place) + 1, defect, index) for place, (defect, index) in enumerate(order)]


def plant(defect: Defect, index: int, household: Household) -> Household | None:
    """Return the household with the defect, or None where it cannot have it."""
    return _PLANTERS[defect](household, index)


def mark(household: Household, defect: Defect, person: Person | None = None) -> Household:
    """Return the household with the note of what was planted: in the person, else in the household."""
    record, ref = (Kind.PERSON, person.ref) if person else (Kind.HOUSEHOLD, household.ref)
    return replace(household, planted=(Planted(defect.value, household.city, record, ref, household.ref),))


def _with(household: Household, defect: Defect, old: Person, new: Person) -> Household:
    members = tuple(new if member is old else member for member in household.members)
    return mark(replace(household, members=members), defect, new)


def _sex(household: Household, index: int) -> Household | None:
    person = household.members[0]
    if len(household.members) > 1:
        return None
    other = Sex.FEMALE if person.sex is Sex.MALE else Sex.MALE
    return _with(household, Defect.SEX_PARITY, person, replace(person, sex=other))


def _two_heads(household: Household, index: int) -> Household | None:
    if household.kind is HouseholdKind.COLLECTIVE or len(household.members) < 2:
        return None
    person = household.members[1]
    if person.birth_date is None or person.birth_date.year > AS_OF.year - 20:
        return None
    marked = _with(household, Defect.TWO_HEADS, person, replace(person, relation=Relation.HEAD))
    return mark(marked, Defect.TWO_HEADS)


def _no_head(household: Household, index: int) -> Household | None:
    if household.kind is HouseholdKind.COLLECTIVE or len(household.members) < 3:
        return None
    head = household.members[0]
    members = (replace(head, state=PersonState.DEAD), *household.members[1:])
    return mark(replace(household, members=members), Defect.NO_HEAD)


def _spouse(household: Household, index: int) -> Household | None:
    person = next((member for member in household.members if member.spouse_number), None)
    if person is None:
        return None
    return _with(household, Defect.MISSING_SPOUSE_NUMBER, person, replace(person, spouse_number=None))


def _locked_person(household: Household, index: int) -> Household:
    locks = (PersonLock.LOCKED, PersonLock.PENDING_CHANGE, PersonLock.PENDING_DELETION, PersonLock.OFFLINE_DATA)
    person = household.members[0]
    return _with(household, Defect.LOCKED_PERSON, person, replace(person, lock=locks[index % len(locks)]))


def _locked_household(household: Household, index: int) -> Household:
    return mark(replace(household, state=HouseholdState.LOCKED), Defect.LOCKED_HOUSEHOLD)


def _old_division(household: Household, index: int) -> Household | None:
    old = OLD_DIVISIONS.get(household.division)
    if old is None:
        return None
    return mark(replace(household, division=old, township=f"{old}001"), Defect.OLD_DIVISION)


def _rename(household: Household, defect: Defect, name: str, group: EthnicGroup | None = None) -> Household | None:
    person = household.members[-1]
    if person.spouse_name:
        return None
    new = replace(person, name=name, former_name=None, changes=(), ethnic_group=group or person.ethnic_group)
    return _with(household, defect, person, new)


def _rare(household: Household, index: int) -> Household | None:
    name = household.members[-1].name
    renamed = (f"{name[0]}𣲗", f"{name[0]}䶮", f"{name[0]}㛃{name[-1]}", f"{name[0]}{name[-1]}𣲗")[index % 4]
    return _rename(household, Defect.RARE_CHARACTER, renamed)


def _dotted(household: Household, index: int) -> Household | None:
    female = household.members[-1].sex is Sex.FEMALE
    first = ("古丽娜尔", "阿依古丽") if female else ("买买提", "艾合买提")
    last = ("买买提江", "阿卜杜热合曼", "艾尼瓦尔")
    name = f"{first[index % 2]}·{last[index % 3]}"
    return _rename(household, Defect.DOTTED_NAME, name, EthnicGroup.UYGUR)


def _long_term(defect: Defect, text: str) -> Callable[[Household, int], Household | None]:
    def make(household: Household, index: int) -> Household | None:
        for person in household.members:
            if person.cards and person.cards[-1].valid_until == FOREVER:
                cards = (*person.cards[:-1], replace(person.cards[-1], until_text=text))
                return _with(household, defect, person, replace(person, cards=cards))
        return None

    return make


def _forgotten_application(household: Household, index: int) -> Household | None:
    person = household.members[0]
    if person.applications or not person.cards:
        return None
    accepted = AS_OF - timedelta(days=730 + index)
    number = f"{household.police_station[:9]}{accepted.isoformat().replace('-', '')}{person.ref % 100_000:05d}"
    application = CardApplication(number, CardReason.DAMAGE, CardApplicationState.REGISTRY_REVIEW, accepted, 40)
    return _with(household, Defect.OPEN_CARD_APPLICATION, person, replace(person, applications=(application,)))


def _frozen(household: Household, index: int) -> Household:
    freeze = (AddressFreeze.REFUSE, AddressFreeze.WARN)[index % 2]
    return mark(replace(household, address_freeze=freeze), Defect.FROZEN_ADDRESS)


_PLANTERS: Mapping[Defect, Callable[[Household, int], Household | None]] = MappingProxyType(
    {
        Defect.SEX_PARITY: _sex,
        Defect.TWO_HEADS: _two_heads,
        Defect.NO_HEAD: _no_head,
        Defect.MISSING_SPOUSE_NUMBER: _spouse,
        Defect.LOCKED_PERSON: _locked_person,
        Defect.LOCKED_HOUSEHOLD: _locked_household,
        Defect.OLD_DIVISION: _old_division,
        Defect.RARE_CHARACTER: _rare,
        Defect.DOTTED_NAME: _dotted,
        Defect.LONG_TERM_WORD: _long_term(Defect.LONG_TERM_WORD, "长期"),
        Defect.LONG_TERM_ZEROS: _long_term(Defect.LONG_TERM_ZEROS, "00000000"),
        Defect.OPEN_CARD_APPLICATION: _forgotten_application,
        Defect.FROZEN_ADDRESS: _frozen,
    }
)
