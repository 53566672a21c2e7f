"""Fills the locator from what every registry says, and finds the numbers that more than one record claims."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from resolvers.fanout import ask
from resolvers.ledger.census import Census, Sighting
from resolvers.line import AdapterFault
from resolvers.loaders import checked
from resolvers.province import City, Province
from tongban_adapters.model import Condition, Criteria, Found, Key, Kind, Match, Page, Row
from tongban_adapters.vocabulary import PersonState

PAGE = 2000
# One page of one city; the city's own patience is shorter and counts.
PAGE_DEADLINE_S = 60.0

_ACTIVE = Criteria(Kind.PERSON, (Condition("state", Match.EQUALS, PersonState.NORMAL.value),))
_FIELDS = ("name", "ref", "number", "state")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found (`persons` active records) and changed."""

    persons: int
    changed: int
    disputed: int


async def rebuild(province: Province, on_progress: Callable[[str, int], None]) -> Rebuilt:
    """Stream the active persons of every registry into the locator; running it again changes nothing.

    `on_progress(city, persons so far of that city)` is called after every page. Raises TryLater where a registry or
    the ledger fails: then nothing is written. A dispute that is over in the registries is closed.
    """
    async with Census.open(province.ledger) as census:
        persons = 0
        for city in province.cities.values():
            done = 0
            async for rows in _pages(city):
                await census.add(_sightings(province, city, rows))
                done += len(rows)
                on_progress(city.slug, done)
            persons += done
        await census.drop(await _no_longer_true(province, await census.repeated()))
        written = await census.write()
    return Rebuilt(persons, written.changed, written.disputed)


async def _pages(city: City) -> AsyncIterator[list[Row]]:
    after: tuple[str, str] | None = None
    while True:
        found = await _page(city, Page(PAGE, after))
        if found.rows:
            yield found.rows
            after = str(found.rows[-1][0]), str(found.rows[-1][1])
        if not found.more:
            return


async def _page(city: City, page: Page) -> Found:
    async def call() -> Found:
        found = await city.registry.search(_ACTIVE, _FIELDS, page)
        checked(found.rows, len(_FIELDS))
        if found.more and not found.rows:
            raise AdapterFault("more was promised and nothing came")
        return found

    return await ask(city, call, asyncio.get_running_loop().time() + PAGE_DEADLINE_S)


def _sightings(province: Province, city: City, rows: Sequence[Row]) -> list[Sighting]:
    """Return the rows as sightings; a record without a usable number is in no locator."""
    return [
        Sighting(province.locator.key(number), city.slug, ref)
        for _, ref, number, _ in rows
        if isinstance(number, str) and isinstance(ref, str)
    ]


async def _no_longer_true(province: Province, repeated: Sequence[Sighting]) -> set[Sighting]:
    """Read the repeated ones again: a person who moved while the pages were read was seen in two cities."""
    gone = set(repeated)
    for slug in {seen.city for seen in repeated}:
        city = province.cities[slug]
        refs = sorted({seen.ref for seen in repeated if seen.city == slug})
        size = city.registry.capabilities.max_keys
        for start in range(0, len(refs), size):
            rows = await _by_ref(city, refs[start : start + size])
            active = [row for row in rows if row[3] == PersonState.NORMAL]
            gone.difference_update(_sightings(province, city, active))
    return gone


async def _by_ref(city: City, refs: Sequence[str]) -> list[Row]:
    deadline = asyncio.get_running_loop().time() + PAGE_DEADLINE_S
    return await ask(city, lambda: city.registry.read(Kind.PERSON, Key.REF, refs, _FIELDS), deadline)
