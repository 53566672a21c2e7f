"""The registry is down, or a call is lost: the case waits, goes on by itself, and writes exactly once."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from resolvers.book_application import BookApplication
from resolvers.case import CaseState, StepName, StepState
from resolvers.case_hold import LONGEST_DELAY, delay
from resolvers.clock import FixedClock
from resolvers.ledger import case_work as work
from resolvers.ledger.ledger import Ledger
from tests.counter import EVE, WIFE, YE, YIWU, Window, codes, open_window, replacement, working
from tests.journal import Lost
from tests.provinces import MakeProvince
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import PersonLock

WAITING = CaseState.PENDING_REGISTRY
READY = CaseState.READY_TO_PRINT


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def test_while_the_registry_is_down_the_case_waits_and_nothing_is_printed(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    assert (case.state, case.book, case.refusals) == (WAITING, None, ())
    assert [(step.name, step.state, step.attempts) for step in case.steps] == [
        (StepName.READ_AND_JUDGE, StepState.WAITING, 1),
        (StepName.ENTRY, StepState.WAITING, 0),
        (StepName.PRINT, StepState.WAITING, 0),
    ]
    assert case.steps[0].next_at is not None
    assert window.wenzhou.journal == []


async def test_the_channel_is_asked_even_while_the_registry_is_down(window: Window) -> None:
    window.wenzhou.down = True
    decision = await window.at(EVE).apply()
    assert (decision.case, codes(decision)) == (None, ["CHANNEL_NOT_OPEN"])


async def test_when_the_registry_is_back_the_case_goes_on_by_itself(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    async with working(window.province):
        window.wenzhou.down = False
        done = await window.reached(case.number, READY)
    assert [receipt.journal_number for receipt in window.wenzhou.journal] == ["wenzhou-1"]
    assert done.steps[1].journal_number == "wenzhou-1"
    assert done.due_at is None


async def test_the_number_of_the_person_is_sealed_while_waiting_and_wiped_after(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    row = await window.province.ledger.pool.fetchval("SELECT t::text FROM cases t WHERE number = $1", case.number)
    assert YE not in row
    assert (await window.stored(case.number)).sealed_subject is not None
    async with working(window.province):
        window.wenzhou.down = False
        assert (await window.reached(case.number, READY)).sealed_subject is None


async def test_rules_are_judged_late_and_may_still_refuse(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted(replacement(surrendered=False))
    window.wenzhou.record(Kind.PERSON, "p1").update(lock=PersonLock.LOCKED)
    async with working(window.province):
        window.wenzhou.down = False
        ended = await window.reached(case.number, CaseState.REFUSED, READY)
    assert [refusal.code for refusal in ended.refusals] == ["RECORD_LOCKED", "MATERIAL_MISSING"]
    assert (ended.sealed_subject, window.wenzhou.journal) == (None, [])
    assert [step.state for step in ended.steps] == [StepState.REFUSED, StepState.CANCELLED, StepState.CANCELLED]


async def test_a_case_is_judged_by_its_acceptance_date(window: Window) -> None:
    """The son comes of age while the registry is down: on the day that counts he was a minor."""
    window.wenzhou.record(Kind.PERSON, "p3").update(birth_date=date(2003, 6, 2))
    window.wenzhou.down = True
    son = str(window.wenzhou.record(Kind.PERSON, "p3")["number"])
    case = await window.accepted(BookApplication(uuid4(), "D03", son, YIWU, ("ID",), written_authority=True))
    async with working(window.at(FixedClock(datetime(2021, 6, 9, tzinfo=UTC))).province):
        window.wenzhou.down = False
        ended = await window.reached(case.number, CaseState.REFUSED, READY)
    assert [refusal.rule for refusal in ended.refusals] == ["APPLICANT_IS_HEAD_OR_ADULT"]


@pytest.mark.parametrize("applied", [False, True], ids=["lost before", "lost after"])
@pytest.mark.parametrize("method", ["prepare", "commit"])
async def test_a_lost_call_is_cleared_up_at_once_by_asking_for_the_status(
    window: Window, method: str, applied: bool
) -> None:
    window.wenzhou.faults[method].append(Lost(applied=applied))
    case = await window.accepted()
    assert case.state is READY
    assert "status" in window.wenzhou.asked
    assert len(window.wenzhou.journal) == 1


@pytest.mark.parametrize("applied", [False, True], ids=["lost before", "lost after"])
@pytest.mark.parametrize("method", ["prepare", "commit"])
async def test_with_the_status_lost_too_the_case_waits_and_is_entered_once(
    window: Window, method: str, applied: bool
) -> None:
    window.wenzhou.faults[method].append(Lost(applied=applied))
    window.wenzhou.faults["status"].append(Lost(applied=False))
    case = await window.accepted()
    assert (case.state, case.book) == (WAITING, None)
    async with working(window.province):
        await window.reached(case.number, READY)
    assert len(window.wenzhou.journal) == 1


async def test_a_lost_cancel_after_a_refused_prepare_ends_in_the_same_refusal(window: Window) -> None:
    """Cancelled, and interrupted before it was written down: the case is judged again and entered anew."""
    window.wenzhou.on["prepare"] = lambda: window.wenzhou.record(Kind.HOUSEHOLD, "h1").update(version="6")
    window.wenzhou.faults["cancel"].append(Lost(applied=True))
    case = await window.accepted()
    async with working(window.province):
        await window.reached(case.number, READY)
    assert len(window.wenzhou.journal) == 1


async def test_one_city_back_makes_all_its_cases_due(window: Window) -> None:
    window.wenzhou.down = True
    cases = [await window.accepted(replacement(number=number)) for number in (YE, WIFE)]
    pool = window.province.ledger.pool
    await pool.execute("UPDATE cases SET due_at = now() + interval '1 hour' WHERE number = $1", cases[1].number)
    async with working(window.province):
        window.wenzhou.down = False
        for case in cases:
            await window.reached(case.number, READY, CaseState.SUPERSEDED)
    assert len(window.wenzhou.journal) == 2


async def test_two_gateways_share_the_work_and_nothing_is_entered_twice(window: Window) -> None:
    second = replace(window.province, ledger=Ledger(window.province.ledger.pool, patience=2.0))
    students = [await window.enrol(n) for n in range(6)]
    window.wenzhou.down = True
    cases = [
        await window.accepted(BookApplication(uuid4(), "D04", number, YIWU, ("ID", "CONSENT_UNIT")))
        for number in students
    ]
    async with working(window.province), working(second):
        window.wenzhou.down = False
        for case in cases:
            await window.reached(case.number, READY)
    assert len(window.wenzhou.journal) == 6
    assert {receipt.id.case for receipt in window.wenzhou.journal} == {case.number for case in cases}


async def test_a_case_held_by_a_living_gateway_is_left_alone(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    other = uuid4()
    async with window.province.ledger.session() as session:
        await session.execute("UPDATE cases SET due_at = now()")
        assert await work.claim(session, other, 10) == [case.number]
        assert await work.claim(session, window.province.ledger.holder, 10) == []


async def test_a_case_being_claimed_is_passed_over_without_waiting(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    ledger = window.province.ledger
    await ledger.pool.execute("UPDATE cases SET due_at = now()")
    async with ledger.transaction() as first, ledger.session() as second, asyncio.timeout(10):
        assert await work.claim(first, uuid4(), 10) == [case.number]
        assert await work.claim(second, uuid4(), 10) == []


async def test_a_case_that_meets_a_faulty_adapter_waits_for_its_repair(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    broken: list[str] = []

    def fault() -> None:
        broken.append("read")
        raise ZeroDivisionError

    window.wenzhou.on["read"] = fault
    async with working(window.province):
        window.wenzhou.down = False
        await window.reached(case.number, READY)
    assert broken == ["read"]


async def test_a_case_of_a_silent_gateway_is_taken_over(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    async with window.province.ledger.session() as session:
        await session.execute("UPDATE cases SET due_at = now()")
        await work.claim(session, uuid4(), 10)
        await session.execute("UPDATE cases SET lease_until = now() - interval '1 second'")
    window.wenzhou.down = False
    async with working(window.province):
        await window.reached(case.number, READY)
    assert len(window.wenzhou.journal) == 1


async def test_who_lost_the_lease_writes_nothing_more(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    former, now = window.province.ledger.holder, window.province.clock.now()
    async with window.province.ledger.session() as session:
        await work.take(session, case.number, uuid4())
        before = await window.stored(case.number)
        for write in (
            work.renew(session, case.number, former),
            work.intend(session, case.number, former, StepName.ENTRY, now),
            work.judge_anew(session, case.number, former, 2),
            work.refused(session, case.number, former, StepName.ENTRY, (), now),
            work.withdrawn(session, case.number, former),
            work.stopped(session, case.number, former),
        ):
            with pytest.raises(work.LeaseLost):
                await write
        await work.postpone(session, case.number, former, 60.0)
    assert await window.stored(case.number) == before


def test_the_wait_doubles_up_to_a_cap_and_is_spread() -> None:
    waits = [delay("TB202106010000018", attempts) for attempts in range(1, 40)]
    assert 0.25 <= waits[0] <= 0.5
    assert max(waits) <= LONGEST_DELAY
    assert all(wait >= LONGEST_DELAY / 2 for wait in waits[6:])
    assert len({delay(f"TB{number}", 9) for number in range(50)}) == 50
