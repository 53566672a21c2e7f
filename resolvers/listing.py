"""Merges the ordered pages of several cities into one page, with cursors that name each city's position."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge

import msgspec

from resolvers.fanout import ARRIVED, Outcome, ask_all, read
from resolvers.line import AdapterFault
from resolvers.loaders import checked
from resolvers.problems import FixInput
from resolvers.province import City, Province
from resolvers.record import Record, Shape
from resolvers.seal import Seal
from resolvers.visit import Visit
from tongban_adapters.model import ORDER, Criteria, Found, Page

# A place in one city's order: (order value, ref).
Position = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Listed:
    """A record of a page and, made on demand, the cursor of the place after it."""

    record: Record
    number: int
    places: "Places"

    @property
    def cursor(self) -> str:
        """The cursor of the place after this record."""
        return self.places.cursor(self.number)


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page. `end_cursor` also goes on for cities that did not answer: what they hold comes on a later page.

    `has_next` is true while a city that answered has more, and while one is missing from a page that is not empty:
    so a client that follows it asks the missing city again, and does not turn in circles while it stays away.
    """

    items: list[Listed]
    has_next: bool
    outcomes: list[Outcome]
    places: "Places"

    @property
    def end_cursor(self) -> str:
        """The cursor to go on from."""
        return self.places.cursor(len(self.items) - 1)


@dataclass(frozen=True)
class Question:
    """What a list is about: the criteria, the cities asked in their order, the fields of each record."""

    criteria: Criteria
    cities: Sequence[City]
    fields: tuple[str, ...]

    @property
    def order(self) -> str:
        """The field the list is ordered by."""
        return ORDER[self.criteria.kind]

    @cached_property
    def purpose(self) -> str:
        """What a cursor is bound to: the kind, the conditions, the cities."""
        slugs = [city.slug for city in self.cities]
        return hashlib.sha256(msgspec.msgpack.encode((self.criteria, slugs))).hexdigest()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One city's rows after its position, and whether more follow them."""

    records: list[Record]
    more: bool

    def __len__(self) -> int:
        return len(self.records)


def question(criteria: Criteria, cities: Sequence[City], fields: Sequence[str]) -> Question:
    """Return the question with the fields that order and cursors need."""
    return Question(criteria, cities, tuple(sorted({*fields, ORDER[criteria.kind], "ref"})))


async def list_page(
    province: Province, visit: Visit, asked: Question, first: int, after: str | None, limit: int
) -> ListPage:
    """Return the `first` records after the cursor, in (order value, city, ref) order by code point.

    Raises FixInput(PAGE_SIZE) outside 1…limit, FixInput(BAD_CURSOR) for a cursor of another list or filter.
    """
    start = _start(province.seal, asked, first, after, limit)

    async def ask() -> list[tuple[City, _Piece | None, Outcome]]:
        answers = await ask_all(
            asked.cities,
            lambda city: _flight(asked, first, start.get(city.slug)),
            lambda city: _piece(province, city, asked, Page(first, start.get(city.slug))),
            len,
            visit.deadline,
        )
        visit.outcomes.extend(outcome for _, _, outcome in answers)
        return answers

    answers = await visit.loaders.once(("list", asked.purpose, asked.fields, first, after), ask)
    outcomes = [outcome for _, _, outcome in answers]
    return _page(province.seal, asked, start, first, [piece for _, piece, _ in answers if piece is not None], outcomes)


async def city_page(
    province: Province, visit: Visit, asked: Question, first: int, after: str | None, limit: int
) -> ListPage:
    """Return a page of the one city asked; where it does not answer there is no page: raises as `fanout.ask` too."""
    start = _start(province.seal, asked, first, after, limit)
    city = asked.cities[0]
    place = start.get(city.slug)
    outcomes: list[Outcome] = []

    async def ask() -> tuple[_Piece, list[Outcome]]:
        try:
            piece = await read(
                city,
                _flight(asked, first, place),
                lambda: _piece(province, city, asked, Page(first, place)),
                len,
                visit.deadline,
                outcomes,
            )
        finally:
            visit.outcomes.extend(outcomes)
        return piece, outcomes

    piece, heard = await visit.loaders.once(("page", asked.purpose, asked.fields, first, after), ask)
    return _page(province.seal, asked, start, first, [piece], heard)


