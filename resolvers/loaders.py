"""Turns the single reads of one request into few batched reads of the registries."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Sequence
from functools import partial
from typing import TypeVar, cast

from aiodataloader import DataLoader

from resolvers.fanout import Outcome, ask_all, read
from resolvers.line import AdapterFault
from resolvers.province import City, Province
from resolvers.record import Record, Shape
from tongban_adapters.model import Key, Kind, Row

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loaders:
    """The batches of one request: what is asked in one wave of the event loop is read in one call."""

    def __init__(self, province: Province, deadline: float, outcomes: list[Outcome]) -> None:
        self._province = province
        self._deadline = deadline
        self._outcomes = outcomes
        self._batches: dict[Hashable, DataLoader[Hashable, object]] = {}
        # (city, ref) of the persons read in this request → the key their access is accounted under.
        self.subjects: dict[tuple[str, str], bytes] = {}

    async def read(self, city: City, kind: Kind, by: Key, key: str, fields: Sequence[str]) -> list[Record]:
        """Return the records of `kind` whose `by` is `key`, holding `fields` and `by`. Raises as `fanout.ask` does."""
        wanted = tuple(sorted({*fields, by.value}))
        load = partial(self._read_batch, city, kind, by, wanted)
        return await self.batched((city.slug, kind, by, wanted), load, key, city.registry.capabilities.max_keys)

    async def batched(
        self, name: Hashable, load: Callable[[list[K]], Coroutine[object, object, list[V]]], key: K, limit: int = 1000
    ) -> V:
        """Return `load`'s answer for `key`, asked together with the other keys of this `name` in this wave."""
        batch = self._batches.get(name)
        if batch is None:
            batch = self._batches[name] = DataLoader(load, max_batch_size=limit)  # type: ignore[arg-type]
        # Shielded: one asker that leaves must not take the answer from the others.
        return cast("V", await asyncio.shield(batch.load(key)))

    async def read_everywhere(
        self, kind: Kind, by: Key, key: str, fields: Sequence[str]
    ) -> list[tuple[City, list[Record] | None, Outcome]]:
        """Ask every city for the records whose `by` is `key`; a city that did not answer has None."""
        wanted = tuple(sorted({*fields, by.value}))
        answers = await ask_all(
            tuple(self._province.cities.values()),
            lambda _: ("read", kind, by, wanted, (key,)),
            lambda city: self._call(city, kind, by, wanted, [key]),
            len,
            self._deadline,
        )
        self._outcomes.extend(outcome for _, _, outcome in answers)
        return answers

    async def _read_batch(
        self, city: City, kind: Kind, by: Key, fields: tuple[str, ...], keys: list[str]
    ) -> list[list[Record]]:
        flight = ("read", kind, by, fields, tuple(keys))
        call = partial(self._call, city, kind, by, fields, keys)
        found: dict[str, list[Record]] = {key: [] for key in keys}
        for record in await read(city, flight, call, len, self._deadline, self._outcomes):
            cell = record.row[record.shape.index[by.value]]
            if isinstance(cell, str) and cell in found:
                found[cell].append(record)
        return [found[key] for key in keys]

    async def _call(
        self, city: City, kind: Kind, by: Key, fields: tuple[str, ...], keys: Sequence[str]
    ) -> list[Record]:
        shape = Shape.of(city.slug, kind, fields, self._province.clock.now())
        rows = checked(await city.registry.read(kind, by, keys, fields), len(fields))
        return [Record(shape, row) for row in rows]


def checked(rows: list[Row], width: int) -> list[Row]:
    """Return the rows; raises AdapterFault where the adapter gave anything but tuples of `width` cells."""
    if not isinstance(rows, list) or any(not isinstance(row, tuple) or len(row) != width for row in rows):
        raise AdapterFault("rows of another shape than asked for")
    return rows
