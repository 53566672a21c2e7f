"""The real parts that tests share."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.demo.stand_in import Job, fill
from gateway.postgres import PostgresServer
from gateway.province import open_province
from gateway.settings import Settings
from resolvers.clock import Clock
from resolvers.ledger.ledger import Ledger
from resolvers.locator_rebuild import rebuild
from resolvers.province import Province
from tests.gateways import Client, OpenGateway, gateway_over, settings_over
from tests.provinces import MakeProvince, province_over
from tongban_adapters.contract import Registry
from tongban_adapters.discovery import open_registry
from tongban_adapters.mapping import load_city

CITIES = Path(__file__).parent.parent / "cities"

# Tests may lose their data: durability only costs time there.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# What every test printed and logged, by test; looked through by tests/test_log_of_the_run.py.
PRINTED: list[tuple[str, str]] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what the test printed and logged."""
    PRINTED.extend((report.nodeid, text) for _, text in report.sections)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look through the output when there is nothing more to come."""
    items.sort(key=lambda item: item.path.name == "test_log_of_the_run.py")


@pytest.fixture(scope="session")
def new_home() -> Iterator[Callable[[], Path]]:
    """Make home folders outside pytest's own, which the account that runs PostgreSQL for root cannot enter."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tongban home "))
        folder.chmod(0o711)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(new_home: Callable[[], Path]) -> Iterator[PostgresServer]:
    """One server for the whole run; a test makes databases of its own in it."""
    server = PostgresServer.start(new_home(), options=FORGETFUL)
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def make_ledger(postgres: PostgresServer) -> AsyncIterator[Callable[[], Awaitable[Ledger]]]:
    """Open ledgers, each in an empty database of its own."""
    opened: list[Ledger] = []

    async def make() -> Ledger:
        name = f"ledger_{uuid4().hex[:8]}"
        opened.append(await Ledger.open(await postgres.ensure_database(name, name, "secret")))
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.pool.terminate()  # a failed test may still hold a connection; the server is going to stop anyway


@pytest.fixture
async def make_province(make_ledger: Callable[[], Awaitable[Ledger]]) -> AsyncIterator[MakeProvince]:
    """Make provinces of the registries given, each with an empty ledger of its own, as long as the test runs."""
    ledgers: list[Ledger] = []

    async def make(registries: Iterable[Registry]) -> Province:
        ledgers.append(await make_ledger())
        return province_over(ledgers[-1], registries)

    yield make
    for ledger in ledgers:
        ledger.pool.terminate()


@pytest.fixture(scope="session")
async def registries(postgres: PostgresServer) -> Mapping[str, str]:
    """The eleven registries, each filled at 1:10000 in a database of its own role: slug → address."""
    urls: dict[str, str] = {}
    for path in sorted(CITIES.glob("*.toml")):
        city = load_city(path)
        urls[city.slug] = await postgres.ensure_database(city.slug, city.slug, "secret")
        await fill(Job(city.slug, city.layout, 10_000, urls[city.slug]), lambda _: None)
    return urls


@pytest.fixture(scope="session")
async def province(
    make_ledger: Callable[[], Awaitable[Ledger]], registries: Mapping[str, str]
) -> AsyncIterator[Province]:
    """The seeded registries behind patient lines, with a ledger of their own whose locator is filled."""
    opened = [open_registry(load_city(CITIES / f"{city}.toml"), url) for city, url in registries.items()]
    province = province_over(await make_ledger(), opened)
    await rebuild(province, lambda _city, _persons: None)
    yield province
    for registry in opened:
        await registry.close()


@pytest.fixture(scope="session")
async def gateway_settings(
    postgres: PostgresServer, registries: Mapping[str, str], new_home: Callable[[], Path]
) -> Settings:
    """The settings of a gateway over the seeded registries, with a ledger whose locator is filled."""
    ledger = await postgres.ensure_database("gateway", "gateway", "secret")
    settings = settings_over(new_home(), ledger, registries)
    async with open_province(settings) as province:
        await rebuild(province, lambda _city, _persons: None)
    return settings


@pytest.fixture(scope="session")
async def gateway(gateway_settings: Settings) -> AsyncIterator[Client]:
    """One running gateway for the whole run, today."""
    async with gateway_over(gateway_settings) as client:
        yield client


@pytest.fixture
def gateway_url(gateway: Client) -> str:
    """The address of the running gateway."""
    return gateway.url


@pytest.fixture
async def open_gateway(gateway_settings: Settings) -> AsyncIterator[OpenGateway]:
    """Start further gateways on the same ledger, on other days."""
    async with AsyncExitStack() as opened:

        async def start(clock: Clock) -> Client:
            return await opened.enter_async_context(gateway_over(gateway_settings, clock))

        yield start
