"""Controlled stock: printed only after the registry confirmed, every serial number accounted for once."""

from uuid import UUID, uuid4

import pytest

from resolvers.book_application import BookApplication
from resolvers.caller import ANONYMOUS, Caller
from resolvers.case import CaseState, Decision, StepState
from resolvers.printing import record_printing
from resolvers.problems import AskForRight, FixInput, NotFound, TryLater
from tests.counter import APPROVER, STUDENT, WUMA, YE, YIWU, Window, codes, officer, open_window, replacement
from tests.provinces import MakeProvince, citizen
from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import BookState


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def record(
    window: Window,
    number: str,
    serial: str,
    *,
    spoiled: bool = False,
    key: UUID | None = None,
    caller: Caller | None = None,
) -> Decision:
    return await record_printing(window.province, window.visit(caller), number, serial, spoiled, key or uuid4())


async def test_a_good_sheet_completes_the_case(window: Window) -> None:
    case = await window.accepted()
    decision = await record(window, case.number, "ZJ-0000001")
    assert decision.case is not None
    assert (decision.case.state, decision.refusals) == (CaseState.COMPLETED, ())
    [sheet] = decision.case.sheets
    assert (sheet.serial, sheet.spoiled, sheet.station) == ("ZJ-0000001", False, YIWU)
    assert (decision.case.steps[2].state, decision.case.allowed_actions) == (StepState.DONE, ())


async def test_a_spoiled_sheet_is_recorded_and_printed_again_in_the_same_case(window: Window) -> None:
    case = await window.accepted()
    spoiled = await record(window, case.number, "ZJ-0000001", spoiled=True)
    assert spoiled.case is not None
    assert spoiled.case.state is CaseState.READY_TO_PRINT
    done = await record(window, case.number, "ZJ-0000002")
    assert done.case is not None
    assert [(sheet.serial, sheet.spoiled) for sheet in done.case.sheets] == [
        ("ZJ-0000001", True),
        ("ZJ-0000002", False),
    ]
    assert (done.case.state, done.case.steps[2].attempts) == (CaseState.COMPLETED, 2)


async def test_before_the_registry_confirmed_nothing_is_printed(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    before = await window.rows()
    decision = await record(window, case.number, "ZJ-0000001")
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (CaseState.PENDING_REGISTRY, ["CASE_STATE"])
    assert await window.rows() == before


async def test_a_completed_case_is_not_printed_again(window: Window) -> None:
    case = await window.accepted()
    await record(window, case.number, "ZJ-0000001")
    before = await window.rows()
    assert codes(await record(window, case.number, "ZJ-0000002")) == ["CASE_STATE"]
    assert await window.rows() == before


async def test_a_serial_number_is_used_once_in_the_whole_province(window: Window) -> None:
    page = BookApplication(uuid4(), "D04", STUDENT, YIWU, ("ID", "CONSENT_UNIT"))
    first, second = await window.accepted(), await window.accepted(page)
    await record(window, first.number, "ZJ-0000001", spoiled=True)
    before = await window.rows()
    decision = await record(window, second.number, "ZJ-0000001")
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (CaseState.READY_TO_PRINT, ["SERIAL_USED"])
    assert codes(await record(window, first.number, "ZJ-0000001")) == ["SERIAL_USED"]
    assert await window.rows() == before


async def test_the_same_request_again_is_the_same_sheet(window: Window) -> None:
    case, key = await window.accepted(), uuid4()
    first = await record(window, case.number, "ZJ-0000001", key=key)
    assert await record(window, case.number, "ZJ-0000001", key=key) == first
    assert (await window.rows())["sheets"] == 1


async def test_the_same_key_for_another_sheet_is_refused(window: Window) -> None:
    case, key = await window.accepted(), uuid4()
    await record(window, case.number, "ZJ-0000001", spoiled=True, key=key)
    assert codes(await record(window, case.number, "ZJ-0000002", key=key)) == ["IDEMPOTENCY_CONFLICT"]
    assert codes(await record(window, case.number, "ZJ-0000001", key=key)) == ["IDEMPOTENCY_CONFLICT"]
    assert (await window.rows())["sheets"] == 1


async def test_the_key_of_the_application_is_not_the_key_of_the_sheet(window: Window) -> None:
    asked = replacement()
    case = await window.accepted(asked)
    assert codes(await record(window, case.number, "ZJ-0000001", key=asked.idempotency_key)) == ["IDEMPOTENCY_CONFLICT"]


async def test_a_used_key_is_a_conflict_before_anything_else_is_looked_at(window: Window) -> None:
    case, key = await window.accepted(), uuid4()
    await record(window, case.number, "ZJ-0000001", spoiled=True, key=key)
    for number, serial in ((case.number, "no serial"), ("TB202106010000000", "ZJ-0000002"), ("nonsense", "")):
        decision = await record(window, number, serial, key=key)
        assert (decision.case, codes(decision)) == (None, ["IDEMPOTENCY_CONFLICT"])


async def test_without_a_token_nothing_is_said_about_the_input(window: Window) -> None:
    with pytest.raises(AskForRight) as refused:
        await record(window, "nonsense", "no serial", caller=ANONYMOUS)
    assert refused.value.code == "UNAUTHENTICATED"


async def test_a_book_the_registry_voided_by_itself_is_not_printed(window: Window) -> None:
    case = await window.accepted()
    assert case.book is not None
    window.wenzhou.record(Kind.BOOK, case.book.ref).update(state=BookState.VOID)
    before = await window.rows()
    decision = await record(window, case.number, "ZJ-0000001")
    assert [(refusal.code, refusal.rule) for refusal in decision.refusals] == [("CASE_STATE", "BOOK_IS_VALID")]
    assert await window.rows() == before


async def test_while_the_registry_is_down_nothing_is_printed(window: Window) -> None:
    case = await window.accepted()
    before = await window.rows()
    window.wenzhou.down = True
    with pytest.raises(TryLater) as busy:
        await record(window, case.number, "ZJ-0000001")
    assert (busy.value.code, await window.rows()) == ("REGISTRY_UNAVAILABLE", before)


async def test_only_the_handling_station_prints(window: Window) -> None:
    case = await window.accepted()
    with pytest.raises(NotFound):
        await record(window, case.number, "ZJ-0000001", caller=officer(WUMA))
    for caller in (APPROVER, citizen(window.province, YE)):
        decision = await record(window, case.number, "ZJ-0000001", caller=caller)
        assert codes(decision) == ["NO_RIGHT"]
    assert (await window.rows())["sheets"] == 0


@pytest.mark.parametrize(
    "serial",
    ["", "a b", "123", "zj-0000001", "X" * 33, "ZJ-0000001\n", "编号-00001", YE, f"ZJ-{YE}"],
    ids=["empty", "blank", "short", "small letters", "long", "line end", "chinese", "a person", "a person behind"],
)
async def test_a_serial_number_has_a_form(window: Window, serial: str) -> None:
    case = await window.accepted()
    with pytest.raises(FixInput) as refused:
        await record(window, case.number, serial)
    assert refused.value.code == "BAD_SERIAL"
    assert (await window.rows())["sheets"] == 0
