"""Opens everything a gateway process stands on, and gives it back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.settings import CitySettings, Settings
from resolvers.channels import policy_of
from resolvers.clock import Clock, SystemClock
from resolvers.ledger.ledger import Ledger
from resolvers.ledger.locator import Locator
from resolvers.line import Line
from resolvers.province import City, Province
from resolvers.seal import Seal
from tongban_adapters.discovery import open_registry


@asynccontextmanager
async def open_province(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Province]:
    """Lend a province: ledger migrated and open, every registry behind its line (a city that is down is no error)."""
    async with AsyncExitStack() as opened:
        ledger = await Ledger.open(settings.ledger_url)
        opened.push_async_callback(ledger.close)
        cities = {}
        for city in sorted(settings.cities, key=lambda city: city.config.code):
            cities[city.config.slug] = _city(city)
            opened.push_async_callback(cities[city.config.slug].registry.close)
        yield Province(
            cities=cities,
            locator=Locator(ledger, settings.locator_key),
            ledger=ledger,
            clock=clock or SystemClock(),
            seal=Seal(settings.seal_key),
            policy=policy_of(tuple(cities)),
        )


def _city(city: CitySettings) -> City:
    config = city.config
    return City(
        slug=config.slug,
        code=config.code,
        name_zh=config.name_zh,
        name_en=config.name_en,
        registry=open_registry(config, city.url),
        line=Line(config.patience_ms, config.max_connections, config.queue),
    )
