"""Stock Strawberry over the same tables: resolvers, data loaders, its own ASGI view, parser and validation caches."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, NewType, TypeVar

import asyncpg
import msgspec
import strawberry
from aiodataloader import DataLoader
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from bench.cities import Cities, OpenCity
from bench.tables import RELATIONS, as_stored
from resolvers.page_order import page_of
from tongban_adapters.vocabulary import HouseholdKind, HouseholdState, PersonState, Relation, Sex

CitizenNumber = NewType("CitizenNumber", str)
CityKey = NewType("CityKey", str)
for _words in (Sex, PersonState, Relation, HouseholdKind, HouseholdState):
    strawberry.enum(_words)

Home = tuple[OpenCity, int]
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Loaders:
    """What one request reads in batches."""

    cities: Cities
    person: "DataLoader[str, Person | None]"
    household: "DataLoader[Home, Household | None]"
    members: "DataLoader[Home, list[Person]]"

    @classmethod
    def over(cls, cities: Cities) -> "Loaders":
        """Begin a request."""

        async def persons(numbers: list[str]) -> "list[Person | None]":
            found = {}
            for city, mine in _by_city([(cities.owner[number], number) for number in numbers]).items():
                rows = await city.pool.fetch(city.layout.persons, as_stored(mine))
                found.update({row[0]: _person(city, row, row[7]) for row in rows})
            return [found.get(number) for number in numbers]

        async def households(homes: list[Home]) -> "list[Household | None]":
            found = {}
            for city, ids in _by_city(homes).items():
                rows = await city.pool.fetch(city.layout.households, ids)
                found.update({(city.slug, row[0]): _household(city, row) for row in rows})
            return [found.get((city.slug, key)) for city, key in homes]

        async def members(homes: list[Home]) -> "list[list[Person]]":
            found: dict[tuple[str, int], list[Person]] = {(city.slug, key): [] for city, key in homes}
            for city, ids in _by_city(homes).items():
                for row in await city.pool.fetch(city.layout.members, ids):
                    found[city.slug, row[7]].append(_person(city, row, row[7]))
            return [sorted(found[city.slug, key], key=_page) for city, key in homes]

        return cls(cities, DataLoader(persons), DataLoader(households), DataLoader(members))


Info = strawberry.Info[Loaders, None]


@strawberry.type
class City:
    """A city."""

    key: CityKey


@strawberry.type
class Person:
    """A person."""

    number: str | None
    name: str | None
    sex: Sex | None
    birth_date: date | None
    relation_to_head: Relation | None
    state: PersonState | None
    ref: strawberry.Private[str]
    home: strawberry.Private[int | None]
    place: strawberry.Private[OpenCity]

    @strawberry.field
    async def household(self, info: Info) -> Annotated["Household", strawberry.lazy("bench.stock")] | None:
        """Load the household."""
        return await info.context.household.load((self.place, self.home)) if self.home is not None else None

    @strawberry.field
    def city(self) -> City:
        """Show the city."""
        return City(key=CityKey(self.place.slug))


@strawberry.type
class Household:
    """A household."""

    number: str | None
    kind: HouseholdKind | None
    state: HouseholdState | None
    established_on: date | None
    key: strawberry.Private[int]
    place: strawberry.Private[OpenCity]

    @strawberry.field
    async def members(self, info: Info) -> list[Person]:
        """Load the members."""
        return await info.context.members.load((self.place, self.key))


@strawberry.type
class HouseholdEdge:
    """An entry of a list."""

    node: Household


@strawberry.type
class HouseholdConnection:
    """A list of households."""

    edges: list[HouseholdEdge]


@strawberry.type
class PersonEdge:
    """An entry of a list."""

    node: Person


@strawberry.type
class Outcome:
    """How a city answered."""

    city: CityKey
    status: str
    rows: int


@strawberry.type
class PersonConnection:
    """A list of persons."""

    edges: list[PersonEdge]
    outcomes: list[Outcome]


@strawberry.input
class PersonFilter:
    """Whom to look for."""

    name_starts_with: str


@strawberry.type
class Query:
    """The three queries."""

    @strawberry.field
    async def person(self, info: Info, number: CitizenNumber) -> Person | None:
        """Load the person."""
        return await info.context.person.load(number)

    @strawberry.field
    async def households(self, info: Info, city: CityKey, first: int = 20) -> HouseholdConnection:
        """Read a page."""
        place = info.context.cities.by_slug[city]
        rows = await place.pool.fetch(place.layout.page, first)
        return HouseholdConnection(edges=[HouseholdEdge(node=_household(place, row)) for row in rows])

    @strawberry.field
    async def search_persons(self, info: Info, filter: PersonFilter, first: int = 20) -> PersonConnection:
        """Ask every city at once."""
        name, cities = filter.name_starts_with, info.context.cities.all
        below = name[:-1] + chr(ord(name[-1]) + 1)
        answers = await asyncio.gather(*(c.pool.fetch(c.layout.search, name, below, first) for c in cities))
        found = [
            (row[1], city.rank, str(row[6]), city, row)
            for city, rows in zip(cities, answers, strict=True)
            for row in rows
        ]
        found.sort(key=lambda place: place[:3])
        edges = [PersonEdge(node=_person(city, row, None)) for _, _, _, city, row in found[:first]]
        outcomes = [
            Outcome(city=CityKey(city.slug), status="ANSWERED" if rows else "EMPTY", rows=len(rows))
            for city, rows in zip(cities, answers, strict=True)
        ]
        return PersonConnection(edges=edges, outcomes=outcomes)


def _person(city: OpenCity, row: asyncpg.Record, home: int | None) -> Person:
    return Person(
        number=row[0],
        name=row[1],
        sex=city.layout.sex.get(row[2]),
        birth_date=date.fromisoformat(row[3]) if row[3] else None,
        relation_to_head=RELATIONS.get(row[4]),
        state=city.layout.state.get(row[5]),
        ref=str(row[6]),
        home=home,
        place=city,
    )


def _household(city: OpenCity, row: asyncpg.Record) -> Household:
    return Household(
        key=row[0],
        number=row[1],
        kind=city.layout.household_kind.get(row[2]),
        state=city.layout.household_state.get(row[3]),
        established_on=date.fromisoformat(row[4]) if row[4] else None,
        place=city,
    )


def _by_city(pairs: Sequence[tuple[OpenCity, K]]) -> dict[OpenCity, list[K]]:
    grouped: dict[OpenCity, list[K]] = {}
    for city, key in pairs:
        grouped.setdefault(city, []).append(key)
    return grouped


def _page(person: Person) -> tuple[int, date, str]:
    return page_of(person.relation_to_head), person.birth_date or date.max, person.ref


class View(GraphQL[Loaders, None]):
    """Strawberry's view with a fast JSON library."""

    cities: Cities

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Loaders:
        """Begin a request."""
        return Loaders.over(self.cities)

    def decode_json(self, data: str | bytes) -> object:
        """Read a body."""
        return msgspec.json.decode(data)

    def encode_json(self, data: object) -> bytes:
        """Write an answer."""
        return msgspec.json.encode(data)


def stock_app(cities: Cities) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the application."""
    scalars: dict[object, ScalarDefinition] = {
        CitizenNumber: strawberry.scalar(name="CitizenNumber"),
        CityKey: strawberry.scalar(name="CityKey"),
    }
    schema = strawberry.Schema(
        Query, extensions=[ParserCache, ValidationCache], config=StrawberryConfig(scalar_map=scalars)
    )
    view = View(schema, allow_queries_via_get=False)
    view.cities = cities
    return view
