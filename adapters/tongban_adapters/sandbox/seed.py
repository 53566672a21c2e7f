"""Fills the tables of one sandbox registry with synthetic people: invented ones, never real."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import asyncpg
from msgspec import Struct

from tongban_adapters.sandbox.legacy import Legacy
from tongban_adapters.sandbox.modern import Modern
from tongban_adapters.sandbox.population import generate
from tongban_adapters.sandbox.rows import Layout

_LAYOUTS: Mapping[str, Callable[[str], Layout]] = MappingProxyType({"modern": Modern, "legacy": Legacy})
_BATCH = 4000


class Seeded(Struct, frozen=True):
    """How much was loaded; people in every state, households in every state."""

    people: int
    households: int


async def seed(
    connection: asyncpg.Connection,
    layout: str,
    city: str,
    scale: int,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Seeded:
    """Load a city at 1:scale into the empty tables of a layout, in one transaction; nothing stays on an error.

    `on_progress` is told the people loaded so far. Ids are the same on every run, and every sequence continues after
    them. Raises ValueError for an unknown layout, city or scale.
    """
    if layout not in _LAYOUTS:
        raise ValueError(f"no such layout: {layout}; there are {', '.join(sorted(_LAYOUTS))}")
    rows = _LAYOUTS[layout](city)
    people = households = told = 0
    async with connection.transaction():
        for household in generate(city, scale):
            rows.add(household)
            people += len(household.members)
            households += 1
            if people - told >= _BATCH:
                told = people
                await _load(connection, rows)
                on_progress(people)
        await _load(connection, rows)
        for sequence, last in rows.sequences().items():
            await connection.execute("SELECT setval($1::text::regclass, $2)", sequence, last)
    on_progress(people)
    return Seeded(people, households)


async def _load(connection: asyncpg.Connection, rows: Layout) -> None:
    for table, records in rows.drain().items():
        if records:
            await connection.copy_records_to_table(table, records=records, columns=rows.columns[table])
