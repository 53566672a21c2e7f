"""A case as purpose: it has to be there, to be the caller's to see, and to be about the person that is read."""

import pytest

from resolvers.audit import settle
from resolvers.caller import Caller, Purpose
from resolvers.households import HouseholdFilter, household_page
from resolvers.people import person_by_number, person_by_ref
from resolvers.problems import AskForRight, Problem
from resolvers.visit import Visit
from tests.counter import APPROVER, STUDENT, WIFE, WUMA, YE, Window, officer, open_window
from tests.provinces import MakeProvince, citizen, visit

NO_CASE = "TB202106010000993"


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


def asking(window: Window, purpose: str, caller: Caller | None = None) -> Visit:
    return visit(window.province, caller or officer(), Purpose(purpose))


async def code_of(window: Window, purpose: str, number: str = YE, caller: Caller | None = None) -> str | None:
    """Return why the person cannot be read under the purpose; None if it can."""
    try:
        await person_by_number(window.province, asking(window, purpose, caller), number, ("state",))
    except Problem as refused:
        return refused.code
    return None


async def test_a_case_nobody_has_is_no_purpose_and_no_city_is_asked(window: Window) -> None:
    case = await window.accepted()
    mistyped = case.number[:-1] + str((int(case.number[-1]) + 1) % 10)
    window.wenzhou.asked.clear()
    for purpose in (NO_CASE, mistyped):
        assert await code_of(window, purpose) == "PURPOSE_REQUIRED"
        with pytest.raises(AskForRight):
            await person_by_ref(window.province, asking(window, purpose), "wenzhou", "p1", ("state",))
        with pytest.raises(AskForRight):
            await household_page(window.province, asking(window, purpose), "wenzhou", HouseholdFilter(), 1, None, ())
    assert window.wenzhou.asked == []


async def test_a_case_of_another_station_is_no_purpose(window: Window) -> None:
    case = await window.accepted()
    assert await code_of(window, case.number, caller=officer(WUMA)) == "PURPOSE_REQUIRED"
    assert await code_of(window, case.number, caller=APPROVER) is None
    assert await code_of(window, case.number) is None


async def test_under_a_case_its_household_is_read_and_nobody_else(window: Window) -> None:
    case = await window.accepted()
    assert [await code_of(window, case.number, number) for number in (YE, WIFE, STUDENT)] == [None, None, "NOT_ALLOWED"]
    for ref, allowed in (("p1", True), ("p2", True), ("p9", False)):
        reading = person_by_ref(window.province, asking(window, case.number), "wenzhou", ref, ("state",))
        if allowed:
            assert (await reading).text("ref") == ref
            continue
        with pytest.raises(AskForRight, match="not about this person"):
            await reading


async def test_before_the_registry_was_read_a_case_is_about_its_subject_only(window: Window) -> None:
    window.wenzhou.down = True
    case = await window.accepted()
    window.wenzhou.down = False
    assert [await code_of(window, case.number, number) for number in (YE, WIFE)] == [None, "NOT_ALLOWED"]


async def test_that_somebody_was_refused_a_person_by_a_case_is_on_record_without_a_field(window: Window) -> None:
    case = await window.accepted()
    request = asking(window, case.number)
    with pytest.raises(AskForRight):
        await person_by_number(window.province, request, STUDENT, ("state",))
    await settle(window.province, request)
    row = await window.province.ledger.pool.fetchrow(
        "SELECT purpose, fields FROM access_log WHERE subject_key = $1", window.province.locator.key(STUDENT)
    )
    assert row is not None
    assert (row["purpose"], row["fields"]) == (case.number, [])


async def test_the_case_is_looked_up_once_in_a_request(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await window.accepted()
    request, looked = asking(window, case.number), 0
    lend = window.province.ledger.session

    def counting(code: str = "LEDGER_UNAVAILABLE") -> object:
        nonlocal looked
        looked += 1
        return lend(code)

    monkeypatch.setattr(window.province.ledger, "session", counting)
    for ref in ("p1", "p2", "p3"):
        await person_by_ref(window.province, request, "wenzhou", ref, ("state",))
    assert looked == 1


async def test_a_citizen_needs_no_case_to_read_the_own_record(window: Window) -> None:
    assert await code_of(window, NO_CASE, caller=citizen(window.province, YE)) is None
