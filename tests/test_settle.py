"""Accesses are noted once, written together with those of other requests, and lost by nobody's leaving."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.postgres import PostgresServer
from resolvers.accesses import Accesses
from resolvers.audit import on_record, settle
from resolvers.book_judgement import judge_again
from resolvers.caller import Caller, Role
from resolvers.disclosure import disclose
from resolvers.ledger.access import Access, AccessRows
from resolvers.ledger.access_writer import ROWS_AT_ONCE, AccessWriter
from resolvers.ledger.session import Session
from resolvers.people import person_by_number
from resolvers.problems import FixInput, TryLater
from resolvers.province import Province
from resolvers.visit import Visit
from tests.audit_store import held_up, rows, somebody_waits, taken_away, transactions
from tests.cities_down import stopped
from tests.counter import Window, open_window
from tests.hostile import HostileRegistry
from tests.provinces import D02, LAUNCH_DAY, OFFICER, MakeProvince
from tongban_adapters.model import Kind

YE, OTHER = b"ye".ljust(16), b"other".ljust(16)


@pytest.fixture
async def house(make_province: MakeProvince) -> Province:
    """A province of one city with one person, and a ledger of its own."""
    person = {"ref": "1", "number": "33030219751120904X", "name": "叶静芳", "state": "NORMAL"}
    return await make_province([HostileRegistry("wenzhou", {Kind.PERSON: [person]})])


@pytest.fixture
async def looking(house: Province) -> AsyncIterator[Session]:
    """A connection of the test's own to the ledger."""
    async with house.ledger.session() as session:
        yield session


def request(house: Province, name: str = "request-1", caller: Caller = OFFICER) -> Visit:
    return Visit.start(house, caller, D02, asyncio.get_running_loop().time() + 60, name)


async def look(
    house: Province, asking: Visit, *keys: bytes, fields: tuple[str, ...] = ("name",), operation: str = "person"
) -> None:
    await disclose(house, asking, operation, Kind.PERSON, "wenzhou", keys, fields)


async def looked(house: Province, name: str, key: bytes = YE) -> Visit:
    asking = request(house, name)
    await look(house, asking, key)
    return asking


# ---- noted once


async def test_nothing_is_written_until_it_is_settled(house: Province, looking: Session) -> None:
    asking = await looked(house, "request-1")
    assert (asking.accesses.settled, await rows(looking)) == (False, [])
    await settle(house, asking)
    assert (asking.accesses.settled, await rows(looking)) == (True, [("request-1", "person", YE)])


async def test_the_same_access_noted_again_is_one_row_settled_or_not(house: Province, looking: Session) -> None:
    asking = request(house)
    await look(house, asking, YE, YE, fields=("name", "sex"))
    await look(house, asking, YE, fields=("sex", "name", "sex"))
    await settle(house, asking)
    await look(house, asking, YE, fields=("name", "sex"))
    await settle(house, asking)
    assert await rows(looking) == [("request-1", "person", YE)]
    assert await looking.fetchval("SELECT fields FROM access_log") == ["name", "sex"]


async def test_other_people_fields_and_operations_are_rows_of_their_own(house: Province, looking: Session) -> None:
    asking = request(house)
    await look(house, asking, YE)
    await look(house, asking, YE, OTHER)
    await look(house, asking, YE, fields=())
    await look(house, asking, YE, operation="searchPersons")
    await settle(house, asking)
    assert sorted(await rows(looking)) == [
        ("request-1", "person", OTHER),
        ("request-1", "person", YE),
        ("request-1", "person", YE),
        ("request-1", "searchPersons", YE),
    ]
    kept = await looking.fetch("SELECT fields FROM access_log WHERE subject_key = $1 ORDER BY fields", YE)
    assert [row["fields"] for row in kept] == [[], ["name"], ["name"]]


async def test_requests_never_share_a_row(house: Province, looking: Session) -> None:
    both = [await looked(house, name) for name in ("request-1", "request-2")]
    await asyncio.gather(*(settle(house, asking) for asking in both))
    assert sorted(await rows(looking)) == [("request-1", "person", YE), ("request-2", "person", YE)]


async def test_a_person_is_hashed_once_in_a_request(house: Province) -> None:
    hashed: list[str] = []

    def key_of(text: str) -> bytes:
        hashed.append(text)
        return text.encode()

    accesses = Accesses(key_of)
    assert [accesses.key("a"), accesses.key("b"), accesses.key("a")] == [b"a", b"b", b"a"]
    assert hashed == ["a", "b"]


async def test_a_request_that_read_nobody_does_not_touch_the_log(house: Province, looking: Session) -> None:
    asking = request(house)
    await look(house, asking)
    async with taken_away(looking):
        await settle(house, asking)
    assert asking.accesses.settled


# ---- written together


