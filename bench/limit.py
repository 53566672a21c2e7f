"""The limit: a bare ASGI application that answers the three queries with hand-written SQL, without GraphQL.

No token, no purpose, no access log, no limits, no patience: what is left is what the database and JSON cost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg
import msgspec
from starlette.types import Receive, Scope, Send

from bench.cities import Cities, OpenCity
from bench.questions import FAN_OUT, LIST, POINT
from bench.tables import RELATIONS, as_stored
from resolvers.page_order import PAGE_OF

ROWS = 20
HOUSEHOLDS = 100
LAST_PAGE = max(PAGE_OF.values()) + 1
# Code of the relation → (its word, its rank in the order of the book's pages).
_RANKED = {code: (word, PAGE_OF.get(word, LAST_PAGE)) for code, word in RELATIONS.items()}
_UNKNOWN = (None, LAST_PAGE)


class Member(msgspec.Struct, rename="camel"):
    """A member as the queries ask for one."""

    number: str | None
    name: str | None
    sex: str | None
    birth_date: str | None
    relation_to_head: str | None


class HouseholdOfPerson(msgspec.Struct, rename="camel"):
    """The household below a person."""

    number: str | None
    kind: str | None
    state: str | None
    members: list[Member]


class Person(msgspec.Struct, rename="camel"):
    """The person of the point query."""

    number: str | None
    name: str | None
    sex: str | None
    birth_date: str | None
    state: str | None
    household: HouseholdOfPerson


class ListedHousehold(msgspec.Struct, rename="camel"):
    """A household of the list."""

    number: str | None
    kind: str | None
    established_on: str | None
    members: list[Member]


class CityKey(msgspec.Struct):
    """A city."""

    key: str


class FoundPerson(msgspec.Struct, rename="camel"):
    """A person of the fan-out."""

    number: str | None
    name: str | None
    sex: str | None
    birth_date: str | None
    city: CityKey


class Outcome(msgspec.Struct):
    """How a city answered."""

    city: str
    status: str
    rows: int


class Asked(msgspec.Struct):
    """The body of a request."""

    query: str
    variables: dict[str, str]


_decoder = msgspec.json.Decoder(Asked)
_encode = msgspec.json.Encoder().encode
Answer = Callable[[Cities, Mapping[str, str]], Awaitable[object]]


async def point(cities: Cities, variables: Mapping[str, str]) -> object:
    """Answer Q1 with one statement."""
    number = variables["number"]
    city = cities.owner[number]
    rows = await city.pool.fetch(city.layout.point, as_stored((number,)))
    layout, row = city.layout, rows[0]
    household = HouseholdOfPerson(
        row[8], layout.household_kind.get(row[9]), layout.household_state.get(row[10]), _members(city, rows, 12)
    )
    person = Person(row[0], row[1], layout.sex.get(row[2]), row[3], layout.state.get(row[5]), household)
    return {"person": person}


async def listed(cities: Cities, variables: Mapping[str, str]) -> object:
    """Answer Q2 with two statements."""
    city = cities.by_slug[variables["city"]]
    kind = city.layout.household_kind.get
    page = await city.pool.fetch(city.layout.page, HOUSEHOLDS)
    homes: dict[int, list[asyncpg.Record]] = {row[0]: [] for row in page}
    for member in await city.pool.fetch(city.layout.members, list(homes)):
        homes[member[7]].append(member)
    nodes = [ListedHousehold(row[1], kind(row[2]), row[4], _members(city, homes[row[0]], 0)) for row in page]
    return {"households": {"edges": [{"node": node} for node in nodes]}}


async def fan_out(cities: Cities, variables: Mapping[str, str]) -> object:
    """Answer Q3 with one statement for each city, all at once."""
    name = variables["name"]
    below = name[:-1] + chr(ord(name[-1]) + 1)
    answers = await asyncio.gather(*(city.pool.fetch(city.layout.search, name, below, ROWS) for city in cities.all))
    found = [
        (row[1], city.rank, str(row[6]), row, city)
        for city, rows in zip(cities.all, answers, strict=True)
        for row in rows
    ]
    found.sort(key=lambda place: place[:3])
    persons = [
        FoundPerson(row[0], row[1], city.layout.sex.get(row[2]), row[3], CityKey(city.slug))
        for _, _, _, row, city in found[:ROWS]
    ]
    outcomes = [
        Outcome(city.slug, "ANSWERED" if rows else "EMPTY", len(rows))
        for city, rows in zip(cities.all, answers, strict=True)
    ]
    return {"searchPersons": {"edges": [{"node": person} for person in persons], "outcomes": outcomes}}


def _members(city: OpenCity, rows: Sequence[asyncpg.Record], at: int) -> list[Member]:
    """Return the members whose PERSON columns begin at `at`, in the order of the book's pages."""
    sex = city.layout.sex.get
    placed = []
    for row in rows:
        number, name, code, born, relation, _, ref = row[at : at + 7]
        word, rank = _RANKED.get(relation, _UNKNOWN)
        placed.append((rank, born or "9999", str(ref), Member(number, name, sex(code), born, word)))
    placed.sort(key=lambda place: place[:3])
    return [place[3] for place in placed]


_ANSWERS: Mapping[str, Answer] = {POINT: point, LIST: listed, FAN_OUT: fan_out}
_HEADERS = [(b"content-type", b"application/json")]


def limit_app(cities: Cities) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Return the application."""

    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body: bytes = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        asked = _decoder.decode(body)
        sent = _encode({"data": await _ANSWERS[asked.query](cities, asked.variables)})
        headers = [*_HEADERS, (b"content-length", b"%d" % len(sent))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": sent})

    return answer
