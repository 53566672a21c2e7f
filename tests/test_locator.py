"""The locator: what it remembers, how it hears of changes, and that it never keeps a number."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from resolvers.ledger.ledger import Ledger
from resolvers.ledger.locator import CHANNEL, Locator, Owner, switch
from resolvers.problems import TryLater
from tests.provinces import LOCATOR_SECRET

NUMBER = "33078219880815907X"
MakeLedger = Callable[[], Awaitable[Ledger]]


@pytest.fixture
async def ledger(make_ledger: MakeLedger) -> Ledger:
    return await make_ledger()


@pytest.fixture
def locator(ledger: Ledger) -> Locator:
    return Locator(ledger, LOCATOR_SECRET)


@pytest.fixture
async def hearing(locator: Locator) -> AsyncIterator[Locator]:
    task = asyncio.ensure_future(locator.listen())
    await until(lambda: locator.hearing)
    yield locator
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async def asked() -> bool:
        return holds()

    await until_found(asked)


async def until_found(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again: what another connection does has no event here to wait for."""
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def in_table(ledger: Ledger, sql: str) -> list[tuple[object, ...]]:
    async with ledger.session() as session:
        return [tuple(row) for row in await session.fetch(sql)]


def test_the_key_is_a_keyed_hash_of_sixteen_bytes(ledger: Ledger) -> None:
    locator = Locator(ledger, b"a" * 32)
    # Computed once with `openssl dgst -sha256 -hmac` over the same secret and text.
    assert locator.key(NUMBER).hex() == "72c6eded1d80c35af42af8ef9ea405f8"
    assert Locator(ledger, b"b" * 32).key(NUMBER) != locator.key(NUMBER)


def test_a_short_secret_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="31 bytes, at least 32"):
        Locator(ledger, b"a" * 31)


async def test_what_was_learned_is_found(locator: Locator) -> None:
    key = locator.key(NUMBER)
    assert await locator.find(key) is None
    await locator.learn(key, "wenzhou", None)
    assert await locator.find(key) == Owner(("wenzhou",), disputed=False, version=1)


async def test_two_that_learn_at_once_leave_one_entry(locator: Locator, ledger: Ledger) -> None:
    key = locator.key(NUMBER)
    await asyncio.gather(*(locator.learn(key, city, None) for city in ("wenzhou", "jinhua", "wenzhou", "huzhou")))
    assert await in_table(ledger, "SELECT count(*), max(version) FROM locator") == [(1, 1)]


async def test_a_repair_that_comes_late_changes_nothing(locator: Locator) -> None:
    key = locator.key(NUMBER)
    await locator.learn(key, "wenzhou", None)
    seen = await locator.find(key)
    await locator.learn(key, "jinhua", seen)
    await locator.learn(key, "huzhou", seen)
    assert await locator.find(key) == Owner(("jinhua",), disputed=False, version=2)


async def test_a_dispute_names_its_cities_and_opens_one_task(locator: Locator, ledger: Ledger) -> None:
    key = locator.key(NUMBER)
    await locator.learn(key, "wenzhou", None)
    await locator.dispute(key, ["hangzhou", "wenzhou"])
    await locator.dispute(key, ["hangzhou", "wenzhou"])
    assert await locator.find(key) == Owner(("hangzhou", "wenzhou"), disputed=True, version=2)
    assert await in_table(ledger, "SELECT cities, closed_at FROM dispute") == [(["hangzhou", "wenzhou"], None)]


async def test_learning_changes_nothing_about_a_dispute(locator: Locator, ledger: Ledger) -> None:
    key = locator.key(NUMBER)
    await locator.dispute(key, ["hangzhou", "wenzhou"])
    before = await in_table(ledger, "TABLE locator")
    await locator.learn(key, "wenzhou", None)
    await locator.learn(key, "wenzhou", await locator.find(key))
    assert await in_table(ledger, "TABLE locator") == before
    assert await locator.find(key) == Owner(("hangzhou", "wenzhou"), disputed=True, version=1)


async def test_no_number_is_in_the_tables_or_in_a_notification(hearing: Locator, ledger: Ledger) -> None:
    heard: list[str] = []
    async with ledger.session() as session:

        def hear(_connection: object, _pid: int, _channel: str, word: object) -> None:
            heard.append(str(word))

        await session.add_listener(CHANNEL, hear)
        await hearing.learn(hearing.key(NUMBER), "wenzhou", None)
        await hearing.dispute(hearing.key(NUMBER), ["hangzhou", "wenzhou"])
        await until(lambda: len(heard) == 2)
        await session.remove_listener(CHANNEL, hear)
        dump = str(await session.fetch("SELECT l::text FROM locator l")) + str(await session.fetch("TABLE dispute"))
    assert heard == [hearing.key(NUMBER).hex()] * 2
    assert NUMBER not in dump
    assert NUMBER.encode().hex() not in dump


