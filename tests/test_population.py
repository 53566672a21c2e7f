"""The synthetic people: their proportions, their families, their numbers, and what is wrong with some on purpose."""

import hashlib
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from tongban_adapters.citizen_number import check, sex_of
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import FOREVER, Kind
from tongban_adapters.sandbox.population import SEED, generate, planted
from tongban_adapters.sandbox.population.ages import AS_OF
from tongban_adapters.sandbox.population.defects import OLD_DIVISIONS, Defect
from tongban_adapters.sandbox.population.names import family_name
from tongban_adapters.sandbox.population.numbers import ranks
from tongban_adapters.sandbox.population.places import CITIES, counties, owner
from tongban_adapters.sandbox.population.records import Household, Person
from tongban_adapters.sandbox.population.story import SUBJECT
from tongban_adapters.vocabulary import (
    AddressFreeze,
    BookReason,
    BookState,
    CardApplicationState,
    EthnicGroup,
    HouseholdKind,
    HouseholdState,
    MaritalStatus,
    MoveDirection,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)

SCALE = 1000
PEOPLE = {
    "hangzhou": 8138,
    "ningbo": 6137,
    "wenzhou": 8337,
    "jiaxing": 3675,
    "huzhou": 2686,
    "shaoxing": 4469,
    "jinhua": 4929,
    "quzhou": 2561,
    "zhoushan": 962,
    "taizhou": 6068,
    "lishui": 2699,
}
FIRST_SURNAMES = {
    "hangzhou": "王",
    "ningbo": "王",
    "wenzhou": "陈",
    "jiaxing": "沈",
    "huzhou": "沈",
    "shaoxing": "王",
    "jinhua": "陈",
    "quzhou": "徐",
    "zhoushan": "王",
    "taizhou": "陈",
    "lishui": "陈",
}
MARRIED = {MaritalStatus.MARRIED, MaritalStatus.FIRST_MARRIAGE, MaritalStatus.REMARRIED}
GOLDEN = "2d628373b14835367e0a4247a6c1afdbb643b2cde317256768f8ec4475395b14"


@pytest.fixture(scope="module")
def province() -> dict[str, list[Household]]:
    return {city: list(generate(city, SCALE)) for city in CITIES}


@pytest.fixture(scope="module")
def households(province: dict[str, list[Household]]) -> list[Household]:
    return [household for city in province.values() for household in city]


@pytest.fixture(scope="module")
def everyone(households: list[Household]) -> list[Person]:
    return [person for household in households for person in household.members]


def share(count: int, everyone: list[Person]) -> float:
    """In per cent of all people."""
    return 100 * count / len(everyone)


def years(person: Person, day: date = AS_OF) -> int:
    born = person.birth_date
    assert born is not None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def digest(scale: int) -> str:
    whole = hashlib.sha256()
    for city in CITIES:
        for household in generate(city, scale):
            whole.update(msgspec.json.encode(household))
    return whole.hexdigest()


# -- how many, where, what kind ------------------------------------------------------------------------------------


def test_every_city_has_its_share_of_fifty_thousand(province: dict[str, list[Household]]) -> None:
    counted = {city: sum(len(home.members) for home in homes) for city, homes in province.items()}
    assert counted == PEOPLE
    assert sum(counted.values()) == 50_661


def test_every_county_is_seated_at_every_scale() -> None:
    for city in CITIES:
        seated = {household.county for household in generate(city, 20_000)}
        assert seated == set(counties(city))


def test_three_age_groups_as_in_the_registers(everyone: list[Person]) -> None:
    ages = [years(person) for person in everyone if person.birth_date]
    assert share(sum(age < 16 for age in ages), everyone) == pytest.approx(13, abs=0.5)
    assert share(sum(16 <= age < 60 for age in ages), everyone) == pytest.approx(65, abs=0.5)
    assert share(sum(age >= 60 for age in ages), everyone) == pytest.approx(22, abs=0.5)


def test_as_many_women_as_men_but_more_boys(everyone: list[Person]) -> None:
    sexes = Counter(person.sex for person in everyone)
    assert sexes[Sex.MALE] / sexes[Sex.FEMALE] == pytest.approx(1.0, abs=0.03)
    children = [person for person in everyone if person.birth_date and years(person) < 16]
    assert sum(child.sex is Sex.MALE for child in children) / len(children) == pytest.approx(0.527, abs=0.01)