async def test_fifty_concurrent_readings_are_few_transactions_with_exactly_their_rows(
    house: Province, looking: Session
) -> None:
    async def read(name: str) -> None:
        asking = request(house, name)
        await person_by_number(house, asking, "33030219751120904X", ("name",))
        await settle(house, asking)

    await read("the first teaches the locator")
    names = [f"request-{nth}" for nth in range(50)]
    await asyncio.gather(*(read(name) for name in names))
    key = house.locator.key("33030219751120904X")
    assert sorted((await rows(looking))[1:]) == sorted((name, "person", key) for name in names)
    assert await transactions(looking) - 1 <= 10


async def test_while_one_insert_is_under_way_the_next_one_collects(house: Province, looking: Session) -> None:
    everybody = [await looked(house, f"request-{nth}") for nth in range(50)]
    async with held_up(looking):
        settling = [asyncio.create_task(settle(house, everybody[0]))]
        await somebody_waits(looking)
        settling += [asyncio.create_task(settle(house, asking)) for asking in everybody[1:]]
        await looking.execute("SELECT")
        assert not any(task.done() for task in settling)
    await asyncio.gather(*settling)
    assert await rows(looking) == [(f"request-{nth}", "person", YE) for nth in range(50)]
    assert await transactions(looking) == 2


async def test_a_large_request_stays_whole_and_the_next_one_waits_its_turn(house: Province, looking: Session) -> None:
    many = [nth.to_bytes(16) for nth in range(ROWS_AT_ONCE + 1)]
    large, small = request(house, "large"), await looked(house, "small")
    await look(house, large, *many)
    await asyncio.gather(settle(house, large), settle(house, small))
    written = await rows(looking)
    assert written == [*(("large", "person", key) for key in many), ("small", "person", YE)]
    assert await transactions(looking) == 2


async def test_the_end_of_the_process_waits_for_what_is_to_be_written(house: Province, looking: Session) -> None:
    settling = asyncio.create_task(settle(house, await looked(house, "request-1")))
    async with held_up(looking):
        await somebody_waits(looking)
        closing = asyncio.create_task(house.ledger.access_writer.close())
        await looking.execute("SELECT")
        assert not closing.done()
    await closing
    assert await rows(looking) == [("request-1", "person", YE)]
    await settling


# ---- whoever leaves


@pytest.mark.parametrize("leaving", [0, 1], ids=["while it is written", "while it waits"])
async def test_a_cancelled_request_loses_neither_its_own_row_nor_anothers(
    house: Province, looking: Session, leaving: int
) -> None:
    settling = []
    async with held_up(looking):
        for nth in range(3):
            settling.append(asyncio.create_task(settle(house, await looked(house, f"request-{nth}"))))
            await somebody_waits(looking)
        settling[leaving].cancel()
        ended = await asyncio.gather(settling[leaving], return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError)
    await asyncio.gather(*(task for nth, task in enumerate(settling) if nth != leaving))
    await house.ledger.access_writer.close()
    assert await rows(looking) == [(f"request-{nth}", "person", YE) for nth in range(3)]


async def test_who_settles_a_request_again_waits_for_the_same_write(house: Province, looking: Session) -> None:
    asking = await looked(house, "request-1")
    async with held_up(looking):
        first = asyncio.create_task(settle(house, asking))
        await somebody_waits(looking)
        await look(house, asking, YE)
        second = asyncio.create_task(settle(house, asking))
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await looking.execute("SELECT")
        assert not second.done()
    await second
    assert await rows(looking) == [("request-1", "person", YE)]


# ---- what cannot be written


async def refused(house: Province, *visits: Visit) -> list[BaseException]:
    """Settle all at once; returns what each of them got, after the checks that hold for every refusal."""
    problems = await asyncio.gather(*(settle(house, asking) for asking in visits), return_exceptions=True)
    found = [problem for problem in problems if problem is not None]
    assert all(isinstance(problem, TryLater) and problem.code == "AUDIT_UNAVAILABLE" for problem in found)
    return found


async def test_without_the_log_each_request_gets_its_own_refusal_and_may_settle_later(
    house: Province, looking: Session
) -> None:
    both = [await looked(house, name) for name in ("request-1", "request-2")]
    async with taken_away(looking):
        first, second = await refused(house, *both)
    assert first is not second
    await look(house, both[0], OTHER)
    await asyncio.gather(*(settle(house, asking) for asking in both))
    assert sorted(await rows(looking)) == [
        ("request-1", "person", OTHER),
        ("request-1", "person", YE),
        ("request-2", "person", YE),
    ]