async def test_the_table_is_spread_over_eight_partitions(locator: Locator, ledger: Ledger) -> None:
    for serial in range(200):
        await locator.learn(locator.key(str(serial)), "wenzhou", None)
    parts = await in_table(ledger, "SELECT tableoid::regclass::text, count(*) FROM locator GROUP BY 1 ORDER BY 1")
    assert [name for name, _ in parts] == [f"locator_{part}" for part in range(8)]


async def test_without_hearing_nothing_is_answered_from_memory(locator: Locator, ledger: Ledger) -> None:
    key = locator.key(NUMBER)
    await locator.learn(key, "wenzhou", None)
    await locator.find(key)
    async with ledger.session() as session:
        await session.execute("UPDATE locator SET city = 'jinhua'")
    owner = await locator.find(key)
    assert owner is not None
    assert owner.city == "jinhua"


async def test_hearing_it_answers_from_memory_until_another_process_changes_the_entry(
    hearing: Locator, ledger: Ledger
) -> None:
    key = hearing.key(NUMBER)
    other = Locator(ledger, LOCATOR_SECRET)
    async with ledger.session() as session:
        await session.execute("INSERT INTO locator (key, city) VALUES ($1, 'wenzhou')", key)
        before = await hearing.find(key)
        await session.execute("UPDATE locator SET city = 'huzhou'")  # told nobody: proves the memory is used
    assert await hearing.find(key) == before
    await other.dispute(key, ["jinhua", "wenzhou"])

    async def disputed() -> bool:
        owner = await hearing.find(key)
        return owner is not None and owner.disputed

    await until_found(disputed)


async def test_a_switch_is_told_when_its_transaction_commits_and_not_when_it_does_not(
    hearing: Locator, ledger: Ledger
) -> None:
    key = hearing.key(NUMBER)
    await hearing.learn(key, "wenzhou", None)
    await hearing.find(key)

    async def switch_and_fail() -> None:
        async with ledger.transaction() as session:
            assert await switch(session, key, "jinhua", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await switch_and_fail()
    assert (await hearing.find(key)) == Owner(("wenzhou",), disputed=False, version=1)
    async with ledger.transaction() as session:
        assert not await switch(session, key, "jinhua", 7)
        assert await switch(session, key, "jinhua", 1)

    async def moved() -> bool:
        return await hearing.find(key) == Owner(("jinhua",), disputed=False, version=2)

    await until_found(moved)


async def test_the_memory_is_bounded_and_keeps_what_is_used(ledger: Ledger) -> None:
    locator = Locator(ledger, LOCATOR_SECRET, capacity=2)
    keys = [locator.key(str(serial)) for serial in range(3)]
    for key in keys:
        await locator.learn(key, "wenzhou", None)
    task = asyncio.ensure_future(locator.listen())
    await until(lambda: locator.hearing)
    for key in (keys[0], keys[1], keys[0], keys[2]):
        await locator.find(key)
    async with ledger.session() as session:
        await session.execute("UPDATE locator SET city = 'jinhua'")
    found = [await locator.find(key) for key in (keys[0], keys[2], keys[1])]
    assert [owner and owner.city for owner in found] == ["wenzhou", "wenzhou", "jinhua"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_when_the_listener_is_lost_the_memory_is_dropped_until_it_is_back(
    hearing: Locator, ledger: Ledger
) -> None:
    key = hearing.key(NUMBER)
    await hearing.learn(key, "wenzhou", None)
    await hearing.find(key)
    async with ledger.session() as session:
        await session.execute("UPDATE locator SET city = 'jinhua'")
        ended = await session.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert ended == 1
    await until(lambda: not hearing.hearing)
    owner = await hearing.find(key)
    assert owner is not None
    assert owner.city == "jinhua"
    await until(lambda: hearing.hearing)
    assert await hearing.find(key) == owner


async def test_a_ledger_that_is_gone_is_try_later(make_ledger: MakeLedger) -> None:
    ledger = await make_ledger()
    locator = Locator(ledger, LOCATOR_SECRET)
    await ledger.close()
    with pytest.raises(TryLater) as raised:
        await locator.find(locator.key(NUMBER))
    assert raised.value.code == "LEDGER_UNAVAILABLE"
