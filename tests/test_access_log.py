"""Who looked at whom: rows durable before the answer, append-only, shown to the citizen they are about."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from gateway.postgres import PostgresServer
from resolvers.audit import access_log, settle
from resolvers.caller import ANONYMOUS, Caller, Purpose, Role
from resolvers.channels import POLICY
from resolvers.clock import FixedClock
from resolvers.disclosure import disclose
from resolvers.ledger.ledger import Ledger
from resolvers.ledger.locator import Locator
from resolvers.problems import AskForRight, FixInput, TryLater
from resolvers.province import Province
from resolvers.seal import Seal
from resolvers.visit import Visit
from tongban_adapters.model import Kind

MOMENT = datetime(2021, 6, 1, 1, 30, tzinfo=UTC)
OFFICER = Caller(Role.OFFICER, id="officer-1", station="330782001000")


@pytest.fixture(scope="module")
async def house(postgres: PostgresServer) -> AsyncIterator[Province]:
    """A province of no cities, with a ledger of its own."""
    name = f"ledger_{uuid4().hex[:8]}"
    ledger = await Ledger.open(await postgres.ensure_database(name, name, "secret"))
    yield Province({}, Locator(ledger, b"k" * 32), ledger, FixedClock(MOMENT), Seal(b"s" * 32), POLICY)
    await ledger.close()


@pytest.fixture
def ye() -> bytes:
    return uuid4().bytes


@pytest.fixture
def other() -> bytes:
    return uuid4().bytes


def citizen(key: bytes) -> Caller:
    return Caller(Role.CITIZEN, id=f"citizen {key.hex()}", subject_key=key)


def visit(house: Province, caller: Caller, purpose: str | None = None) -> Visit:
    return Visit.start(house, caller, Purpose(purpose) if purpose else None, 1e12, "request-1")


async def count(house: Province, *keys: bytes) -> int:
    return int(await house.ledger.pool.fetchval("SELECT count(*) FROM access_log WHERE subject_key = ANY($1)", keys))


async def look(house: Province, *keys: bytes, purpose: str = "D02") -> None:
    asking = visit(house, OFFICER, purpose)
    await disclose(house, asking, "person", Kind.PERSON, "wenzhou", keys, ("name", "state"))
    await settle(house, asking)


async def test_the_citizen_sees_which_unit_looked_and_why(house: Province, ye: bytes) -> None:
    await look(house, ye)
    page = await access_log(house, visit(house, citizen(ye)), 50, None)
    [listed] = page.items
    entry = listed.entry
    assert (entry.at, entry.unit, entry.role, entry.purpose) == (MOMENT, "330782001000", Role.OFFICER, "D02")
    assert (entry.city, entry.operation, entry.kind, entry.fields) == (
        "wenzhou",
        "person",
        Kind.PERSON,
        ("name", "state"),
    )
    assert (page.has_next, page.end_cursor) == (False, listed.cursor)


async def test_one_read_of_several_people_is_one_row_for_each(house: Province, ye: bytes, other: bytes) -> None:
    await look(house, ye, other)
    assert await count(house, ye, other) == 2
    assert len((await access_log(house, visit(house, citizen(ye)), 50, None)).items) == 1


async def test_reading_nobody_writes_nothing(house: Province) -> None:
    before = await house.ledger.pool.fetchval("SELECT count(*) FROM access_log")
    await look(house)
    assert await house.ledger.pool.fetchval("SELECT count(*) FROM access_log") == before


async def test_pages_are_newest_first_and_go_on_where_they_ended(house: Province, ye: bytes) -> None:
    for purpose in ("D01", "D02", "D03"):
        await look(house, ye, purpose=purpose)
    first = await access_log(house, visit(house, citizen(ye)), 2, None)
    assert [listed.entry.purpose for listed in first.items] == ["D03", "D02"]
    assert first.has_next
    await look(house, ye, purpose="D04")
    second = await access_log(house, visit(house, citizen(ye)), 2, first.end_cursor)
    assert [listed.entry.purpose for listed in second.items] == ["D01"]
    assert not second.has_next


async def test_a_cursor_of_another_citizens_log_is_refused(house: Province, ye: bytes, other: bytes) -> None:
    await look(house, ye, other)
    page = await access_log(house, visit(house, citizen(ye)), 1, None)
    with pytest.raises(FixInput) as refused:
        await access_log(house, visit(house, citizen(other)), 1, page.end_cursor)
    assert refused.value.code == "BAD_CURSOR"


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (ANONYMOUS, "UNAUTHENTICATED"),
        (OFFICER, "NOT_ALLOWED"),
        (Caller(Role.AUDITOR, id="auditor"), "NOT_ALLOWED"),
        (Caller(Role.CITY_IT, id="it"), "NOT_ALLOWED"),
    ],
    ids=lambda value: value.role.value if isinstance(value, Caller) else value,
)
async def test_nobody_else_reads_a_log_of_his_own(house: Province, caller: Caller, code: str) -> None:
    with pytest.raises(AskForRight) as refused:
        await access_log(house, visit(house, caller, "D02"), 50, None)
    assert refused.value.code == code


@pytest.mark.parametrize("first", [0, -1, 101, 100_000])
async def test_a_page_has_a_sensible_size(house: Province, ye: bytes, first: int) -> None:
    with pytest.raises(FixInput) as refused:
        await access_log(house, visit(house, citizen(ye)), first, None)
    assert refused.value.code == "PAGE_SIZE"


@pytest.mark.parametrize(
    "statement", ["UPDATE access_log SET unit = ''", "DELETE FROM access_log", "TRUNCATE access_log"]
)
async def test_the_log_can_only_grow(house: Province, ye: bytes, statement: str) -> None:
    await look(house, ye)
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await house.ledger.pool.execute(statement)
    assert await count(house, ye) == 1


async def test_without_the_log_nothing_is_shown(postgres: PostgresServer, ye: bytes) -> None:
    name = f"ledger_{uuid4().hex[:8]}"
    ledger = await Ledger.open(await postgres.ensure_database(name, name, "secret"), patience=0.5)
    house = Province({}, Locator(ledger, b"k" * 32), ledger, FixedClock(MOMENT), Seal(b"s" * 32), POLICY)
    await postgres.drop_database(name)
    with pytest.raises(TryLater) as refused:
        await look(house, ye)
    assert refused.value.code == "AUDIT_UNAVAILABLE"
    ledger.pool.terminate()