def test_family_households_have_the_sizes_of_the_plan(households: list[Household]) -> None:
    active = (
        min(5, sum(person.state is PersonState.NORMAL for person in home.members))
        for home in households
        if home.kind is HouseholdKind.FAMILY and home.state is not HouseholdState.CANCELLED
    )
    sizes = Counter(active)
    percent = {size: 100 * count / sizes.total() for size, count in sizes.items()}
    assert percent == pytest.approx({1: 25, 2: 28, 3: 24, 4: 12, 5: 11}, abs=1)


def test_six_in_a_hundred_live_in_collective_households(households: list[Household], everyone: list[Person]) -> None:
    collective = [home for home in households if home.kind is HouseholdKind.COLLECTIVE]
    assert share(sum(len(home.members) for home in collective), everyone) == pytest.approx(6, abs=0.01)
    assert all(home.collective_kind for home in collective)
    students = [years(person) < 24 for home in collective for person in home.members]
    assert sum(students) / len(students) > 0.7


def test_names_have_the_lengths_of_the_reports(everyone: list[Person]) -> None:
    lengths = Counter(len(person.name) for person in everyone)
    assert share(lengths[3], everyone) == pytest.approx(84.3, abs=1)
    assert share(lengths[2], everyone) == pytest.approx(14, abs=1)
    assert share(lengths[4], everyone) == pytest.approx(0.7, abs=0.1)


def test_the_first_surname_of_every_city(province: dict[str, list[Household]]) -> None:
    first = {}
    for city, homes in province.items():
        surnames = Counter(family_name(person.name) for home in homes for person in home.members)
        first[city] = surnames.most_common(1)[0][0]
    assert first == FIRST_SURNAMES


def test_surnames_of_yiwu_and_jingning_are_their_own(province: dict[str, list[Household]]) -> None:
    def surnames(city: str, county: str) -> Counter[str]:
        homes = (home for home in province[city] if home.county == county)
        return Counter(family_name(person.name) for home in homes for person in home.members)

    yiwu, jinhua = surnames("jinhua", "330782"), surnames("jinhua", "330702")
    own = "楼虞傅骆朱"
    assert sum(yiwu[name] for name in own) / yiwu.total() > 2 * sum(jinhua[name] for name in own) / jinhua.total()
    jingning = surnames("lishui", "331127")
    assert sum(jingning[name] for name in "雷蓝钟") / jingning.total() > 0.1


def test_the_she_live_in_the_south(province: dict[str, list[Household]], everyone: list[Person]) -> None:
    groups = Counter(person.ethnic_group for person in everyone)
    assert share(groups[EthnicGroup.HAN], everyone) == pytest.approx(99.2, abs=0.1)
    assert share(groups[EthnicGroup.SHE], everyone) == pytest.approx(0.4, abs=0.1)
    by_city = Counter(
        city
        for city, homes in province.items()
        for home in homes
        for person in home.members
        if person.ethnic_group is EthnicGroup.SHE
    )
    assert (by_city["lishui"] + by_city["wenzhou"]) / by_city.total() > 0.6
    jingning = [person for home in province["lishui"] if home.county == "331127" for person in home.members]
    assert sum(person.ethnic_group is EthnicGroup.SHE for person in jingning) / len(jingning) > 0.08


def test_the_prefix_is_another_for_eighteen_in_a_hundred(province: dict[str, list[Household]]) -> None:
    kinds: Counter[str] = Counter()
    for city, homes in province.items():
        for home in homes:
            for person in home.members:
                prefix = person.number[:6]
                kinds["own" if prefix == home.county else "city" if owner(prefix) == city else "far"] += 1
    assert kinds["city"] / kinds.total() == pytest.approx(0.12, abs=0.001)
    assert kinds["far"] / kinds.total() == pytest.approx(0.06, abs=0.001)


def test_prefixes_include_abolished_prefecture_and_other_provinces_codes(everyone: list[Person]) -> None:
    prefixes = Counter(person.number[:6] for person in everyone)
    assert set(prefixes) >= {"330103", "330621", "330725", "332501", "332526"}
    assert sum(count for prefix, count in prefixes.items() if not prefix.startswith("33")) > 500