async def test_the_store_out_of_reach_is_a_refusal_and_over_when_it_is_back(
    house: Province, postgres: PostgresServer
) -> None:
    asking = await looked(house, "request-1")
    async with house.ledger.session() as session:
        name = await session.fetchval("SELECT current_database()")
    async with stopped(postgres, name):
        assert len(await refused(house, asking)) == 1
    await settle(house, asking)
    async with house.ledger.session() as session:
        assert await rows(session) == [("request-1", "person", YE)]


async def test_rows_that_do_not_fit_are_refused_alone(
    house: Province, looking: Session, caplog: pytest.LogCaptureFixture
) -> None:
    bad = request(house, "bad", Caller(Role.OFFICER, id="nobody\x00"))
    await look(house, bad, YE)
    good = [await looked(house, name) for name in ("request-1", "request-2")]
    assert len(await refused(house, good[0], bad, good[1])) == 1
    assert not bad.accesses.settled
    assert await rows(looking) == [("request-1", "person", YE), ("request-2", "person", YE)]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "1 requests cannot be put on record: CharacterNotInRepertoireError"
    ]


async def test_when_too_many_wait_the_next_one_is_refused_at_once(house: Province, looking: Session) -> None:
    writer = AccessWriter(house.ledger.session, room=2)
    access = Access(LAUNCH_DAY.now(), "", "OFFICER", "", None, "r", "D02", "wenzhou", "person", "person", ())
    async with held_up(looking):
        first = writer.write([AccessRows(access, (YE, OTHER))])
        await somebody_waits(looking)
        second = writer.write([AccessRows(access, (YE, OTHER))])
        with pytest.raises(TryLater) as full:
            writer.write([AccessRows(access, (YE,))])
        assert full.value.code == "AUDIT_UNAVAILABLE"
    await asyncio.gather(first, second)
    await writer.write([AccessRows(access, (YE,))])
    assert len(await rows(looking)) == 5


@pytest.mark.parametrize("begun", [False, True], ids=["before it began", "while it writes"])
async def test_a_cancelled_writer_leaves_nobody_waiting(house: Province, looking: Session, begun: bool) -> None:
    access = Access(LAUNCH_DAY.now(), "", "OFFICER", "", None, "r", "D02", "wenzhou", "person", "person", ())
    async with held_up(looking):
        before = asyncio.all_tasks()
        durable = house.ledger.access_writer.write([AccessRows(access, (YE,))])
        [work] = asyncio.all_tasks() - before
        if begun:
            await somebody_waits(looking)
        work.cancel()
        with pytest.raises(TryLater):
            await durable
    assert await rows(looking) == []
    await settle(house, await looked(house, "the next"))


# ---- decisions


async def test_what_is_decided_is_settled_also_where_it_ends_in_a_problem(house: Province, looking: Session) -> None:
    asking = request(house)

    async def decide(key: bytes) -> None:
        async with on_record(house, asking):
            await look(house, asking, key)
            raise FixInput("no")

    with pytest.raises(FixInput):
        await decide(YE)
    assert await rows(looking) == [("request-1", "person", YE)]
    async with taken_away(looking):
        with pytest.raises(TryLater) as unsettled:
            await decide(OTHER)
    assert unsettled.value.code == "AUDIT_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Counter:
    """The window of the story, and a connection of the test's own to its ledger."""

    window: Window
    ledger: Session


@pytest.fixture
async def counter(make_province: MakeProvince) -> AsyncIterator[Counter]:
    window = await open_window(make_province)
    async with window.province.ledger.session() as session:
        yield Counter(window, session)


async def test_without_the_log_no_application_is_judged_and_nothing_is_written(counter: Counter) -> None:
    async with taken_away(counter.ledger):
        with pytest.raises(TryLater) as unsettled:
            await counter.window.apply()
    assert unsettled.value.code == "AUDIT_UNAVAILABLE"
    assert set((await counter.window.rows()).values()) == {0}
    assert counter.window.writes() == []


async def test_an_application_is_on_record_before_it_is_a_case(counter: Counter) -> None:
    async with held_up(counter.ledger):
        applying = asyncio.create_task(counter.window.apply())
        await somebody_waits(counter.ledger)
        assert set((await counter.window.rows()).values()) == {0}
    assert (await applying).case is not None
    assert len(await rows(counter.ledger)) == 1


async def test_a_waiting_case_is_judged_again_on_record_or_not_at_all(counter: Counter) -> None:
    window = counter.window
    window.wenzhou.down = True
    number = (await window.accepted()).number
    window.wenzhou.down = False
    deadline = asyncio.get_running_loop().time() + 60
    async with taken_away(counter.ledger):
        with pytest.raises(TryLater) as unsettled:
            await judge_again(window.province, await window.stored(number), deadline)
    assert unsettled.value.code == "AUDIT_UNAVAILABLE"
    await judge_again(window.province, await window.stored(number), deadline)
    assert [request for request, _, _ in await rows(counter.ledger)] == [f"case {number}"]
