"""One city's registry in PostgreSQL, behind the contract."""

import asyncio
from collections.abc import Sequence
from types import MappingProxyType

from tongban_adapters.errors import AdapterError
from tongban_adapters.mapping import CityConfig
from tongban_adapters.mapping.records import RegistryMap
from tongban_adapters.model import (
    Capabilities,
    Criteria,
    Entry,
    EntryId,
    EntryState,
    Found,
    Health,
    Key,
    Kind,
    Page,
    Prepared,
    Receipt,
    Row,
)
from tongban_adapters.postgres.pool import Pool
from tongban_adapters.postgres.reading import Reader
from tongban_adapters.postgres.searching import Searcher
from tongban_adapters.postgres.writing import Writer

_ALIVE = "SELECT to_regclass('tongban.entry') IS NOT NULL"


class PostgresRegistry:
    """Implements `contract.Registry` over the tables a mapping names."""

    def __init__(self, config: CityConfig, registry: RegistryMap, url: str) -> None:
        self._city = config.slug
        self._acts = registry.acts
        self._pool = Pool(config.slug, url, config.max_connections, config.patience_ms)
        self._reader = Reader(config.slug, registry, self._pool, config.max_keys)
        self._searcher = Searcher(config.slug, registry, self._pool)
        self._writer = Writer(config.slug, registry, self._pool)
        self._capabilities = Capabilities(
            reads=frozenset(registry.kinds),
            searches=MappingProxyType({kind.kind: kind.search for kind in registry.kinds.values() if kind.search}),
            writes=registry.acts,
            prepare=bool(registry.acts),
            max_keys=config.max_keys,
        )

    @property
    def city(self) -> str:
        """The slug of the city."""
        return self._city

    @property
    def capabilities(self) -> Capabilities:
        """What the mapping declares."""
        return self._capabilities

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """See `Registry.read`."""
        return await self._reader.read(kind, by, keys, fields)

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        """See `Registry.search`."""
        return await self._searcher.search(criteria, tuple(fields), page)

    async def prepare(self, entry: Entry) -> Prepared:
        """See `Registry.prepare`."""
        return await self._writer.prepare(entry)

    async def commit(self, entry_id: EntryId) -> Receipt:
        """See `Registry.commit`."""
        return await self._writer.commit(entry_id)

    async def cancel(self, entry_id: EntryId) -> None:
        """See `Registry.cancel`."""
        await self._writer.cancel(entry_id)

    async def status(self, entry_id: EntryId) -> EntryState:
        """See `Registry.status`."""
        return await self._writer.status(entry_id)

    async def health(self) -> Health:
        """Ask the server; a registry that writes also needs the companion schema."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        problem = None
        try:
            installed = (await self._pool.fetch(_ALIVE, ()))[0][0]
        except AdapterError as error:
            problem = str(error)
        else:
            if self._acts and not installed:
                problem = f"{self._city}: the companion schema tongban is not installed"
        return Health(problem is None, (loop.time() - start) * 1000, problem)

    async def close(self) -> None:
        """Give back the connections."""
        await self._pool.close()
