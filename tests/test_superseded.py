"""A second book for the same household: the first case, unprinted, is laid to rest and names the case that did it."""

from uuid import uuid4

import pytest

from resolvers.book_application import BookApplication
from resolvers.case import CaseState, StepState
from resolvers.cases import withdraw_case
from resolvers.printing import record_printing
from tests.counter import STUDENT, WIFE, XIHU, YIWU, Window, codes, officer, open_window, replacement, working
from tests.journal import Lost
from tests.provinces import MakeProvince
from tongban_adapters.vocabulary import RefusalCode

READY, SUPERSEDED = CaseState.READY_TO_PRINT, CaseState.SUPERSEDED


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def test_the_newer_case_supersedes_the_older_one_which_is_not_printed(window: Window) -> None:
    first = await window.accepted()
    second = await window.apply(replacement(number=WIFE, station=XIHU), officer(XIHU))
    assert second.case is not None
    assert second.case.state is READY
    old = await window.stored(first.number)
    assert (old.state, old.due_at, old.steps[1].state, old.steps[2].state) == (
        SUPERSEDED,
        None,
        StepState.DONE,
        StepState.CANCELLED,
    )
    before = await window.rows()
    printed = await record_printing(window.province, window.visit(), first.number, "ZJ-0000001", False, uuid4())
    assert printed.case is not None
    assert (printed.case.state, printed.case.allowed_actions) == (SUPERSEDED, ())
    [refusal] = printed.refusals
    assert (refusal.code, refusal.rule) == (RefusalCode.CASE_STATE, "SUPERSEDED")
    assert second.case.number in refusal.message_en
    assert second.case.number in refusal.message_zh
    assert await window.rows() == before


async def test_a_printed_case_stays_completed(window: Window) -> None:
    first = await window.accepted()
    await record_printing(window.province, window.visit(), first.number, "ZJ-0000001", False, uuid4())
    await window.accepted()
    assert (await window.stored(first.number)).state is CaseState.COMPLETED


async def test_a_superseded_case_is_not_withdrawn(window: Window) -> None:
    first = await window.accepted()
    await window.accepted()
    decision = await withdraw_case(window.province, window.visit(), first.number, uuid4())
    assert codes(decision) == ["CASE_STATE"]
    assert (await window.stored(first.number)).state is SUPERSEDED


async def test_the_page_of_one_student_supersedes_nothing_of_another(window: Window) -> None:
    other = await window.enrol(1)
    pages = [BookApplication(uuid4(), "D04", number, YIWU, ("ID", "CONSENT_UNIT")) for number in (STUDENT, other)]
    first, second = [await window.accepted(page) for page in pages]
    assert [(await window.stored(case.number)).state for case in (first, second)] == [READY, READY]
    await window.accepted(BookApplication(uuid4(), "D04", STUDENT, YIWU, ("ID", "CONSENT_UNIT")))
    assert [(await window.stored(case.number)).state for case in (first, second)] == [SUPERSEDED, READY]


async def test_a_case_confirmed_after_its_book_was_voided_is_superseded_at_once(window: Window) -> None:
    """Its commit went through and the answer was lost; meanwhile another case got the next book."""
    window.wenzhou.faults["commit"].append(Lost(applied=True))
    window.wenzhou.faults["status"].append(Lost(applied=False))
    first = await window.accepted()
    assert first.state is CaseState.PENDING_REGISTRY
    await window.province.ledger.pool.execute("UPDATE cases SET due_at = now() + interval '1 hour'")
    second = await window.accepted()
    await window.province.ledger.pool.execute("UPDATE cases SET due_at = now() WHERE number = $1", first.number)
    async with working(window.province):
        ended = await window.reached(first.number, SUPERSEDED, READY)
    assert (ended.state, [refusal.rule for refusal in ended.refusals]) == (SUPERSEDED, ["SUPERSEDED"])
    assert second.number in ended.refusals[0].message_en
    assert (await window.stored(second.number)).state is READY
