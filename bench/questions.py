"""The three queries of the comparison, with many sets of variables each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import asyncpg
import msgspec

from bench.tables import LAYOUTS
from gateway.settings import Settings

POINT = """query Point($number: CitizenNumber!) {
  person(number: $number) {
    number name sex birthDate state
    household { number kind state members { number name sex birthDate relationToHead } }
  }
}"""
LIST = """query List($city: CityKey!) {
  households(city: $city, first: 100) {
    edges { node { number kind establishedOn members { number name sex birthDate relationToHead } } }
  }
}"""
FAN_OUT = """query FanOut($name: String!) {
  searchPersons(filter: {nameStartsWith: $name}, first: 20) {
    edges { node { number name sex birthDate city { key } } }
    outcomes { city status rows }
  }
}"""
FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
PEOPLE_OF_A_CITY = 50


@dataclass(frozen=True, slots=True)
class Question:
    """One query: its short name, what it does, and the bodies that are sent in turn."""

    name: str
    title: str
    bodies: tuple[bytes, ...]


async def questions(settings: Settings) -> list[Question]:
    """Return the queries over the people of these registries, cities taking turns."""
    numbers = [await _numbers(city.config.layout, city.url) for city in settings.cities]
    in_turn = [number for number in chain.from_iterable(zip_longest(*numbers)) if number]
    cities = [city.config.slug for city in settings.cities]
    return [
        Question("Q1", "point: a person by number with household and members", _bodies(POINT, "number", in_turn)),
        Question("Q2", "list: 100 households with members, 8 fields", _bodies(LIST, "city", cities)),
        Question("Q3", "fan-out: a name searched in every city, 20 each", _bodies(FAN_OUT, "name", FAMILY_NAMES)),
    ]


def _bodies(query: str, variable: str, values: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(msgspec.json.encode({"query": query, "variables": {variable: value}}) for value in values)


async def _numbers(layout: str, url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(LAYOUTS[layout].numbers, PEOPLE_OF_A_CITY)]
    finally:
        await connection.close()
