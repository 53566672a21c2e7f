"""Starts the demo: server, registries, keys, locator, gateway, each made once and found again at the next start."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gateway.app import build_app
from gateway.demo.greeting import greeting
from gateway.demo.kept import KeptSecrets
from gateway.demo.notes import read_notes, write_note
from gateway.demo.personas import PERSONAS, claims_of
from gateway.demo.progress import Progress
from gateway.demo.registries import DemoProblem, fill, make_databases
from gateway.demo.stand_in import Report
from gateway.playground.page import PersonaToken
from gateway.postgres import PostgresServer
from gateway.postgres_binaries import PostgresProblem
from gateway.postgres_home import data_elsewhere
from gateway.postgres_watch import while_running
from gateway.province import open_province
from gateway.server import CannotListen, listen, serve
from gateway.settings import (
    CHECKOUT,
    DEFAULT_HOST,
    LOCATOR_KEY_BYTES,
    SEAL_KEY_BYTES,
    HomeSettings,
    Settings,
    SettingsError,
    environment,
    home_of,
    load,
    write_settings,
)
from gateway.tokens import ensure_issuer, sign
from resolvers.clock import SystemClock
from resolvers.ledger.locator import key_of
from resolvers.locator_rebuild import rebuild
from resolvers.problems import Problem
from resolvers.province import Province
from tongban_adapters.errors import MappingError
from tongban_adapters.mapping import CityConfig, load_city
from tongban_adapters.migrations import MigrationError
from tongban_adapters.sandbox.population.places import REGISTERED, people

LEDGER = "ledger"
COMPLETE = "Tongban ledger, locator complete"
USUAL_SCALE = 1000
LARGEST = 10
TOLD = (PostgresProblem, CannotListen, DemoProblem, SettingsError, MappingError, MigrationError, Problem)


def run_demo(home: Path, port: int, scale: int | None = None) -> int:
    """Prepare `home`, serve on `port` until Ctrl-C or SIGTERM, stop cleanly; returns the exit code.

    `scale` N means one synthetic person for N registered ones; None: that of the home, else 1:1000.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = 0
    try:
        _run(home, port, scale)
    except* TOLD as group:
        for line in sorted({str(error) for error in _leaves(group)}):
            print(f"demo: {line}", file=sys.stderr)
        code = 1
    except* KeyboardInterrupt:
        pass  # the way to end it
    if code == 0:
        print("demo: stopped", flush=True)
    return code


def _run(home: Path, port: int, scale: int | None) -> None:
    if scale is not None and scale < LARGEST:
        raise DemoProblem(f"--scale is the N of 1:N and at least {LARGEST}")
    listener = listen(DEFAULT_HOST, port)
    progress = Progress()
    print("Preparing the demo:", flush=True)
    told = data_elsewhere(home)
    with progress.stage("PostgreSQL"):
        server = PostgresServer.start(home)
    elsewhere = data_elsewhere(home)
    if elsewhere != told:
        print(f"  The data is kept in {elsewhere}: the account that runs PostgreSQL cannot enter {home}", flush=True)
    try:
        with while_running(server):
            settings = asyncio.run(prepare(server, home, port, scale, progress))
            app = build_app(settings, personas=partial(_persona_tokens, settings))
            serve(app, listener, lambda: print(greeting(port, home, home_of({}), _tokens(settings)), flush=True))
    finally:
        listener.close()
        server.stop()


async def prepare(server: PostgresServer, home: Path, port: int, scale: int | None, progress: Progress) -> Settings:
    """Make what is missing in the home, one person for `scale`; return the settings of a gateway on it."""
    secrets = KeptSecrets.of(home)
    cities = _sandbox_cities(environment())
    with progress.stage("Databases"):
        made = await make_databases(server, secrets, cities, scale, USUAL_SCALE)
        ledger = await server.ensure_database(LEDGER, LEDGER, secrets.password(LEDGER))
    for slug in made.unreached:
        print(f"  {slug} cannot be reached; it is served when it is back", flush=True)
    if jobs := made.jobs:
        jobs.sort(key=lambda job: -REGISTERED[job.city])  # the largest first, so that no worker is left alone with it
        await write_note(server, LEDGER, "")
        with progress.stage("Registries"):
            await fill(server, jobs, _counter(progress, sum(people(job.city, job.scale) for job in jobs)))
    write_settings(
        home,
        HomeSettings(
            port=port,
            ledger_url=ledger,
            city_urls=made.urls,
            locator_key=secrets.key("locator.key", LOCATOR_KEY_BYTES),
            seal_key=secrets.key("seal.key", SEAL_KEY_BYTES),
            issuers=[ensure_issuer(home)],
        ),
    )
    settings = load({**environment(), "TONGBAN_HOME": str(home), "TONGBAN_PORT": str(port)})
    # Opened in any case: a ledger that cannot be reached is said now.
    async with open_province(settings, SystemClock()) as province:
        # A ledger elsewhere (TONGBAN_DATABASE_URL) has no note of ours.
        if (await read_notes(server))[LEDGER] != COMPLETE or settings.ledger_url != ledger:
            with progress.stage("Locator"):
                await server.begin_checkpoint()
                await _fill_locator(province, progress)
            await write_note(server, LEDGER, COMPLETE)
    return settings


def _tokens(settings: Settings) -> dict[str, str]:
    """Return a fresh token for every persona."""
    now, hashed = datetime.now(UTC), partial(key_of, settings.locator_key)
    return {name: sign(settings.home, claims_of(persona, hashed), now) for name, persona in PERSONAS.items()}


def _persona_tokens(settings: Settings) -> list[PersonaToken]:
    """Return what the playground's persona switch offers."""
    tokens = _tokens(settings)
    return [PersonaToken(name, who.name, tokens[name], who.purpose) for name, who in PERSONAS.items()]


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _counter(progress: Progress, total: int) -> Callable[[Report], None]:
    """Return what draws the sum of all cities' reports."""
    written: dict[str, int] = {}

    def on_report(report: Report) -> None:
        written[report.city] = report.people
        progress.show(sum(written.values()), total, "people")

    return on_report


def _sandbox_cities(environ: Mapping[str, str]) -> list[CityConfig]:
    """Return the cities that get a stand-in: those with synthetic people and no registry of their own in `environ`."""
    known = [load_city(path) for path in sorted((CHECKOUT / "cities").glob("*.toml"))]
    own = {city.slug for city in known if environ.get(f"TONGBAN_CITY_{city.slug.upper()}_URL")}
    return [city for city in known if city.slug in REGISTERED and city.slug not in own]


async def _fill_locator(province: Province, progress: Progress) -> None:
    seen: dict[str, int] = {}

    def on_progress(city: str, persons: int) -> None:
        seen[city] = persons
        progress.show(sum(seen.values()), sum(seen.values()), "people found")

    await rebuild(province, on_progress)