def _page(
    seal: Seal,
    asked: Question,
    start: Mapping[str, Position],
    first: int,
    pieces: Sequence[_Piece],
    outcomes: list[Outcome],
) -> ListPage:
    chosen = [record for _, record in zip(range(first), _merged(asked, pieces), strict=False)]
    places = Places(seal, asked, start, chosen)
    items = [Listed(record, number, places) for number, record in enumerate(chosen)]
    known_more = sum(map(len, pieces)) > len(chosen) or any(piece.more for piece in pieces)
    missing = any(outcome.status not in ARRIVED for outcome in outcomes)
    return ListPage(items, known_more or (missing and bool(items)), outcomes, places)


def _flight(asked: Question, first: int, place: Position | None) -> tuple[object, ...]:
    return "search", asked.criteria, asked.fields, first, place


def position(record: Record, order: str) -> Position:
    """Return the record's place in its city's order."""
    return record.text(order), record.text("ref")


async def _piece(province: Province, city: City, asked: Question, page: Page) -> _Piece:
    shape = Shape.of(city.slug, asked.criteria.kind, asked.fields, province.clock.now())
    found = await city.registry.search(asked.criteria, asked.fields, page)
    return _checked_piece(found, shape, asked, page)


def _checked_piece(found: Found, shape: Shape, asked: Question, page: Page) -> _Piece:
    """Return the rows as records; a city that breaks the order would make the merged list lose people."""
    rows = checked(found.rows, len(asked.fields))
    at = shape.index[asked.order], shape.index["ref"]
    last = page.after
    for row in rows:
        place = row[at[0]], row[at[1]]
        if not isinstance(place[0], str) or not isinstance(place[1], str):
            raise AdapterFault("a searched row without order value or ref")
        if last is not None and (place[0], place[1]) <= last:
            raise AdapterFault("searched rows out of order")
        last = place[0], place[1]
    if len(rows) > page.first or (found.more and not rows):
        raise AdapterFault("a page of another size than asked for")
    return _Piece([Record(shape, row) for row in rows], found.more)


def _merged(asked: Question, pieces: Sequence[_Piece]) -> Iterator[Record]:
    rank = {city.slug: number for number, city in enumerate(asked.cities)}

    def place(record: Record) -> tuple[str, int, str]:
        value, ref = position(record, asked.order)
        return value, rank[record.city], ref

    return merge(*(piece.records for piece in pieces), key=place)


@dataclass(frozen=True)
class Places:
    """Where all cities stand after each record of a page; worked out when the first cursor is asked for."""

    seal: Seal
    asked: Question
    start: Mapping[str, Position]
    chosen: Sequence[Record]

    def cursor(self, number: int) -> str:
        """Return the cursor of the place after record `number`; -1 is the place before the first."""
        standing = self._standing[number] if number >= 0 else self.start
        return self.seal.cursor(msgspec.msgpack.encode(standing), self.asked.purpose)

    @cached_property
    def _standing(self) -> list[Mapping[str, Position]]:
        standing = dict(self.start)
        places: list[Mapping[str, Position]] = []
        for record in self.chosen:
            standing[record.city] = position(record, self.asked.order)
            places.append(dict(standing))
        return places


def _start(seal: Seal, asked: Question, first: int, after: str | None, limit: int) -> dict[str, Position]:
    if not 1 <= first <= limit:
        raise FixInput(f"first must be 1 to {limit}", code="PAGE_SIZE", place="first", limit=str(limit))
    if after is None:
        return {}
    return msgspec.msgpack.decode(seal.open_cursor(after, asked.purpose), type=dict[str, Position])
