"""Synthetic families: relations, ages, marriages and numbers fit together."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.populations import everyone, healthy, years
from tongban_adapters.citizen_number import check
from tongban_adapters.sandbox.population.ages import AS_OF
from tongban_adapters.sandbox.population.numbers import ranks
from tongban_adapters.sandbox.population.places import CITIES
from tongban_adapters.sandbox.population.records import Household, Person
from tongban_adapters.vocabulary import (
    MaritalStatus,
    PersonState,
    Relation,
    Sex,
)

MARRIED = {MaritalStatus.MARRIED, MaritalStatus.FIRST_MARRIAGE, MaritalStatus.REMARRIED}


def test_a_healthy_household_has_one_head_who_is_grown_up() -> None:
    for home in healthy():
        heads = [person for person in home.members if person.relation is Relation.HEAD]
        assert len(heads) == 1
        assert heads[0] is home.members[0]
        assert years(heads[0]) >= 18
        assert years(heads[0], home.established_on) >= 18


def test_the_sex_fits_the_relation() -> None:
    women = {"WIFE", "MOTHER", "DAUGHTER", "DAUGHTER_IN_LAW", "ONLY_DAUGHTER", "FIRST_DAUGHTER", "SECOND_DAUGHTER"}
    women |= {"GRANDDAUGHTER", "DAUGHTERS_DAUGHTER", "HUSBANDS_MOTHER", "WIFES_MOTHER"}
    men = {"HUSBAND", "FATHER", "SON", "SON_IN_LAW", "ONLY_SON", "FIRST_SON", "SECOND_SON"}
    men |= {"GRANDSON", "DAUGHTERS_SON", "HUSBANDS_FATHER", "WIFES_FATHER"}
    seen = set()
    for home in healthy():
        for person in home.members:
            if person.relation in women | men:
                seen.add(str(person.relation))
                assert (person.sex is Sex.FEMALE) == (person.relation in women)
    assert seen == women | men


def mothers(home: Household) -> Iterator[tuple[Person, Person]]:
    """Pairs (mother, child) that the relations to the head tell."""
    by = {person.relation: person for person in home.members}
    head = home.members[0]
    children = [person for person in home.members if "SON" in person.relation or "DAUGHTER" in person.relation]
    own = [child for child in children if "GRAND" not in child.relation and "_IN_LAW" not in child.relation]
    own = [child for child in own if "DAUGHTERS_" not in child.relation]
    woman = head if head.sex is Sex.FEMALE else by.get(Relation.WIFE)
    if woman:
        yield from ((woman, child) for child in own if child.state is PersonState.NORMAL)
    if (mother := by.get(Relation.MOTHER)) and mother.state is PersonState.NORMAL:
        yield mother, head
    if (mother := by.get(Relation.HUSBANDS_MOTHER)) and Relation.HUSBAND in by:
        yield mother, by[Relation.HUSBAND]
    if (mother := by.get(Relation.WIFES_MOTHER)) and Relation.WIFE in by:
        yield mother, by[Relation.WIFE]
    for child in children:
        if "GRAND" in child.relation and Relation.DAUGHTER_IN_LAW in by:
            yield by[Relation.DAUGHTER_IN_LAW], child


def test_mothers_were_between_eighteen_and_forty_five() -> None:
    pairs = 0
    for home in healthy():
        for mother, child in mothers(home):
            assert child.birth_date is not None
            pairs += 1
            assert 18 <= years(mother, child.birth_date) <= 45, (mother.relation, child.relation)
    assert pairs > 10_000


def test_brothers_and_sisters_are_counted_by_age() -> None:
    pairs = ((Relation.FIRST_SON, Relation.SECOND_SON), (Relation.FIRST_DAUGHTER, Relation.SECOND_DAUGHTER))
    found = 0
    for home in healthy():
        born = {person.relation: person.birth_date for person in home.members}
        for elder, younger in pairs:
            if (second := born.get(younger)) is not None:
                first = born[elder]
                assert first is not None
                assert first < second
                found += 1
        relations = [person.relation for person in home.members]
        assert not (Relation.ONLY_SON in relations and Relation.SECOND_SON in relations)
    assert found > 500


def test_spouses_name_each_other() -> None:
    couples = 0
    for home in healthy():
        by_number = {person.number: person for person in home.members}
        for person in home.members:
            if person.spouse_number:
                spouse = by_number[person.spouse_number]
                assert (spouse.spouse_number, spouse.spouse_name) == (person.number, person.name)
                assert person.spouse_name == spouse.name
                assert person.sex is not spouse.sex
                assert person.marital_status in MARRIED
                couples += 1
            else:
                assert person.marital_status not in MARRIED
    assert couples > 15_000


def test_children_bear_a_parents_surname() -> None:
    mothers_name = total = 0
    for home in healthy():
        by = {person.relation: person for person in home.members}
        if Relation.WIFE in by and (child := by.get(Relation.ONLY_SON) or by.get(Relation.ONLY_DAUGHTER)):
            father, mother = home.members[0].name[0], by[Relation.WIFE].name[0]
            assert child.name[0] in (father, mother)
            if father != mother:
                total += 1
                mothers_name += child.name[0] == mother
    assert mothers_name / total == pytest.approx(1 / 12, abs=0.02)


def test_every_number_is_valid_and_in_the_synthetic_range() -> None:
    for person in everyone():
        assert 900 <= int(person.number[14:17]) <= 995
        if person.birth_text is None:
            assert check(person.number, AS_OF) == person.number
            assert person.birth_date is not None
            assert person.number[6:14] == person.birth_date.strftime("%Y%m%d")


def test_numbers_are_unique_over_all_cities_but_for_the_planted_ones() -> None:
    held = Counter(person.number for person in everyone())
    shared = {number for number, count in held.items() if count > 1}
    doubles = {
        number
        for number in shared
        if [person.state for person in everyone() if person.number == number] == [PersonState.NORMAL] * 2
    }
    assert (len(shared), len(doubles)) == (40, 20)
    assert max(held.values()) == 2


def test_a_prefix_gives_every_city_ranks_of_its_own() -> None:
    for place in (*CITIES, None):
        given = [rank for city in CITIES for rank in ranks(city, place)]
        assert len(given) == len(set(given)) == 44
        assert set(given) <= set(range(4, 48))
