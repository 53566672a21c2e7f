"""Reads of one request: what is asked together is read together, and nothing is read twice."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import lru_cache, partial
from typing import TypeVar, cast

from aiodataloader import DataLoader

from resolvers.fanout import Outcome, ask_all, read
from resolvers.line import AdapterFault
from resolvers.province import City, Province
from resolvers.record import Record, Shape
from tongban_adapters.model import Key, Kind, Row

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Found = Mapping[str, list[Record]]


class Loaders:
    """The batches of one request, and its memory: an answer of a registry is remembered until the request ends."""

    def __init__(self, province: Province, deadline: float, outcomes: list[Outcome]) -> None:
        self._province = province
        self._deadline = deadline
        self._outcomes = outcomes
        self._batches: dict[Hashable, DataLoader[Hashable, object]] = {}
        self._memory: dict[Hashable, object] = {}
        # (city, ref) of the persons read in this request → the key their access is accounted under.
        self.subjects: dict[tuple[str, str], bytes] = {}
        # Whether a failure is remembered as well: where the same request may be run again over what was read.
        self.remembers_failures = False

    async def read(self, city: City, kind: Kind, by: Key, key: str, fields: Sequence[str]) -> list[Record]:
        """Return the records of `kind` whose `by` is `key`, holding `fields` and `by`. Raises as `fanout.ask` does.

        What several callers ask for in one turn of the event loop is read in one call.
        """
        wanted = _with(by, tuple(fields))
        load = partial(self.read_many, city, kind, by, fields=wanted)
        return await self.batched((city.slug, kind, by, wanted), load, key)

    async def read_many(self, city: City, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> Found:
        """Return the records of each key (a key without any has an empty list); only what is new is read."""
        wanted = _with(by, tuple(fields))
        load = partial(self._sorted, city, kind, by, wanted)
        return await self.many((city.slug, kind, by, wanted), keys, load, city.registry.capabilities.max_keys)

    async def many(
        self, name: Hashable, keys: Sequence[K], load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], limit: int
    ) -> Mapping[K, V]:
        """Return `load`'s answers for at least these keys; it is asked for new ones only, `limit` at a time."""
        memory = cast("dict[K, asyncio.Future[Mapping[K, V]]]", self._memory.setdefault(name, {}))
        unknown = [key for key in dict.fromkeys(keys) if key not in memory]
        parts = [unknown[start : start + limit] for start in range(0, len(unknown), limit)]
        if len(parts) == 1:
            await self._part(memory, parts[0], load)
        elif parts:
            await asyncio.gather(*(self._part(memory, part, load) for part in parts))
        if len(parts) == 1 and len(parts[0]) == len(memory):
            return memory[parts[0][0]].result()  # nothing else was ever asked for under this name
        answers = list({id(answer): answer for answer in (memory[key] for key in keys)}.values())
        if len(answers) == 1:
            return await _shielded(answers[0])
        found: dict[K, V] = {}
        for answer in answers:
            part: Mapping[K, V] = await _shielded(answer)
            found.update(part)
        return found

    async def batched(self, name: Hashable, load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], key: K) -> V:
        """Return `load`'s answer for `key`, asked together with the other keys of this `name` in this turn."""
        batch = self._batches.get(name)
        if batch is None:

            async def load_all(keys: list[K]) -> list[V]:
                found = await load(list(dict.fromkeys(keys)))
                return [found[key] for key in keys]

            # No cache of its own: what was read is remembered by `many`, under the rules for failures.
            batch = DataLoader(load_all, cache=False)  # type: ignore[arg-type]
            self._batches[name] = batch
        return cast("V", await asyncio.shield(batch.load(key)))

    async def once(self, name: Hashable, ask: Callable[[], Awaitable[V]]) -> V:
        """Return what `ask` answered, however often this `name` is asked in this request."""

        async def load(_names: Sequence[None]) -> Mapping[None, V]:
            return {None: await ask()}

        return (await self.many(name, (None,), load, 1))[None]

    async def read_everywhere(
        self, kind: Kind, by: Key, key: str, fields: Sequence[str]
    ) -> list[tuple[City, list[Record] | None, Outcome]]:
        """Ask every city for the records whose `by` is `key`; a city that did not answer has None."""
        wanted = _with(by, tuple(fields))

        async def ask() -> list[tuple[City, list[Record] | None, Outcome]]:
            answers = await ask_all(
                tuple(self._province.cities.values()),
                lambda _: ("read", kind, by, wanted, (key,)),
                lambda city: self._call(city, kind, by, wanted, [key]),
                len,
                self._deadline,
            )
            self._outcomes.extend(outcome for _, _, outcome in answers)
            return answers

        return await self.once(("everywhere", kind, by, wanted, key), ask)

    async def _part(
        self,
        memory: dict[K, asyncio.Future[Mapping[K, V]]],
        keys: Sequence[K],
        load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
    ) -> None:
        answer: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        memory.update(dict.fromkeys(keys, answer))

        def forget() -> None:
            if not self.remembers_failures:
                for key in keys:
                    memory.pop(key, None)

        await _settle(answer, load(keys), forget)
        if answer.exception() is not None:
            answer.result()

    async def _sorted(self, city: City, kind: Kind, by: Key, fields: tuple[str, ...], keys: Sequence[str]) -> Found:
        flight = ("read", kind, by, fields, tuple(keys))
        call = partial(self._call, city, kind, by, fields, keys)
        found: dict[str, list[Record]] = {key: [] for key in keys}
        place = fields.index(by.value)
        for record in await read(city, flight, call, len, self._deadline, self._outcomes):
            cell = record.row[place]
            if isinstance(cell, str) and cell in found:
                found[cell].append(record)
        return found

    async def _call(
        self, city: City, kind: Kind, by: Key, fields: tuple[str, ...], keys: Sequence[str]
    ) -> list[Record]:
        shape = Shape.of(city.slug, kind, fields, self._province.clock.now())
        rows = checked(await city.registry.read(kind, by, keys, fields), len(fields))
        return [Record(shape, row) for row in rows]


async def _settle(answer: "asyncio.Future[V]", asking: Awaitable[V], forget: Callable[[], object]) -> None:
    """Put what is answered, or what is raised, into `answer`; `forget` is called where it was raised."""
    try:
        answer.set_result(await asking)
    except Exception as problem:
        forget()
        answer.set_exception(problem)
        answer.exception()  # looked at: those who wait for it are told, and nobody else needs to be
    except BaseException:
        forget()
        answer.cancel()
        raise


async def _shielded(answer: "asyncio.Future[V]") -> V:
    """Wait for it; one who leaves must not take the answer from the others."""
    return answer.result() if answer.done() else await asyncio.shield(answer)


@lru_cache(maxsize=4096)
def _with(by: Key, fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*fields, by.value}))


def checked(rows: list[Row], width: int) -> list[Row]:
    """Return the rows; raises AdapterFault where the adapter gave anything but tuples of `width` cells."""
    if not isinstance(rows, list):
        raise AdapterFault("rows of another shape than asked for")
    for row in rows:
        if not isinstance(row, tuple) or len(row) != width:
            raise AdapterFault("rows of another shape than asked for")
    return rows