def test_twelve_in_a_hundred_live_outside_their_city(province: dict[str, list[Household]]) -> None:
    for city, homes in province.items():
        people = [person for home in homes for person in home.members if person.state is not PersonState.MOVED_OUT]
        away = sum(owner(person.residence_division) != city for person in people)
        assert away == pytest.approx(0.12 * PEOPLE[city], abs=6), city


def test_six_hundred_thousand_of_four_cities_live_in_hangzhou(province: dict[str, list[Household]]) -> None:
    four = dict.fromkeys(("wenzhou", "huzhou", "jinhua", "quzhou"), 0)
    for city in four:
        for home in province[city]:
            four[city] += sum(
                owner(person.residence_division) == "hangzhou"
                for person in home.members
                if person.state is not PersonState.MOVED_OUT
            )
    assert sum(four.values()) == 600
    assert four["wenzhou"] == max(four.values())


# -- families ------------------------------------------------------------------------------------------------------


def healthy(households: list[Household]) -> Iterator[Household]:
    return (home for home in households if not home.planted and home.kind is HouseholdKind.FAMILY)


def test_a_healthy_household_has_one_head_who_is_grown_up(households: list[Household]) -> None:
    for home in healthy(households):
        heads = [person for person in home.members if person.relation is Relation.HEAD]
        assert len(heads) == 1
        assert heads[0] is home.members[0]
        assert years(heads[0]) >= 18
        assert years(heads[0], home.established_on) >= 18


def test_the_sex_fits_the_relation(households: list[Household]) -> None:
    women = {"WIFE", "MOTHER", "DAUGHTER", "DAUGHTER_IN_LAW", "ONLY_DAUGHTER", "FIRST_DAUGHTER", "SECOND_DAUGHTER"}
    women |= {"GRANDDAUGHTER", "DAUGHTERS_DAUGHTER", "HUSBANDS_MOTHER", "WIFES_MOTHER"}
    men = {"HUSBAND", "FATHER", "SON", "SON_IN_LAW", "ONLY_SON", "FIRST_SON", "SECOND_SON"}
    men |= {"GRANDSON", "DAUGHTERS_SON", "HUSBANDS_FATHER", "WIFES_FATHER"}
    seen = set()
    for home in healthy(households):
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


def test_mothers_were_between_eighteen_and_forty_five(households: list[Household]) -> None:
    pairs = 0
    for home in healthy(households):
        for mother, child in mothers(home):
            assert child.birth_date is not None
            pairs += 1
            assert 18 <= years(mother, child.birth_date) <= 45, (mother.relation, child.relation)
    assert pairs > 10_000


def test_brothers_and_sisters_are_counted_by_age(households: list[Household]) -> None:
    pairs = ((Relation.FIRST_SON, Relation.SECOND_SON), (Relation.FIRST_DAUGHTER, Relation.SECOND_DAUGHTER))
    found = 0
    for home in healthy(households):
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


def test_spouses_name_each_other(households: list[Household]) -> None:
    couples = 0
    for home in healthy(households):
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


def test_children_bear_a_parents_surname(households: list[Household]) -> None:
    mothers_name = total = 0
    for home in healthy(households):
        by = {person.relation: person for person in home.members}
        if Relation.WIFE in by and (child := by.get(Relation.ONLY_SON) or by.get(Relation.ONLY_DAUGHTER)):
            father, mother = home.members[0].name[0], by[Relation.WIFE].name[0]
            assert child.name[0] in (father, mother)
            if father != mother:
                total += 1
                mothers_name += child.name[0] == mother
    assert mothers_name / total == pytest.approx(1 / 12, abs=0.02)


# -- numbers -------------------------------------------------------------------------------------------------------


def test_every_number_is_valid_and_in_the_synthetic_range(everyone: list[Person]) -> None:
    for person in everyone:
        assert 900 <= int(person.number[14:17]) <= 995
        if person.birth_text is None:
            assert check(person.number, AS_OF) == person.number
            assert person.birth_date is not None
            assert person.number[6:14] == person.birth_date.strftime("%Y%m%d")


