"""What the written programs call: one wave of reads, values flattened and put back, the objects of a mixed list."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar, cast

from resolvers.problems import Problem
from resolvers.record import Record
from schema.context import Context
from schema.executor.scalars import Surprise
from schema.relation import Related, Relation
from schema.selection import Place, PlannedInfo

T = TypeVar("T")
Shown = dict[str, object]
ShapeNow = Callable[["Running", Sequence[object]], list[Shown]]
ShapeLater = Callable[["Running", Sequence[object]], Awaitable[list[Shown]]]


@dataclass(frozen=True, slots=True)
class Running:
    """One run of a program."""

    context: Context
    variables: Mapping[str, object]

    def info(self, place: Place) -> PlannedInfo:
        """Return what a resolver is handed at this place."""
        return PlannedInfo(self.context, place)


async def related(
    c: Running,
    relation: Relation,
    place: Place,
    records: Sequence[Record],
    shape: ShapeNow | ShapeLater,
    waits: bool,
) -> list[object]:
    """Return what the relation leads to, shaped, for each record: one read a city, each target shaped once."""
    fields = place.fields_for(relation.shown, (), relation.always)
    keys = _keys(relation, records)
    answers: dict[tuple[str, str], Related] = {}
    asked = list(keys.items())
    for (city, refs), found in zip(asked, await every(_ask(c, relation, fields, asked)), strict=True):
        for ref in refs:
            answers[city, ref] = found[ref]
    flat = _records(answers.values(), many=relation.many)
    shown: list[Shown] = await cast("ShapeLater", shape)(c, flat) if waits else cast("ShapeNow", shape)(c, flat)
    made = dict(zip(answers, regrouped(list(answers.values()), shown, relation.many), strict=True))
    index, at, out = None, 0, []
    for record in records:
        if record.shape.index is not index:
            index = record.shape.index
            at = index[relation.key]
        out.append(made.get((record.shape.city, record.row[at])))  # type: ignore[arg-type]
    return out


def _records(answers: Iterable[Related], *, many: bool) -> list[Record]:
    flat: list[Record] = []
    for answer in answers:
        if isinstance(answer, Problem):
            raise answer
        if many:
            flat += cast("Sequence[Record]", answer)
        elif answer is not None:
            flat.append(cast("Record", answer))
    return flat


def _ask(
    c: Running, relation: Relation, fields: tuple[str, ...], asked: Sequence[tuple[str, Mapping[str, None]]]
) -> list[Awaitable[Mapping[str, Related]]]:
    province, visit = c.context.province, c.context.visit
    return [relation.load(province, visit, city, tuple(refs), fields) for city, refs in asked]


def _keys(relation: Relation, records: Sequence[Record]) -> dict[str, dict[str, None]]:
    """Return the keys that the records lead to, by city. A key that is broken or missing is a Surprise."""
    keys: dict[str, dict[str, None]] = {}
    for record in records:
        key = record.row[record.shape.index[relation.key]]
        if key.__class__ is str:
            keys.setdefault(record.shape.city, {})[key] = None
        elif key is not None or relation.key == "ref":
            raise Surprise
    return keys


async def every(asked: Sequence[Awaitable[T]]) -> list[T]:
    """Return the answers of all, asked at once."""
    if len(asked) == 1:
        return [await asked[0]]
    return await at_once(*asked)


async def at_once(*asked: Awaitable[T]) -> list[T]:
    """Return the answers of all; where one fails the others are waited for, so that nothing goes on behind a re-run."""
    answers: list[T] = []
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer
        answers.append(answer)
    return answers


def flattened(values: Sequence[object], many: bool, required: bool) -> list[object]:
    """Return the objects in these values, the lists among them opened. Anything out of place is a Surprise."""
    flat: list[object] = []
    for value in values:
        if value is None:
            if required:
                raise Surprise
        elif many:
            flat.extend(listed(value))
        else:
            flat.append(value)
    if None in flat:
        raise Surprise
    return flat


def regrouped(values: Sequence[object], shown: Sequence[object], many: bool) -> list[object]:
    """Put what is shown back in the places of the values it was made of."""
    following: Iterator[object] = iter(shown)
    if many:
        return [
            None if value is None else list(islice(following, len(cast("list[object]", value)))) for value in values
        ]
    return [None if value is None else next(following) for value in values]


async def sorted_by_type(
    c: Running, objects: Sequence[object], shapes: Mapping[type, tuple[ShapeNow | ShapeLater, bool, bool]]
) -> list[Shown]:
    """Shape objects of several types, each type together, and give them back in their order."""
    made: dict[int, Shown] = {}
    for kind in {type(each) for each in objects}:
        mine = [each for each in objects if type(each) is kind]
        shape, recorded, waits = shapes[kind]
        given = [each.record for each in mine] if recorded else mine  # type: ignore[attr-defined]
        shown: list[Shown] = await cast("ShapeLater", shape)(c, given) if waits else cast("ShapeNow", shape)(c, given)
        made.update(zip(map(id, mine), shown, strict=True))
    return [made[id(each)] for each in objects]


def listed(value: object) -> Sequence[object]:
    """Return the value if it is a plain list; graphql-core decides about anything else."""
    if value.__class__ is list or value.__class__ is tuple:
        return cast("Sequence[object]", value)
    raise Surprise


def present(value: T | None) -> T:
    """Return the value, which must not be null."""
    if value is None:
        raise Surprise
    return value


NAMES: Mapping[str, object] = {
    "at_once": at_once,
    "every": every,
    "flattened": flattened,
    "listed": listed,
    "present": present,
    "regrouped": regrouped,
    "related": related,
    "sorted_by_type": sorted_by_type,
}

Entry = Callable[[Running, Sequence[None]], Awaitable[list[Shown]] | list[Shown]]
