"""What is wrong with some synthetic people on purpose: each kind is there, rare, and listed."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.populations import SCALE, healthy, households, province, share, years
from tongban_adapters.model import Kind
from tongban_adapters.sandbox.population import planted
from tongban_adapters.sandbox.population.defects import OLD_DIVISIONS, Defect
from tongban_adapters.sandbox.population.places import CITIES
from tongban_adapters.sandbox.population.records import Household, Person
from tongban_adapters.vocabulary import (
    AddressFreeze,
    CardApplicationState,
    HouseholdState,
    MoveDirection,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)


def with_defect(defect: Defect) -> list[tuple[Household, Person | None]]:
    found: list[tuple[Household, Person | None]] = []
    for home in households():
        for entry in home.planted:
            if entry.defect == defect:
                people = [person for person in home.members if person.ref == entry.ref]
                found.append((home, people[0] if entry.record is Kind.PERSON else None))
    return found


def twins(defect: Defect) -> bool:
    numbers = Counter(person.number for _, person in with_defect(defect) if person)
    names = {person.name for _, person in with_defect(defect) if person}
    return set(numbers.values()) == {2} and len(names) > len(numbers)


FAULTS: dict[Defect, Callable[[Household, Person | None], bool]] = {
    Defect.DUPLICATE_NUMBER: lambda home, person: person is not None and person.state is PersonState.NORMAL,
    Defect.MOVED_TO_CITY: lambda home, person: (
        person is not None and (person.state, home.state) == (PersonState.MOVED_OUT, HouseholdState.CANCELLED)
    ),
    Defect.MOVED_FROM_CITY: lambda home, person: person is not None and person.moves[0].direction is MoveDirection.IN,
    Defect.SEX_PARITY: lambda home, person: (
        person is not None and (person.sex is Sex.MALE) != int(person.number[16]) % 2
    ),
    Defect.IMPOSSIBLE_DATE: lambda home, person: (
        person is not None and person.birth_date is None and person.birth_text == person.number[6:14]
    ),
    Defect.TWO_HEADS: lambda home, person: sum(one.relation is Relation.HEAD for one in home.members) == 2,
    Defect.NO_HEAD: lambda home, person: (
        not any(one.relation is Relation.HEAD and one.state is PersonState.NORMAL for one in home.members)
    ),
    Defect.MISSING_SPOUSE_NUMBER: lambda home, person: (
        person is not None and (person.spouse_name is not None and person.spouse_number is None)
    ),
    Defect.LOCKED_PERSON: lambda home, person: person is not None and person.lock is not PersonLock.NONE,
    Defect.LOCKED_HOUSEHOLD: lambda home, person: home.state is HouseholdState.LOCKED,
    Defect.OLD_DIVISION: lambda home, person: home.division == OLD_DIVISIONS[home.county],
    Defect.RARE_CHARACTER: lambda home, person: person is not None and bool(set(person.name) & set("𣲗䶮㛃")),
    Defect.DOTTED_NAME: lambda home, person: person is not None and "·" in person.name,
    Defect.LONG_TERM_WORD: lambda home, person: person is not None and person.cards[-1].until_text == "长期",
    Defect.LONG_TERM_ZEROS: lambda home, person: person is not None and person.cards[-1].until_text == "00000000",
    Defect.DEATH_NOT_CANCELLED: lambda home, person: (
        person is not None and (years(person) >= 110 and person.state is PersonState.NORMAL)
    ),
    Defect.OPEN_CARD_APPLICATION: lambda home, person: (
        person is not None
        and person.applications[0].accepted_on.year == 2019
        and person.applications[0].state is not CardApplicationState.DELIVERED
    ),
    Defect.FROZEN_ADDRESS: lambda home, person: home.address_freeze is not AddressFreeze.NONE,
}


@pytest.mark.parametrize("defect", list(Defect))
def test_every_planted_defect_is_there_and_rare(defect: Defect) -> None:
    found = with_defect(defect)
    assert len(found) == (40 if defect is Defect.DUPLICATE_NUMBER else 20)
    assert share(len(found)) <= 0.1
    assert all(FAULTS[defect](home, person) for home, person in found)


@pytest.mark.parametrize("defect", list(Defect))
def test_nobody_else_has_the_defect(defect: Defect) -> None:
    if defect in (Defect.DUPLICATE_NUMBER, Defect.MOVED_TO_CITY, Defect.MOVED_FROM_CITY):
        return
    whole = {Defect.TWO_HEADS, Defect.NO_HEAD, Defect.LOCKED_HOUSEHOLD, Defect.OLD_DIVISION, Defect.FROZEN_ADDRESS}
    for home in healthy():
        for person in home.members if defect not in whole else ():
            assert not safely(FAULTS[defect], home, person)
        if defect in whole and home.division in (home.county, OLD_DIVISIONS.get(home.county)):
            assert not safely(FAULTS[defect], home, None)


def safely(fault: Callable[[Household, Person | None], bool], home: Household, person: Person | None) -> bool:
    try:
        return fault(home, person)
    except (IndexError, KeyError):
        return False


def test_doubles_are_two_people_and_movers_one() -> None:
    assert twins(Defect.DUPLICATE_NUMBER)
    away = {person.number: (person.name, person.moved_to) for _, person in with_defect(Defect.MOVED_TO_CITY) if person}
    here = {person.number: (person.name, home.county) for home, person in with_defect(Defect.MOVED_FROM_CITY) if person}
    assert away == here


def test_even_the_smallest_population_has_each_defect() -> None:
    kinds = Counter(entry.defect for city in CITIES for entry in planted(city, 20_000))
    assert kinds == Counter({defect.value: 1 for defect in Defect} | {"DUPLICATE_NUMBER": 2})


def test_the_list_of_defects_leads_to_the_records() -> None:
    entries = planted("lishui", SCALE)
    refs = {home.ref: home for home in province()["lishui"]}
    assert len(entries) > 20
    for entry in entries:
        home = refs[entry.household_ref]
        assert entry.city == "lishui"
        assert entry.ref in ({home.ref} if entry.record is Kind.HOUSEHOLD else {one.ref for one in home.members})
