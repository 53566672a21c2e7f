"""A gateway process that is killed without warning at one chosen point; run as a module, told what to do on stdin."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec

from resolvers.books import apply_household_book
from resolvers.caller import Purpose
from resolvers.ledger.ledger import Ledger, Session
from resolvers.registry_work import Worker
from tests.counter import LAUNCH, officer, replacement
from tests.provinces import province_over, visit
from tongban_adapters.contract import Registry
from tongban_adapters.discovery import open_registry
from tongban_adapters.mapping import load_city
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

CITIES = Path(__file__).parents[1] / "cities"


class Order(msgspec.Struct, frozen=True):
    """What to do: apply for a book under `key`, or (no key) work on waiting cases; and where to die."""

    ledger: str
    registries: dict[str, str]
    point: str
    key: UUID | None


class Death:
    """Kills this process when its point is reached: no handler runs, no connection is closed."""

    def __init__(self, point: str) -> None:
        self._point = point

    def at(self, point: str) -> None:
        """Die here, if this is the place."""
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingRegistry:
    """A registry whose writing calls are points to die at, before they are sent and after they were answered."""

    def __init__(self, registry: Registry, death: Death) -> None:
        self._registry = registry
        self._death = death
        self.city = registry.city
        self.capabilities: Capabilities = registry.capabilities

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Read as the registry does."""
        return await self._registry.read(kind, by, keys, fields)

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        """Search as the registry does."""
        return await self._registry.search(criteria, fields, page)

    async def prepare(self, entry: Entry) -> Prepared:
        """Prepare, or die."""
        self._death.at("before prepare")
        prepared = await self._registry.prepare(entry)
        self._death.at("after prepare")
        return prepared

    async def commit(self, entry_id: EntryId) -> Receipt:
        """Commit, or die."""
        self._death.at("before commit")
        receipt = await self._registry.commit(entry_id)
        self._death.at("after commit")
        return receipt

    async def cancel(self, entry_id: EntryId) -> None:
        """Cancel as the registry does."""
        await self._registry.cancel(entry_id)

    async def status(self, entry_id: EntryId) -> EntryState:
        """Tell as the registry does."""
        return await self._registry.status(entry_id)

    async def health(self) -> Health:
        """Tell as the registry does."""
        return await self._registry.health()

    async def close(self) -> None:
        """Close the registry."""
        await self._registry.close()


class DyingLedger(Ledger):
    """A ledger whose transactions are points to die at: `in transaction n` before it commits, `after` when it has."""

    death: Death
    count = 0

    @asynccontextmanager
    async def transaction(self, code: str = "LEDGER_UNAVAILABLE") -> AsyncIterator[Session]:
        """Lend a transaction, or die in it or after it."""
        self.count += 1
        number = self.count
        async with super().transaction(code) as session:
            yield session
            self.death.at(f"in transaction {number}")
        self.death.at(f"after transaction {number}")


async def live(order: Order) -> None:
    """Do what is ordered until death comes."""
    death = Death(order.point)
    registries = [
        DyingRegistry(open_registry(load_city(CITIES / f"{city}.toml"), url), death)
        for city, url in order.registries.items()
    ]
    ledger = await DyingLedger.open(order.ledger)
    assert isinstance(ledger, DyingLedger)
    ledger.death = death
    province = replace(province_over(ledger, registries), clock=LAUNCH)
    if order.key is None:
        await Worker(province).run()
    else:
        await apply_household_book(province, visit(province, officer(), Purpose("D02")), replacement(order.key))


if __name__ == "__main__":
    asyncio.run(live(msgspec.json.decode(sys.stdin.buffer.read(), type=Order)))
