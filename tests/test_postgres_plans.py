"""The statements the transport makes fit the indexes of the sandbox layouts."""

from collections.abc import AsyncIterator, Sequence
from typing import cast

import asyncpg
import pytest
import pytest_asyncio

from gateway.postgres import PostgresServer
from tests.small_registry import LAYOUTS, config_of, small_database
from tongban_adapters.mapping import CityConfig
from tongban_adapters.mapping.records import RegistryMap
from tongban_adapters.model import KEYS, Condition, Criteria, Kind, Match, Page
from tongban_adapters.postgres.pool import Pool
from tongban_adapters.postgres.reading import compile_read
from tongban_adapters.postgres.searching import Searcher


class Explaining:
    """Stands where the pool stands, and keeps the plan of every statement instead of its rows."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.plans: list[str] = []

    async def fetch(self, sql: str, arguments: Sequence[object]) -> list[asyncpg.Record]:
        """Explain the statement as it would run with any values."""
        rows = await self.connection.fetch(f"EXPLAIN {sql}", *arguments)
        self.plans.append("\n".join(row[0] for row in rows))
        return []


@pytest_asyncio.fixture(scope="module", params=LAYOUTS)
async def explaining(request: pytest.FixtureRequest, postgres: PostgresServer) -> AsyncIterator[Explaining]:
    layout: str = request.param
    connection = await asyncpg.connect(await small_database(postgres, layout, f"plans_{layout}"))
    # A table of a few rows is read as a whole and sorted, unless that is made dear.
    await connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off")
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    yield Explaining(connection)
    await connection.close()


@pytest.fixture
def registry(explaining: Explaining, request: pytest.FixtureRequest) -> tuple[CityConfig, RegistryMap]:
    config = config_of(request.node.callspec.params["explaining"])
    assert config.registry is not None
    return config, config.registry


async def test_every_key_is_read_through_an_index(
    explaining: Explaining, registry: tuple[CityConfig, RegistryMap]
) -> None:
    config, mapping = registry
    for kind, keys in KEYS.items():
        for key in keys:
            fields = sorted(mapping.kinds[kind].sources[0].fields)
            for part in compile_read(config.slug, mapping.kinds[kind], key, fields):
                explaining.plans.clear()
                await explaining.fetch(part.sql, ([1 if part.key.select != "{}" else "1"],))
                assert "Seq Scan" not in explaining.plans[0], f"{kind} by {key}\n{explaining.plans[0]}"


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (Kind.PERSON, ()),
        (Kind.PERSON, (Condition("name", Match.EQUALS, "叶一"),)),
        (Kind.PERSON, (Condition("name", Match.STARTS_WITH, "叶"),)),
        (Kind.HOUSEHOLD, (Condition("number", Match.EQUALS, "000000010"),)),
        (Kind.HOUSEHOLD, (Condition("state", Match.EQUALS, "NORMAL"),)),
    ],
)
async def test_a_page_comes_from_an_index_in_its_order(
    explaining: Explaining,
    registry: tuple[CityConfig, RegistryMap],
    kind: Kind,
    where: tuple[Condition, ...],
) -> None:
    config, mapping = registry
    explaining.plans.clear()
    searcher = Searcher(config.slug, mapping, cast("Pool", explaining))
    await searcher.search(Criteria(kind, where), ("ref", "number"), Page(20, ("叶", "1")))
    [plan] = explaining.plans
    assert "Sort" not in plan, plan
    assert "Seq Scan" not in plan, plan
    assert "ROW(" in plan, plan  # the position is looked up, not skipped over
