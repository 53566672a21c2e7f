"""The synthetic people are as many, as old and as named as the plan says, and the same on every run."""

import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from tests.populations import SCALE, digest, everyone, households, province, share, years
from tongban_adapters.sandbox.population import SEED, generate
from tongban_adapters.sandbox.population.names import family_name
from tongban_adapters.sandbox.population.places import CITIES, counties, owner
from tongban_adapters.vocabulary import (
    EthnicGroup,
    HouseholdKind,
    HouseholdState,
    PersonState,
    Sex,
)

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
GOLDEN = "2d628373b14835367e0a4247a6c1afdbb643b2cde317256768f8ec4475395b14"


def test_every_city_has_its_share_of_fifty_thousand() -> None:
    counted = {city: sum(len(home.members) for home in homes) for city, homes in province().items()}
    assert counted == PEOPLE
    assert sum(counted.values()) == 50_661


def test_every_county_is_seated_at_every_scale() -> None:
    for city in CITIES:
        seated = {household.county for household in generate(city, 20_000)}
        assert seated == set(counties(city))


def test_three_age_groups_as_in_the_registers() -> None:
    ages = [years(person) for person in everyone() if person.birth_date]
    assert share(sum(age < 16 for age in ages)) == pytest.approx(13, abs=0.5)
    assert share(sum(16 <= age < 60 for age in ages)) == pytest.approx(65, abs=0.5)
    assert share(sum(age >= 60 for age in ages)) == pytest.approx(22, abs=0.5)


def test_as_many_women_as_men_but_more_boys() -> None:
    sexes = Counter(person.sex for person in everyone())
    assert sexes[Sex.MALE] / sexes[Sex.FEMALE] == pytest.approx(1.0, abs=0.03)
    children = [person for person in everyone() if person.birth_date and years(person) < 16]
    assert sum(child.sex is Sex.MALE for child in children) / len(children) == pytest.approx(0.527, abs=0.01)


def test_family_households_have_the_sizes_of_the_plan() -> None:
    active = (
        min(5, sum(person.state is PersonState.NORMAL for person in home.members))
        for home in households()
        if home.kind is HouseholdKind.FAMILY and home.state is not HouseholdState.CANCELLED
    )
    sizes = Counter(active)
    percent = {size: 100 * count / sizes.total() for size, count in sizes.items()}
    assert percent == pytest.approx({1: 25, 2: 28, 3: 24, 4: 12, 5: 11}, abs=1)


def test_six_in_a_hundred_live_in_collective_households() -> None:
    collective = [home for home in households() if home.kind is HouseholdKind.COLLECTIVE]
    assert share(sum(len(home.members) for home in collective)) == pytest.approx(6, abs=0.01)
    assert all(home.collective_kind for home in collective)
    students = [years(person) < 24 for home in collective for person in home.members]
    assert sum(students) / len(students) > 0.7


def test_names_have_the_lengths_of_the_reports() -> None:
    lengths = Counter(len(person.name) for person in everyone())
    assert share(lengths[3]) == pytest.approx(84.3, abs=1)
    assert share(lengths[2]) == pytest.approx(14, abs=1)
    assert share(lengths[4]) == pytest.approx(0.7, abs=0.1)


def test_the_first_surname_of_every_city() -> None:
    first = {}
    for city, homes in province().items():
        surnames = Counter(family_name(person.name) for home in homes for person in home.members)
        first[city] = surnames.most_common(1)[0][0]
    assert first == FIRST_SURNAMES


def test_surnames_of_yiwu_and_jingning_are_their_own() -> None:
    def surnames(city: str, county: str) -> Counter[str]:
        homes = (home for home in province()[city] if home.county == county)
        return Counter(family_name(person.name) for home in homes for person in home.members)

    yiwu, jinhua = surnames("jinhua", "330782"), surnames("jinhua", "330702")
    own = "楼虞傅骆朱"
    assert sum(yiwu[name] for name in own) / yiwu.total() > 2 * sum(jinhua[name] for name in own) / jinhua.total()
    jingning = surnames("lishui", "331127")
    assert sum(jingning[name] for name in "雷蓝钟") / jingning.total() > 0.1


def test_the_she_live_in_the_south() -> None:
    groups = Counter(person.ethnic_group for person in everyone())
    assert share(groups[EthnicGroup.HAN]) == pytest.approx(99.2, abs=0.1)
    assert share(groups[EthnicGroup.SHE]) == pytest.approx(0.4, abs=0.1)
    by_city = Counter(
        city
        for city, homes in province().items()
        for home in homes
        for person in home.members
        if person.ethnic_group is EthnicGroup.SHE
    )
    assert (by_city["lishui"] + by_city["wenzhou"]) / by_city.total() > 0.6
    jingning = [person for home in province()["lishui"] if home.county == "331127" for person in home.members]
    assert sum(person.ethnic_group is EthnicGroup.SHE for person in jingning) / len(jingning) > 0.08


def test_the_prefix_is_another_for_eighteen_in_a_hundred() -> None:
    kinds: Counter[str] = Counter()
    for city, homes in province().items():
        for home in homes:
            for person in home.members:
                prefix = person.number[:6]
                kinds["own" if prefix == home.county else "city" if owner(prefix) == city else "far"] += 1
    assert kinds["city"] / kinds.total() == pytest.approx(0.12, abs=0.001)
    assert kinds["far"] / kinds.total() == pytest.approx(0.06, abs=0.001)


def test_prefixes_include_abolished_prefecture_and_other_provinces_codes() -> None:
    prefixes = Counter(person.number[:6] for person in everyone())
    assert set(prefixes) >= {"330103", "330621", "330725", "332501", "332526"}
    assert sum(count for prefix, count in prefixes.items() if not prefix.startswith("33")) > 500


def test_twelve_in_a_hundred_live_outside_their_city() -> None:
    for city, homes in province().items():
        people = [person for home in homes for person in home.members if person.state is not PersonState.MOVED_OUT]
        away = sum(owner(person.residence_division) != city for person in people)
        assert away == pytest.approx(0.12 * PEOPLE[city], abs=6), city


def test_six_hundred_thousand_of_four_cities_live_in_hangzhou() -> None:
    four = dict.fromkeys(("wenzhou", "huzhou", "jinhua", "quzhou"), 0)
    for city in four:
        for home in province()[city]:
            four[city] += sum(
                owner(person.residence_division) == "hangzhou"
                for person in home.members
                if person.state is not PersonState.MOVED_OUT
            )
    assert sum(four.values()) == 600
    assert four["wenzhou"] == max(four.values())


def test_a_city_alone_and_a_city_after_others_are_the_same() -> None:
    assert list(generate("zhoushan", SCALE)) == province()["zhoushan"]


def test_the_same_people_on_every_run_and_python() -> None:
    assert digest(20_000) == GOLDEN


def test_another_hash_seed_changes_nothing() -> None:
    program = (
        "import sys; from tests.populations import digest; from tests.test_population import GOLDEN;"
        " sys.exit(digest(20_000) != GOLDEN)"
    )
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
