"""The registries as the two compared servers see them: the smallest pool around asyncpg, one for each city."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from bench.tables import LAYOUTS, Layout
from gateway.settings import CitySettings, Settings

EVERYBODY = 100_000_000


class _Line:
    __slots__ = ("connection", "statements")

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.statements: dict[str, PreparedStatement[asyncpg.Record]] = {}


class LightPool:
    """Connections of one city, last used first, each with its statements prepared; no reset, no task, no timeout."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._lines = lines
        self._free = deque(lines)
        self._waiting: deque[asyncio.Future[None]] = deque()

    @classmethod
    async def open(cls, city: CitySettings) -> "LightPool":
        """Connect as often as the gateway may."""
        settings = {"jit": "off", "timezone": "UTC"}
        size = city.config.max_connections
        return cls([_Line(await asyncpg.connect(city.url, server_settings=settings)) for _ in range(size)])

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a statement on the next free connection."""
        while not self._free:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        line = self._free.pop()
        try:
            statement = line.statements.get(sql)
            if statement is None:
                statement = line.statements[sql] = await line.connection.prepare(sql)
            return await statement.fetch(*arguments)
        finally:
            self._free.append(line)
            if self._waiting:
                self._waiting.popleft().set_result(None)

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines:
            await line.connection.close()


@dataclass(frozen=True, slots=True, eq=False)
class OpenCity:
    """One registry, and its place in the order of the gateway's answers."""

    rank: int
    slug: str
    layout: Layout
    pool: LightPool


@dataclass(frozen=True, slots=True)
class Cities:
    """Every registry, and the whole locator in memory: number → owner."""

    all: Sequence[OpenCity]
    by_slug: dict[str, OpenCity]
    owner: dict[str, OpenCity]


@asynccontextmanager
async def open_cities(settings: Settings) -> AsyncIterator[Cities]:
    """Lend the registries of the settings."""
    async with AsyncExitStack() as opened:
        cities = []
        for rank, city in enumerate(sorted(settings.cities, key=lambda city: city.config.code)):
            pool = await LightPool.open(city)
            opened.push_async_callback(pool.close)
            cities.append(OpenCity(rank, city.config.slug, LAYOUTS[city.config.layout], pool))
        owner = {row[0]: city for city in cities for row in await city.pool.fetch(city.layout.numbers, EVERYBODY)}
        yield Cities(cities, {city.slug: city for city in cities}, owner)
