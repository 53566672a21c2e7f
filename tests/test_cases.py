"""Who sees which case, in which order, and what may be done with it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from resolvers.caller import ANONYMOUS, Caller, Role
from resolvers.case import CaseAction, CaseFilter, CaseState
from resolvers.cases import case_by_number, case_page
from resolvers.clock import FixedClock
from resolvers.problems import AskForRight, FixInput
from tests.counter import APPROVER, AUDITOR, WIFE, WUMA, XIHU, YE, YIWU, Window, officer, open_window, replacement
from tests.provinces import MakeProvince, citizen

SECOND_DAY = FixedClock(datetime(2021, 6, 2, 1, 0, tzinfo=UTC))
THIRD_DAY = FixedClock(datetime(2021, 6, 3, 1, 0, tzinfo=UTC))
JINHUA_APPROVER = Caller(Role.APPROVER, "jinhua-approver", division="330782")
ALL = CaseFilter()


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def three_cases(window: Window) -> list[str]:
    """Yiwu for Ye; Hangzhou for the wife, a day later; Wuma for Ye, the day after, with the registry down.

    All three are about one household: the second supersedes the first, which nobody printed.
    """
    first = await window.apply(replacement())
    second = await window.at(SECOND_DAY).apply(replacement(number=WIFE, station=XIHU), officer(XIHU))
    window.wenzhou.down = True
    third = await window.at(THIRD_DAY).apply(replacement(station=WUMA), officer(WUMA))
    return [decision.case.number for decision in (first, second, third) if decision.case]


async def seen(window: Window, caller: Caller, wanted: CaseFilter = ALL) -> list[str]:
    page = await case_page(window.province, window.visit(caller), wanted, 20, None)
    return [listed.case.number for listed in page.items]


def picked(numbers: Sequence[str], *places: int) -> list[str]:
    return [numbers[place] for place in places]


async def test_everybody_sees_the_own_cases_newest_first(window: Window) -> None:
    numbers = await three_cases(window)
    assert len(numbers) == 3
    assert await seen(window, AUDITOR) == picked(numbers, 2, 1, 0)
    assert await seen(window, APPROVER) == picked(numbers, 2, 1, 0)
    assert await seen(window, officer(YIWU)) == picked(numbers, 0)
    assert await seen(window, officer(XIHU, "colleague")) == picked(numbers, 1)
    assert await seen(window, officer(WUMA)) == picked(numbers, 2)
    assert await seen(window, citizen(window.province, YE)) == picked(numbers, 2, 0)
    assert await seen(window, citizen(window.province, WIFE)) == picked(numbers, 1)
    assert await seen(window, JINHUA_APPROVER) == []
    assert await seen(window, Caller(Role.CITY_IT, "it", division="330300")) == []
    assert await seen(window, Caller(Role.POLICY_OWNER, "policy")) == []
    assert await seen(window, Caller(Role.OFFICER, "no station")) == []


async def test_a_single_case_is_shown_to_the_same_people(window: Window) -> None:
    numbers = await three_cases(window)
    for caller in (AUDITOR, APPROVER, officer(YIWU), citizen(window.province, YE), citizen(window.province, WIFE)):
        listed = set(await seen(window, caller))
        shown = {n for n in numbers if await case_by_number(window.province, window.visit(caller), n)}
        assert shown == listed
    for caller in (JINHUA_APPROVER, Caller(Role.CITY_IT, "it"), Caller(Role.POLICY_OWNER, "policy")):
        assert await case_by_number(window.province, window.visit(caller), numbers[0]) is None


@pytest.mark.parametrize("number", ["", "nonsense", "TB202106010000000", "TB' OR 1=1 --"])
async def test_a_number_of_no_case_finds_nothing(window: Window, number: str) -> None:
    assert await case_by_number(window.province, window.visit(AUDITOR), number) is None


async def test_without_a_token_there_are_no_cases(window: Window) -> None:
    with pytest.raises(AskForRight) as refused:
        await seen(window, ANONYMOUS)
    assert refused.value.code == "UNAUTHENTICATED"
    with pytest.raises(AskForRight):
        await case_by_number(window.province, window.visit(ANONYMOUS), "TB202106010000018")


async def test_each_filter_narrows_the_list(window: Window) -> None:
    numbers = await three_cases(window)
    expected: list[tuple[CaseFilter, tuple[int, ...]]] = [
        (CaseFilter(states=(CaseState.READY_TO_PRINT,)), (1,)),
        (CaseFilter(states=(CaseState.READY_TO_PRINT, CaseState.SUPERSEDED)), (1, 0)),
        (CaseFilter(states=(CaseState.PENDING_REGISTRY, CaseState.COMPLETED)), (2,)),
        (CaseFilter(city="hangzhou"), (1,)),
        (CaseFilter(city="wenzhou"), (2, 1, 0)),
        (CaseFilter(city="lishui"), ()),
        (CaseFilter(item="D02"), (2, 1, 0)),
        (CaseFilter(item="D01"), ()),
        (CaseFilter(accepted_from=date(2021, 6, 2)), (2, 1)),
        (CaseFilter(accepted_to=date(2021, 6, 2)), (1, 0)),
        (CaseFilter(due_before=date(2021, 6, 2)), (0,)),
        (CaseFilter(city="wenzhou", accepted_from=date(2021, 6, 2), states=(CaseState.READY_TO_PRINT,)), (1,)),
    ]
    for wanted, places in expected:
        assert await seen(window, AUDITOR, wanted) == picked(numbers, *places), wanted


@pytest.mark.parametrize(
    ("wanted", "code", "place"),
    [
        (CaseFilter(item="Z99"), "UNKNOWN_ITEM", "filter.item"),
        (CaseFilter(item="Q01"), "UNKNOWN_ITEM", "filter.item"),
        (CaseFilter(city="shanghai"), "UNKNOWN_CITY", "filter.city"),
    ],
)
async def test_a_filter_by_an_unknown_code_is_an_error(
    window: Window, wanted: CaseFilter, code: str, place: str
) -> None:
    with pytest.raises(FixInput) as refused:
        await seen(window, AUDITOR, wanted)
    assert (refused.value.code, refused.value.place) == (code, place)


async def test_pages_go_on_where_they_ended_although_new_cases_came(window: Window) -> None:
    numbers = await three_cases(window)
    first = await case_page(window.province, window.visit(AUDITOR), ALL, 2, None)
    assert [listed.case.number for listed in first.items] == picked(numbers, 2, 1)
    assert first.has_next
    await window.at(FixedClock(datetime(2021, 6, 4, tzinfo=UTC))).apply(replacement())
    second = await case_page(window.province, window.visit(AUDITOR), ALL, 2, first.end_cursor)
    assert [listed.case.number for listed in second.items] == picked(numbers, 0)
    assert not second.has_next


async def test_cases_of_one_moment_are_neither_lost_nor_doubled_between_pages(window: Window) -> None:
    numbers = [(await window.accepted(replacement())).number for _ in range(5)]
    got: list[str] = []
    after: str | None = None
    for _ in range(5):
        page = await case_page(window.province, window.visit(AUDITOR), ALL, 1, after)
        got += [listed.case.number for listed in page.items]
        after = page.end_cursor
    assert got == sorted(numbers, reverse=True)
    assert not page.has_next


async def test_a_cursor_belongs_to_its_list_and_to_nobodys_imagination(window: Window) -> None:
    await three_cases(window)
    page = await case_page(window.province, window.visit(AUDITOR), ALL, 1, None)
    for wanted, after in ((CaseFilter(item="D02"), page.end_cursor), (ALL, "abc"), (ALL, f"{page.end_cursor}x")):
        with pytest.raises(FixInput) as refused:
            await case_page(window.province, window.visit(AUDITOR), wanted, 1, after)
        assert refused.value.code == "BAD_CURSOR"


@pytest.mark.parametrize("first", [0, -1, 101, 100_000])
async def test_a_page_has_a_sensible_size(window: Window, first: int) -> None:
    with pytest.raises(FixInput) as refused:
        await case_page(window.province, window.visit(AUDITOR), ALL, first, None)
    assert refused.value.code == "PAGE_SIZE"


async def test_what_may_be_done_depends_on_the_state_and_on_who_asks(window: Window) -> None:
    void, ready, waiting = await three_cases(window)
    expected: list[tuple[str, Caller, tuple[CaseAction, ...]]] = [
        (void, officer(YIWU), ()),
        (void, citizen(window.province, YE), ()),
        (ready, officer(XIHU), (CaseAction.RECORD_PRINTING,)),
        (ready, citizen(window.province, WIFE), ()),
        (ready, APPROVER, ()),
        (ready, AUDITOR, ()),
        (waiting, officer(WUMA), (CaseAction.WITHDRAW,)),
        (waiting, citizen(window.province, YE), (CaseAction.WITHDRAW,)),
        (waiting, APPROVER, ()),
        (waiting, AUDITOR, ()),
    ]
    for number, caller, actions in expected:
        case = await case_by_number(window.province, window.visit(caller), number)
        assert case is not None
        assert case.allowed_actions == actions
