"""A ledger made anew over the same registries: its numbers start over, its cases never take another's receipt."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from resolvers import books
from resolvers.book_reading import valid_books
from resolvers.books import apply_household_book
from resolvers.caller import Purpose
from resolvers.case import Case, CaseState, StepState
from resolvers.case_view import stored_case
from resolvers.cases import withdraw_case
from resolvers.ledger.ledger import Ledger
from resolvers.printing import record_printing
from resolvers.province import Province
from tests.counter import LAUNCH, WIFE, YE, Window, officer, open_window, replacement, working
from tests.dying_gateway import CITIES
from tests.journal import Lost
from tests.provinces import MakeProvince, province_over, visit
from tongban_adapters.contract import Registry
from tongban_adapters.discovery import open_registry
from tongban_adapters.mapping import load_city
from tongban_adapters.model import Phase

MakeLedger = Callable[[], Awaitable[Ledger]]


@pytest.fixture
async def opened(registries: Mapping[str, str]) -> AsyncIterator[Sequence[Registry]]:
    """The real registries of Jinhua and Wenzhou."""
    found = [open_registry(load_city(CITIES / f"{city}.toml"), registries[city]) for city in ("jinhua", "wenzhou")]
    yield found
    for registry in found:
        await registry.close()


async def gateway(make_ledger: MakeLedger, opened: Sequence[Registry]) -> Province:
    """Return a gateway on an empty ledger of its own."""
    province = replace(province_over(await make_ledger(), opened), clock=LAUNCH)
    await province.locator.learn(province.locator.key(YE), "wenzhou", None)
    return province


async def applied(province: Province) -> Case:
    decision = await apply_household_book(province, visit(province, officer(), Purpose("D02")), replacement())
    assert decision.case is not None
    return decision.case


async def printed(province: Province, number: str) -> list[str]:
    decision = await record_printing(province, visit(province, officer()), number, "ZJ-0000001", False, uuid4())
    return [refusal.code.value for refusal in decision.refusals]


async def test_two_ledgers_of_one_day_enter_two_books_at_the_real_registry(
    make_ledger: MakeLedger, opened: Sequence[Registry], registries: Mapping[str, str]
) -> None:
    before, after = await gateway(make_ledger, opened), await gateway(make_ledger, opened)
    first, second = await applied(before), await applied(after)
    assert first.number == second.number
    assert [case.state for case in (first, second)] == [CaseState.READY_TO_PRINT] * 2
    assert first.steps[1].journal_number != second.steps[1].journal_number
    assert first.book is not None
    assert second.book is not None
    deadline = 1e12
    [valid] = await valid_books(after, after.city("wenzhou"), second.book.household_ref, deadline)
    assert (valid.ref == second.book.ref, first.book.ref == second.book.ref) == (True, False)
    # The old ledger does not know; the registry does.
    assert await printed(before, first.number) == ["CASE_STATE"]
    assert await printed(after, second.number) == []
    connection = await asyncpg.connect(registries["wenzhou"])
    try:
        steps = await connection.fetch("SELECT wbbz FROM hjls_hjywlsb WHERE wbajh = $1", first.number)
    finally:
        await connection.close()
    assert len({row["wbbz"] for row in steps}) == len(steps) >= 2


async def test_an_entry_that_is_another_ones_stops_the_case_at_the_real_registry(
    make_ledger: MakeLedger, opened: Sequence[Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should two ids ever be the same, nothing of the other case is taken, cancelled or printed."""
    key = uuid4().hex
    monkeypatch.setattr(books, "token_hex", lambda _size: key)
    before, after = await gateway(make_ledger, opened), await gateway(make_ledger, opened)
    first, second = await applied(before), await applied(after)
    assert (second.state, second.book, second.steps[1].journal_number) == (CaseState.NEEDS_OPERATOR, None, None)
    assert [(refusal.code, refusal.rule) for refusal in second.refusals] == [("IDEMPOTENCY_CONFLICT", "ENTRY_IS_OURS")]
    assert await printed(after, second.number) == ["CASE_STATE"]
    decision = await withdraw_case(after, visit(after, officer()), second.number, uuid4())
    assert decision.case is not None
    assert (decision.case.state, len(decision.case.refusals)) == (CaseState.NEEDS_OPERATOR, 1)
    assert await printed(before, first.number) == []


async def test_a_conflict_at_prepare_is_the_end_of_it(
    make_province: MakeProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "token_hex", lambda _size: "same")
    window = await open_window(make_province)
    await window.accepted()
    after = Window(await anew(make_province, window), window.wenzhou, window.jinhua)
    window.wenzhou.asked.clear()
    second = await after.accepted(replacement(number=WIFE))
    assert second.state is CaseState.NEEDS_OPERATOR
    assert [method for method in window.wenzhou.asked if method != "read"] == ["prepare"]


async def test_after_a_lost_call_the_status_of_another_entry_is_not_believed(
    make_province: MakeProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "token_hex", lambda _size: "same")
    window = await open_window(make_province)
    first = await window.accepted()
    after = Window(await anew(make_province, window), window.wenzhou, window.jinhua)
    window.wenzhou.faults["prepare"].append(Lost(applied=False))
    second = await after.accepted(replacement(number=WIFE))
    assert (second.number, second.state) == (first.number, CaseState.NEEDS_OPERATOR)
    assert "status" in window.wenzhou.asked
    assert "cancel" not in window.wenzhou.asked
    assert second.steps[1].state is StepState.ASKED
    assert list(window.wenzhou.phases.values()) == [Phase.COMMITTED]
    async with working(after.province):
        stored = await stored_case(after.province, second.number)
    assert stored is not None
    assert (stored.state, stored.book) == (CaseState.NEEDS_OPERATOR, None)


async def anew(make_province: MakeProvince, window: Window) -> Province:
    """Return a province of the same registries with an empty ledger."""
    registries = [city.registry for city in window.province.cities.values()]
    province = replace(await make_province(registries), clock=LAUNCH)
    for number in (YE, WIFE):
        await province.locator.learn(province.locator.key(number), "wenzhou", None)
    return province