def test_numbers_are_unique_over_all_cities_but_for_the_planted_ones(everyone: list[Person]) -> None:
    held = Counter(person.number for person in everyone)
    shared = {number for number, count in held.items() if count > 1}
    doubles = {
        number
        for number in shared
        if [person.state for person in everyone if person.number == number] == [PersonState.NORMAL] * 2
    }
    assert (len(shared), len(doubles)) == (40, 20)
    assert max(held.values()) == 2


def test_a_prefix_gives_every_city_ranks_of_its_own() -> None:
    for place in (*CITIES, None):
        given = [rank for city in CITIES for rank in ranks(city, place)]
        assert len(given) == len(set(given)) == 44
        assert set(given) <= set(range(4, 48))


def test_a_city_alone_and_a_city_after_others_are_the_same(province: dict[str, list[Household]]) -> None:
    assert list(generate("zhoushan", SCALE)) == province["zhoushan"]


def test_the_same_people_on_every_run_and_python() -> None:
    assert digest(20_000) == GOLDEN


def test_another_hash_seed_changes_nothing() -> None:
    program = "from tests.test_population import digest, GOLDEN; import sys; sys.exit(digest(20_000) != GOLDEN)"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, env={"PYTHONHASHSEED": "7"}, check=False)
    assert done.returncode == 0


def test_another_seed_makes_other_people() -> None:
    assert list(generate("zhoushan", 20_000, SEED + 1)) != list(generate("zhoushan", 20_000))


def test_memory_does_not_grow_with_the_people() -> None:
    def peak(scale: int) -> int:
        tracemalloc.start()
        for household in generate("zhoushan", scale):
            assert household.members
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small = peak(4000)
    assert peak(100) < small + 24_000_000


@pytest.mark.parametrize(("city", "scale"), [("atlantis", 1000), ("wenzhou", 0)])
def test_an_unknown_city_or_scale_is_refused(city: str, scale: int) -> None:
    with pytest.raises(ValueError, match=r"no such city|at least 1"):
        next(generate(city, scale))


# -- papers and history --------------------------------------------------------------------------------------------


def test_nearly_everyone_from_sixteen_has_a_card_valid_by_age(everyone: list[Person]) -> None:
    grown = [person for person in everyone if person.birth_date and years(person) >= 16]
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


def test_some_card_applications_are_open(everyone: list[Person]) -> None:
    states = Counter(application.state for person in everyone for application in person.applications)
    assert states[CardApplicationState.DELIVERED] > 1000
    in_progress = states.total() - states[CardApplicationState.DELIVERED]
    assert 200 < in_progress < 800
    numbers = [application.acceptance_number for person in everyone for application in person.applications]
    assert {len(number) for number in numbers} == {22}
    assert len(set(numbers)) == len(numbers)


def test_nearly_every_household_has_one_valid_book(households: list[Household]) -> None:
    counts = Counter(
        sum(book.state is BookState.VALID and book.reason is not BookReason.PERSONAL_PAGE for book in home.books)
        for home in households
        if home.state is not HouseholdState.CANCELLED
    )
    assert set(counts) == {0, 1}
    assert counts[0] / counts.total() == pytest.approx(0.03, abs=0.006)
    pages = [book for home in households for book in home.books if book.reason is BookReason.PERSONAL_PAGE]
    assert len(pages) > 500
    assert all(page.person_ref for page in pages)


def test_who_came_from_another_city_has_a_move_in(province: dict[str, list[Household]]) -> None:
    for city, homes in province.items():
        for home in homes:
            for person in home.members:
                if owner(person.number[:6]) != city and not home.planted:
                    move = person.moves[0]
                    assert move.direction is MoveDirection.IN
                    assert move.other_division == person.number[:6]
                    assert person.birth_date is not None
                    assert person.birth_date <= move.moved_on < AS_OF


def test_who_left_says_where_and_when(everyone: list[Person]) -> None:
    gone = [person for person in everyone if person.state is PersonState.MOVED_OUT]
    assert len(gone) > 100
    for person in gone:
        move = person.moves[-1]
        assert (move.direction, move.other_division, move.moved_on) == (
            MoveDirection.OUT,
            person.moved_to,
            person.moved_on,
        )


