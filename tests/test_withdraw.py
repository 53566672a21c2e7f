"""A case taken back: before the registry wrote it is cancelled there too, afterwards it is too late."""

from uuid import UUID, uuid4

import pytest

from resolvers.caller import ANONYMOUS, Caller
from resolvers.case import CaseAction, CaseState, Decision, StepState
from resolvers.cases import withdraw_case
from resolvers.printing import record_printing
from resolvers.problems import AskForRight, NotFound
from tests.counter import APPROVER, AUDITOR, WIFE, WUMA, YE, Window, codes, officer, open_window, replacement, working
from tests.journal import Lost
from tests.provinces import MakeProvince, citizen
from tongban_adapters.model import Phase

WITHDRAWN, WITHDRAWING, READY = CaseState.WITHDRAWN, CaseState.WITHDRAWING, CaseState.READY_TO_PRINT


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def withdraw(window: Window, number: str, key: UUID | None = None, caller: Caller | None = None) -> Decision:
    return await withdraw_case(window.province, window.visit(caller), number, key or uuid4())


async def in_doubt(window: Window, *, written: bool) -> str:
    """Leave a case whose commit was lost and whose registry then went down."""
    window.wenzhou.faults["commit"].append(Lost(applied=written))
    window.wenzhou.faults["status"].append(Lost(applied=False))
    case = await window.accepted()
    assert case.state is CaseState.PENDING_REGISTRY
    return case.number


async def test_a_case_never_sent_to_the_registry_is_withdrawn_although_it_is_down(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    decision = await withdraw(window, case.number)
    assert decision.case is not None
    assert (decision.case.state, decision.refusals, decision.case.allowed_actions) == (WITHDRAWN, (), ())
    assert [step.state for step in decision.case.steps] == [StepState.CANCELLED] * 3
    stored = await window.stored(case.number)
    assert (stored.sealed_subject, stored.due_at) == (None, None)
    window.wenzhou.down = False
    assert window.wenzhou.phases == {}


async def test_a_prepared_entry_is_cancelled_at_the_registry(window: Window) -> None:
    number = await in_doubt(window, written=False)
    decision = await withdraw(window, number)
    assert decision.case is not None
    assert decision.case.state is WITHDRAWN
    assert list(window.wenzhou.phases.values()) == [Phase.CANCELLED]
    assert window.wenzhou.journal == []


async def test_while_the_registry_is_down_the_withdrawal_waits_and_goes_on_by_itself(window: Window) -> None:
    number = await in_doubt(window, written=False)
    window.wenzhou.down = True
    waiting = await withdraw(window, number)
    assert waiting.case is not None
    assert (waiting.case.state, waiting.refusals) == (WITHDRAWING, ())
    async with working(window.province):
        window.wenzhou.down = False
        await window.reached(number, WITHDRAWN)
    assert window.wenzhou.journal == []


async def test_a_withdrawal_after_the_registry_wrote_comes_too_late(window: Window) -> None:
    number = await in_doubt(window, written=True)
    decision = await withdraw(window, number)
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (READY, ["CASE_STATE"])
    assert decision.case.steps[1].journal_number == "wenzhou-1"
    assert decision.case.book is not None
    assert decision.case.allowed_actions == (CaseAction.RECORD_PRINTING,)
    printed = await record_printing(window.province, window.visit(), number, "ZJ-0000001", False, uuid4())
    assert printed.case is not None
    assert (printed.case.state, printed.refusals) == (CaseState.COMPLETED, ())


async def test_a_confirmed_case_is_not_withdrawn(window: Window) -> None:
    case = await window.accepted()
    before = await window.rows()
    decision = await withdraw(window, case.number)
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (READY, ["CASE_STATE"])
    assert await window.rows() == before
    assert "cancel" not in window.wenzhou.asked


async def test_withdrawing_twice_is_withdrawing_once(window: Window) -> None:
    window.wenzhou.down = True
    case, key = await window.accepted(), uuid4()
    first = await withdraw(window, case.number, key)
    assert await withdraw(window, case.number, key) == first
    assert (await withdraw(window, case.number)).refusals == ()


async def test_a_key_used_for_something_else_withdraws_nothing(window: Window) -> None:
    window.wenzhou.down = True
    asked = replacement()
    case = await window.accepted(asked)
    assert codes(await withdraw(window, case.number, asked.idempotency_key)) == ["IDEMPOTENCY_CONFLICT"]
    assert (await window.stored(case.number)).state is CaseState.PENDING_REGISTRY


@pytest.mark.parametrize("other", ["TB202106010000000", "nonsense", ""])
async def test_a_used_key_is_a_conflict_also_for_a_case_that_is_not_there(window: Window, other: str) -> None:
    window.wenzhou.down = True
    case, key = await window.accepted(), uuid4()
    await withdraw(window, case.number, key)
    decision = await withdraw(window, other, key)
    assert (decision.case, codes(decision)) == (None, ["IDEMPOTENCY_CONFLICT"])


async def test_the_citizen_withdraws_the_own_case_and_nobody_elses(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    with pytest.raises(NotFound):
        await withdraw(window, case.number, caller=citizen(window.province, WIFE))
    decision = await withdraw(window, case.number, caller=citizen(window.province, YE))
    assert decision.case is not None
    assert decision.case.state is WITHDRAWN


async def test_others_withdraw_nothing(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    for caller in (APPROVER, AUDITOR):
        assert codes(await withdraw(window, case.number, caller=caller)) == ["NO_RIGHT"]
    with pytest.raises(NotFound):
        await withdraw(window, case.number, caller=officer(WUMA))
    with pytest.raises(NotFound) as missing:
        await withdraw(window, "TB202106010000000")
    assert missing.value.place == "caseNumber"
    for number in (case.number, "nonsense"):
        with pytest.raises(AskForRight) as refused:
            await withdraw(window, number, caller=ANONYMOUS)
        assert refused.value.code == "UNAUTHENTICATED"
    assert (await window.stored(case.number)).state is CaseState.PENDING_REGISTRY


async def test_a_worker_in_the_middle_of_the_entry_loses_against_the_withdrawal(window: Window) -> None:
    """The late commit of the former holder meets a cancelled entry."""
    number = await in_doubt(window, written=False)
    [identity] = window.wenzhou.entries
    await withdraw(window, number)
    with pytest.raises(Exception, match="CASE_STATE"):
        await window.wenzhou.commit(identity)
    assert window.wenzhou.journal == []
