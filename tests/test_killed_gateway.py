"""A gateway killed with -9 at every durable point: the case goes on elsewhere, and Wenzhou writes exactly one row."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from gateway.postgres import PostgresServer
from resolvers.book_application import BookApplication
from resolvers.book_reading import valid_books
from resolvers.books import apply_household_book
from resolvers.caller import Purpose
from resolvers.case import Case, CaseState
from resolvers.cases import case_by_number
from resolvers.ledger.ledger import Ledger
from resolvers.province import Province
from tests.cities_down import stopped
from tests.counter import LAUNCH, YE, officer, replacement, working
from tests.dying_gateway import CITIES, Order
from tests.provinces import province_over, visit
from tongban_adapters.discovery import open_registry
from tongban_adapters.mapping import load_city

ROOT = Path(__file__).parents[1]
# Accepting; the entry's intent; the outcome.
APPLYING = [
    "in transaction 1",
    "after transaction 1",
    "in transaction 2",
    "after transaction 2",
    "before prepare",
    "after prepare",
    "before commit",
    "after commit",
    "in transaction 3",
    "after transaction 3",
]
# Reading's intent; the judgement; the entry's intent; the outcome.
WORKING = [
    "after transaction 1",
    "in transaction 2",
    "after transaction 2",
    "after transaction 3",
    "after prepare",
    "after commit",
    "after transaction 4",
]


@dataclass(frozen=True, slots=True)
class Stage:
    """The survivor's province, and what a second gateway process is told."""

    province: Province
    ledger: str
    registries: dict[str, str]

    async def killed(self, point: str, key: UUID | None) -> None:
        """Run a gateway until it is killed at the point."""
        order = msgspec.json.encode(Order(self.ledger, self.registries, point, key))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.dying_gateway", stdin=asyncio.subprocess.PIPE, cwd=ROOT
        )
        async with asyncio.timeout(60):
            await process.communicate(order)
        assert process.returncode == -signal.SIGKILL
        # The dead gateway's leases run out: ten seconds pass here in one statement.
        await self.province.ledger.pool.execute("UPDATE cases SET lease_until = now() WHERE lease_until IS NOT NULL")

    async def apply(self, asked: BookApplication) -> Case:
        """Apply at the survivor."""
        decision = await apply_household_book(self.province, visit(self.province, officer(), Purpose("D02")), asked)
        assert decision.case is not None
        return decision.case

    async def ready(self, number: str) -> Case:
        """Wait until the case may be printed."""
        while True:
            case = await case_by_number(self.province, visit(self.province, officer()), number)
            assert case is not None
            if case.state is CaseState.READY_TO_PRINT:
                return case

    async def journal(self, city: str, case: str) -> int:
        """Count a case's journal rows in a city's own database."""
        connection = await asyncpg.connect(self.registries[city])
        try:
            return int(await connection.fetchval("SELECT count(*) FROM hjls_hjywlsb WHERE wbajh = $1", case))
        finally:
            await connection.close()


@pytest.fixture(scope="module")
async def stage(postgres: PostgresServer, registries: Mapping[str, str]) -> AsyncIterator[Stage]:
    url = await postgres.ensure_database("killed", "killed", "secret")
    urls = {city: registries[city] for city in ("jinhua", "wenzhou")}
    opened = [open_registry(load_city(CITIES / f"{city}.toml"), address) for city, address in urls.items()]
    ledger = await Ledger.open(url)
    province = replace(province_over(ledger, opened), clock=LAUNCH)
    await province.locator.learn(province.locator.key(YE), "wenzhou", None)
    yield Stage(province, url, urls)
    for registry in opened:
        await registry.close()
    await ledger.close()


@pytest.mark.parametrize("point", APPLYING)
async def test_killed_while_accepting_the_case_is_one_case_and_one_journal_row(stage: Stage, point: str) -> None:
    asked = replacement(uuid4())
    await stage.killed(point, asked.idempotency_key)
    async with working(stage.province):
        case = await stage.apply(asked)
        done = await stage.ready(case.number)
    assert await stage.journal("wenzhou", done.number) == 1
    assert await stage.journal("jinhua", done.number) == 0
    others = "SELECT count(*) FROM cases WHERE number <> $1 AND state <> 'SUPERSEDED'"
    assert await stage.province.ledger.pool.fetchval(others, done.number) == 0


@pytest.mark.parametrize("point", WORKING)
async def test_killed_while_carrying_a_waiting_case_on_it_is_entered_once(
    stage: Stage, postgres: PostgresServer, point: str
) -> None:
    async with stopped(postgres, "wenzhou"):
        case = await stage.apply(replacement(uuid4()))
        assert case.state is CaseState.PENDING_REGISTRY
    await stage.killed(point, None)
    async with working(stage.province):
        done = await stage.ready(case.number)
    assert await stage.journal("wenzhou", done.number) == 1


async def test_after_all_that_the_household_has_one_valid_book_and_nothing_is_held(stage: Stage) -> None:
    household = await stage.province.ledger.pool.fetchval("SELECT book ->> 'household_ref' FROM cases LIMIT 1")
    deadline = asyncio.get_running_loop().time() + 10
    assert len(await valid_books(stage.province, stage.province.city("wenzhou"), household, deadline)) == 1
    connection = await asyncpg.connect(stage.registries["wenzhou"])
    try:
        assert await connection.fetchval("SELECT count(*) FROM tongban.entry WHERE phase = 'PREPARED'") == 0
        assert await connection.fetchval("SELECT count(*) FROM tongban.hold") == 0
    finally:
        await connection.close()