# -- defects -------------------------------------------------------------------------------------------------------


def with_defect(households: list[Household], defect: Defect) -> list[tuple[Household, Person | None]]:
    found: list[tuple[Household, Person | None]] = []
    for home in households:
        for entry in home.planted:
            if entry.defect == defect:
                people = [person for person in home.members if person.ref == entry.ref]
                found.append((home, people[0] if entry.record is Kind.PERSON else None))
    return found


def twins(households: list[Household], defect: Defect) -> bool:
    numbers = Counter(person.number for _, person in with_defect(households, defect) if person)
    names = {person.name for _, person in with_defect(households, defect) if person}
    return set(numbers.values()) == {2} and len(names) > len(numbers)


FAULTS: dict[Defect, Callable[[Household, Person | None], bool]] = {
    Defect.DUPLICATE_NUMBER: lambda home, person: person is not None and person.state is PersonState.NORMAL,
    Defect.MOVED_TO_CITY: lambda home, person: (
        person is not None and (person.state, home.state) == (PersonState.MOVED_OUT, HouseholdState.CANCELLED)
    ),
    Defect.MOVED_FROM_CITY: lambda home, person: person is not None and person.moves[0].direction is MoveDirection.IN,
    Defect.SEX_PARITY: lambda home, person: person is not None and person.sex is not sex_of(person.number),
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
def test_every_planted_defect_is_there_and_rare(
    defect: Defect, households: list[Household], everyone: list[Person]
) -> None:
    found = with_defect(households, defect)
    assert len(found) == (40 if defect is Defect.DUPLICATE_NUMBER else 20)
    assert share(len(found), everyone) <= 0.1
    assert all(FAULTS[defect](home, person) for home, person in found)


@pytest.mark.parametrize("defect", list(Defect))
def test_nobody_else_has_the_defect(defect: Defect, households: list[Household]) -> None:
    if defect in (Defect.DUPLICATE_NUMBER, Defect.MOVED_TO_CITY, Defect.MOVED_FROM_CITY):
        return
    whole = {Defect.TWO_HEADS, Defect.NO_HEAD, Defect.LOCKED_HOUSEHOLD, Defect.OLD_DIVISION, Defect.FROZEN_ADDRESS}
    for home in healthy(households):
        for person in home.members if defect not in whole else ():
            assert not safely(FAULTS[defect], home, person)
        if defect in whole and home.division in (home.county, OLD_DIVISIONS.get(home.county)):
            assert not safely(FAULTS[defect], home, None)


def safely(fault: Callable[[Household, Person | None], bool], home: Household, person: Person | None) -> bool:
    try:
        return fault(home, person)
    except (IndexError, KeyError):
        return False


def test_doubles_are_two_people_and_movers_one(households: list[Household]) -> None:
    assert twins(households, Defect.DUPLICATE_NUMBER)
    away = {
        person.number: (person.name, person.moved_to)
        for _, person in with_defect(households, Defect.MOVED_TO_CITY)
        if person
    }
    here = {
        person.number: (person.name, home.county)
        for home, person in with_defect(households, Defect.MOVED_FROM_CITY)
        if person
    }
    assert away == here


def test_even_the_smallest_population_has_each_defect() -> None:
    kinds = Counter(entry.defect for city in CITIES for entry in planted(city, 20_000))
    assert kinds == Counter({defect.value: 1 for defect in Defect} | {"DUPLICATE_NUMBER": 2})


def test_the_list_of_defects_leads_to_the_records(province: dict[str, list[Household]]) -> None:
    entries = planted("lishui", SCALE)
    refs = {home.ref: home for home in province["lishui"]}
    assert len(entries) > 20
    for entry in entries:
        home = refs[entry.household_ref]
        assert entry.city == "lishui"
        assert entry.ref in ({home.ref} if entry.record is Kind.HOUSEHOLD else {one.ref for one in home.members})


# -- the story -----------------------------------------------------------------------------------------------------


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


def test_nobody_else_has_the_number_of_the_story(everyone: list[Person]) -> None:
    assert [person.ref for person in everyone if person.number == SUBJECT] == [3303010000001]


def test_the_cities_are_the_cities_of_the_divisions() -> None:
    assert list(CITIES) == list(CITY_CODES)
