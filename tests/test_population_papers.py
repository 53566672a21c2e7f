"""The papers and the past of the synthetic people, and the family of the story."""

from collections import Counter

import pytest

from tests.populations import everyone, households, province, years
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import FOREVER
from tongban_adapters.sandbox.population import generate
from tongban_adapters.sandbox.population.ages import AS_OF
from tongban_adapters.sandbox.population.places import CITIES, owner
from tongban_adapters.sandbox.population.story import SUBJECT
from tongban_adapters.vocabulary import (
    AddressFreeze,
    BookReason,
    BookState,
    CardApplicationState,
    HouseholdKind,
    HouseholdState,
    MoveDirection,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)


def test_nearly_everyone_from_sixteen_has_a_card_valid_by_age() -> None:
    grown = [person for person in everyone() if person.birth_date and years(person) >= 16]
    assert sum(bool(person.cards) for person in grown) / len(grown) == pytest.approx(0.965, abs=0.005)
    expired = 0
    for person in grown:
        for card in person.cards:
            age = years(person, card.valid_from)
            assert card.valid_from < AS_OF
            if age >= 46:
                assert card.valid_until == FOREVER
            else:
                assert card.valid_until.year - card.valid_from.year == (5 if age < 16 else 10 if age < 26 else 20)
        expired += bool(person.cards) and person.cards[-1].valid_until < AS_OF
    assert 0 < expired / len(grown) < 0.02


def test_some_card_applications_are_open() -> None:
    states = Counter(application.state for person in everyone() for application in person.applications)
    assert states[CardApplicationState.DELIVERED] > 1000
    in_progress = states.total() - states[CardApplicationState.DELIVERED]
    assert 200 < in_progress < 800
    numbers = [application.acceptance_number for person in everyone() for application in person.applications]
    assert {len(number) for number in numbers} == {22}
    assert len(set(numbers)) == len(numbers)


def test_nearly_every_household_has_one_valid_book() -> None:
    counts = Counter(
        sum(book.state is BookState.VALID and book.reason is not BookReason.PERSONAL_PAGE for book in home.books)
        for home in households()
        if home.state is not HouseholdState.CANCELLED
    )
    assert set(counts) == {0, 1}
    assert counts[0] / counts.total() == pytest.approx(0.03, abs=0.006)
    pages = [book for home in households() for book in home.books if book.reason is BookReason.PERSONAL_PAGE]
    assert len(pages) > 500
    assert all(page.person_ref for page in pages)


def test_who_came_from_another_city_has_a_move_in() -> None:
    for city, homes in province().items():
        for home in homes:
            for person in home.members:
                if owner(person.number[:6]) != city and not home.planted:
                    move = person.moves[0]
                    assert move.direction is MoveDirection.IN
                    assert move.other_division == person.number[:6]
                    assert person.birth_date is not None
                    assert person.birth_date <= move.moved_on < AS_OF


def test_who_left_says_where_and_when() -> None:
    gone = [person for person in everyone() if person.state is PersonState.MOVED_OUT]
    assert len(gone) > 100
    for person in gone:
        move = person.moves[-1]
        assert (move.direction, move.other_division, move.moved_on) == (
            MoveDirection.OUT,
            person.moved_to,
            person.moved_on,
        )


@pytest.mark.parametrize("scale", [20_000, 1000])
def test_the_subject_of_the_story_heads_a_healthy_family_of_three(scale: int) -> None:
    home = next(generate("wenzhou", scale))
    subject = home.members[0]
    assert subject.number == SUBJECT == "33030219751120904X"
    assert (subject.name[0], subject.sex, subject.relation) == ("叶", Sex.FEMALE, Relation.HEAD)
    assert (subject.state, subject.lock) == (PersonState.NORMAL, PersonLock.NONE)
    assert subject.residence_division == "330782"
    assert (home.division, home.police_station) == ("330302", "330302001000")
    assert (home.ref, subject.ref) == (3303020000001, 3303010000001)
    assert [person.relation for person in home.members] == [Relation.HEAD, Relation.HUSBAND, Relation.ONLY_DAUGHTER]
    assert (home.kind, home.state, home.address_freeze) == (
        HouseholdKind.FAMILY,
        HouseholdState.NORMAL,
        AddressFreeze.NONE,
    )
    assert [(book.state, book.reason) for book in home.books] == [(BookState.VALID, BookReason.FIRST_ISSUE)]
    assert home.planted == ()


def test_nobody_else_has_the_number_of_the_story() -> None:
    assert [person.ref for person in everyone() if person.number == SUBJECT] == [3303010000001]


def test_the_cities_are_the_cities_of_the_divisions() -> None:
    assert list(CITIES) == list(CITY_CODES)
