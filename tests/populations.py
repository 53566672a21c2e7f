"""The synthetic people of the whole province at 1:1000, made once for all tests that look at them."""

import hashlib
from collections.abc import Iterator
from datetime import date
from functools import cache

import msgspec

from tongban_adapters.sandbox.population import generate
from tongban_adapters.sandbox.population.ages import AS_OF
from tongban_adapters.sandbox.population.places import CITIES
from tongban_adapters.sandbox.population.records import Household, Person
from tongban_adapters.vocabulary import (
    HouseholdKind,
)

SCALE = 1000


@cache
def province() -> dict[str, list[Household]]:
    return {city: list(generate(city, SCALE)) for city in CITIES}


@cache
def households() -> list[Household]:
    return [household for city in province().values() for household in city]


@cache
def everyone() -> list[Person]:
    return [person for household in households() for person in household.members]


def healthy() -> Iterator[Household]:
    """Family households in which nothing was planted."""
    return (home for home in households() if not home.planted and home.kind is HouseholdKind.FAMILY)


def share(count: int) -> float:
    """In per cent of all people."""
    return 100 * count / len(everyone())


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
