"""Provinces for tests: any registries behind real lines, over a ledger of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from resolvers.breaker import Breaker
from resolvers.caller import Caller, Purpose, Role
from resolvers.channel_policy import POLICY
from resolvers.clock import FixedClock
from resolvers.ledger.ledger import Ledger
from resolvers.ledger.locator import Locator
from resolvers.line import Line, asyncio_time
from resolvers.province import City, Province
from resolvers.seal import Seal
from resolvers.visit import Visit
from tongban_adapters.contract import Registry
from tongban_adapters.divisions import CITY_CODES

MakeProvince = Callable[[Iterable[Registry]], Awaitable[Province]]

LAUNCH_DAY = FixedClock(datetime(2021, 6, 1, 1, 0, tzinfo=UTC))
LOCATOR_SECRET = b"locator secret of the test suite"
OFFICER = Caller(Role.OFFICER, "yiwu-officer", "Window officer", station="330782001000", division="330782")
D02 = Purpose("D02")


def province_over(ledger: Ledger, registries: Iterable[Registry]) -> Province:
    """Return a province whose cities are these registries; a twelfth city of a test lies in division 3399."""
    cities = {registry.city: city_of(registry) for registry in registries}
    ordered = dict(sorted(cities.items(), key=lambda item: item[1].code))
    return Province(ordered, Locator(ledger, LOCATOR_SECRET), ledger, LAUNCH_DAY, Seal(b"seal secret" * 3), POLICY)


def city_of(registry: Registry, patience_ms: int = 30_000, max_connections: int = 4, queue: int = 100) -> City:
    """Return the city of a registry with a patient line; its breaker probes again at once."""
    line = Line(patience_ms, max_connections, queue, Breaker(threshold=3, pause_s=0.0, time=asyncio_time))
    return City(
        registry.city, CITY_CODES.get(registry.city, "3399") + "00", registry.city, registry.city, registry, line
    )


def impatient(province: Province, slug: str, patience_ms: int) -> Province:
    """Return the province with a shorter patience for one city."""
    cities = dict(province.cities)
    cities[slug] = city_of(cities[slug].registry, patience_ms)
    return replace(province, cities=cities)


def visit(province: Province, caller: Caller = OFFICER, purpose: Purpose | None = D02, within_s: float = 60.0) -> Visit:
    """Start a request on the running loop."""
    return Visit.start(province, caller, purpose, asyncio.get_running_loop().time() + within_s, "request-1")


def citizen(province: Province, number: str) -> Caller:
    """Return the citizen whose number this is."""
    return Caller(Role.CITIZEN, "citizen", subject_key=province.locator.key(number))
