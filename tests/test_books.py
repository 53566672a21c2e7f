"""A book applied for in Yiwu and issued by Wenzhou: every reason against it, and nothing written on a refusal."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from resolvers.book_application import BookApplication
from resolvers.book_steps import MOST_HELD
from resolvers.caller import ANONYMOUS, Caller, Role
from resolvers.case import AccessChannel, CaseAction, CaseState, StepName, StepState
from resolvers.problems import AskForRight, AskOperator, FixInput, TryLater
from tests.counter import (
    APPROVER,
    AUDITOR,
    EVE,
    LISHUI,
    STUDENT,
    WIFE,
    WUMA,
    YE,
    YIWU,
    Window,
    book,
    codes,
    officer,
    open_window,
    replacement,
    working,
)
from tests.journal import WRITTEN_AT, JournalRegistry
from tests.provinces import MakeProvince, citizen
from tongban_adapters.model import Kind, Phase
from tongban_adapters.vocabulary import BookReason, HouseholdState, PersonLock, PersonState, RefusalCode, Relation

NOBODY = "330302198001010019"


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def nothing_was_written(window: Window) -> None:
    assert await window.rows() == {"cases": 0, "case_steps": 0, "case_refusals": 0, "requests": 0, "sheets": 0}
    assert window.writes() == []


async def test_on_the_eve_of_the_launch_the_channel_is_closed(window: Window) -> None:
    decision = await window.at(EVE).apply()
    assert decision.case is None
    [refusal] = decision.refusals
    assert (refusal.code, refusal.opens_on, refusal.field) == ("CHANNEL_NOT_OPEN", date(2021, 6, 1), "station")
    await nothing_was_written(window)


async def test_on_launch_day_yiwu_hands_out_a_book_of_wenzhou(window: Window) -> None:
    decision = await window.apply()
    assert decision.refusals == ()
    case = decision.case
    assert case is not None
    assert (case.item, case.state, case.accepted_on, case.due_on) == (
        "D02",
        CaseState.READY_TO_PRINT,
        date(2021, 6, 1),
        date(2021, 6, 1),
    )
    assert (case.handling_station, case.handling_city, case.registry_cities) == (YIWU, "jinhua", ("wenzhou",))
    assert (case.rule_version, case.channel, case.access) == ("ZJ-2020", "BLOCK-J", AccessChannel.WINDOW)
    assert case.allowed_actions == (CaseAction.RECORD_PRINTING,)
    assert [(step.name, step.city, step.state, step.attempts, step.journal_number) for step in case.steps] == [
        (StepName.READ_AND_JUDGE, "wenzhou", StepState.DONE, 1, None),
        (StepName.ENTRY, "wenzhou", StepState.DONE, 1, "wenzhou-1"),
        (StepName.PRINT, "jinhua", StepState.WAITING, 0, None),
    ]
    assert case.steps[1].at == WRITTEN_AT
    assert len(window.wenzhou.journal) == 1
    assert window.jinhua.journal == []
    old, new = window.wenzhou.record(Kind.BOOK, "b1"), window.wenzhou.records[Kind.BOOK][1]
    assert old["state"] == "VOID"
    assert (new["state"], new["reason"], new["issued_on"], new["issuing_office"]) == (
        "VALID",
        "REPLACEMENT",
        date(2021, 6, 1),
        WUMA,
    )
    assert case.book is not None
    assert (case.book.ref, case.book.reason, case.book.issuing_office) == (new["ref"], BookReason.REPLACEMENT, WUMA)


async def test_the_case_keeps_no_number_of_anybody(window: Window) -> None:
    await window.accepted()
    pool = window.province.ledger.pool
    for table in ("cases", "case_steps", "case_refusals", "requests", "access_log"):
        kept = await pool.fetch(f"SELECT t::text AS row FROM {table} t")  # noqa: S608
        assert kept or table == "case_refusals"
        assert not any(YE in row["row"] for row in kept)


async def test_the_entry_names_case_counter_and_officer_and_holds_the_household(window: Window) -> None:
    case = await window.accepted()
    [entry] = window.wenzhou.entries.values()
    assert (str(entry.id), entry.business, entry.station, entry.operator) == (
        f"{case.number}:ENTRY@{(await window.stored(case.number)).entry_key}",
        "D02",
        YIWU,
        f"officer@{YIWU}",
    )
    assert [(expected.kind, expected.ref, expected.version) for expected in entry.expected] == [
        (Kind.HOUSEHOLD, "h1", "5")
    ]


async def test_a_citizen_applies_online_for_the_own_household(window: Window) -> None:
    decision = await window.apply(caller=citizen(window.province, YE))
    assert decision.case is not None
    assert (decision.case.access, decision.case.state) == (AccessChannel.ONLINE, CaseState.READY_TO_PRINT)
    assert decision.case.allowed_actions == ()


BREAKS: dict[str, Callable[[JournalRegistry], None]] = {
    "SUBJECT_NOT_ACTIVE": lambda city: city.record(Kind.PERSON, "p1").update(state=PersonState.DEAD),
    "RECORD_LOCKED": lambda city: city.record(Kind.PERSON, "p1").update(lock=PersonLock.PENDING_CHANGE),
    "HOUSEHOLD_NOT_NORMAL": lambda city: city.record(Kind.HOUSEHOLD, "h1").update(state=HouseholdState.LOCKED),
    "MULTIPLE_HEADS": lambda city: city.record(Kind.PERSON, "p2").update(relation_to_head=Relation.HEAD),
    "NO_HEAD": lambda city: city.record(Kind.PERSON, "p1").update(relation_to_head=Relation.HUSBAND),
    "NOT_ELIGIBLE": lambda city: city.records[Kind.BOOK].clear(),
}


@pytest.mark.parametrize("code", BREAKS)
async def test_what_the_registry_holds_may_refuse(window: Window, code: str) -> None:
    BREAKS[code](window.wenzhou)
    decision = await window.apply()
    assert (decision.case, code in codes(decision)) == (None, True)
    await nothing_was_written(window)


async def test_a_head_who_is_dead_is_no_head_for_the_others(window: Window) -> None:
    window.wenzhou.record(Kind.PERSON, "p1").update(state=PersonState.DEAD)
    decision = await window.apply(replacement(number=WIFE))
    assert codes(decision) == ["NO_HEAD"]
    await nothing_was_written(window)


async def test_all_reasons_come_at_once(window: Window) -> None:
    window.wenzhou.record(Kind.PERSON, "p1").update(lock=PersonLock.LOCKED)
    window.wenzhou.record(Kind.HOUSEHOLD, "h1").update(state=HouseholdState.CANCELLED)
    decision = await window.apply(replacement(surrendered=False))
    assert codes(decision) == ["RECORD_LOCKED", "HOUSEHOLD_NOT_NORMAL", "MATERIAL_MISSING"]
    await nothing_was_written(window)


async def test_a_first_issue_in_a_household_with_a_book_is_refused(window: Window) -> None:
    decision = await window.apply(BookApplication(uuid4(), "D01", YE, YIWU, ("ID_HEAD",)))
    assert [(refusal.code, refusal.rule) for refusal in decision.refusals] == [
        ("NOT_ELIGIBLE", "HOUSEHOLD_HAS_NO_BOOK")
    ]
    await nothing_was_written(window)


async def test_a_first_issue_voids_nothing(window: Window) -> None:
    window.wenzhou.records[Kind.BOOK].clear()
    case = await window.accepted(BookApplication(uuid4(), "D01", YE, YIWU, ("ID_HEAD",)))
    assert case.book is not None
    assert [record["reason"] for record in window.wenzhou.records[Kind.BOOK]] == ["FIRST_ISSUE"]


async def test_a_member_with_authority_gets_the_lost_book_again(window: Window) -> None:
    lost = BookApplication(uuid4(), "D03", WIFE, YIWU, ("ID",), written_authority=True)
    assert codes(await window.apply(replace(lost, written_authority=False))) == ["MATERIAL_MISSING"]
    await nothing_was_written(window)
    case = await window.accepted(lost)
    assert case.state is CaseState.READY_TO_PRINT
    assert window.wenzhou.record(Kind.BOOK, "b1")["state"] == "VOID"


async def test_a_member_of_a_collective_household_gets_a_personal_page(window: Window) -> None:
    case = await window.accepted(BookApplication(uuid4(), "D04", STUDENT, YIWU, ("ID", "CONSENT_UNIT")))
    [old, page] = window.wenzhou.records[Kind.BOOK]
    assert old["state"] == "VALID"
    assert (page["household_ref"], page["person_ref"], page["reason"]) == ("h9", "p9", "PERSONAL_PAGE")
    assert case.state is CaseState.READY_TO_PRINT


async def test_a_family_member_gets_no_personal_page(window: Window) -> None:
    decision = await window.apply(BookApplication(uuid4(), "D04", YE, YIWU, ("ID", "CONSENT_UNIT")))
    assert [refusal.rule for refusal in decision.refusals] == ["HOUSEHOLD_IS_COLLECTIVE"]
    await nothing_was_written(window)


async def test_an_unknown_person_is_refused_when_every_city_says_no(window: Window) -> None:
    decision = await window.apply(replacement(number=NOBODY))
    assert codes(decision) == ["SUBJECT_NOT_FOUND"]
    await nothing_was_written(window)


@pytest.mark.parametrize(
    ("asked", "code", "place"),
    [
        (replacement(station="330782999000"), "UNKNOWN_STATION", "station"),
        (replacement(station="not a station"), "UNKNOWN_STATION", "station"),
        (replace(replacement(), business="Z99"), "UNKNOWN_ITEM", "business"),
        (replace(replacement(), business="G03"), "ITEM_NOT_SERVED", "business"),
        (replacement(number="330302197511209041"), "NUMBER_INVALID", "subjectNumber"),
        (replacement(number="33030219750231904X"), "NUMBER_INVALID", "subjectNumber"),
        (replace(replacement(), materials=("ID",)), "UNKNOWN_MATERIAL", "materials"),
        (replace(replacement(), materials=("OLD_HB", "OLD_HB")), "UNKNOWN_MATERIAL", "materials"),
    ],
    ids=[
        "no such station",
        "no code at all",
        "no such item",
        "not a book",
        "wrong check digit",
        "no such day",
        "a paper of another item",
        "a paper twice",
    ],
)
async def test_what_cannot_be_recognised_has_to_be_changed(
    window: Window, asked: BookApplication, code: str, place: str
) -> None:
    with pytest.raises(FixInput) as refused:
        await window.apply(asked)
    assert (refused.value.code, refused.value.place) == (code, place)
    assert asked.subject_number not in str(refused.value)
    await nothing_was_written(window)


@pytest.mark.parametrize(
    ("caller", "purpose", "code"),
    [
        (ANONYMOUS, None, "UNAUTHENTICATED"),
        (officer(), "D03", "PURPOSE_REQUIRED"),
        (officer(), "Q01", "PURPOSE_REQUIRED"),
        (officer(LISHUI), "D02", "NOT_ALLOWED"),
        (Caller(Role.OFFICER, "no station"), "D02", "NOT_ALLOWED"),
        (Caller(Role.CITIZEN, "somebody", subject_key=b"x" * 16), "D02", "NOT_ALLOWED"),
        (APPROVER, "D02", "NOT_ALLOWED"),
        (AUDITOR, "D02", "NOT_ALLOWED"),
        (Caller(Role.POLICY_OWNER, "policy"), "D02", "NOT_ALLOWED"),
        (Caller(Role.CITY_IT, "it"), "D02", "NOT_ALLOWED"),
    ],
)
async def test_who_may_not_apply_is_told_so_before_anything_is_read(
    window: Window, caller: Caller, purpose: str | None, code: str
) -> None:
    with pytest.raises(AskForRight) as refused:
        await window.apply(caller=caller, purpose=purpose)
    assert refused.value.code == code
    assert window.wenzhou.asked == []
    await nothing_was_written(window)


@pytest.mark.parametrize("caller", [ANONYMOUS, APPROVER, Caller(Role.OFFICER, "no station")])
async def test_who_may_not_apply_at_all_is_told_nothing_about_the_input(window: Window, caller: Caller) -> None:
    asked = replace(replacement(number="nonsense", station="nowhere"), business="Z99", materials=("NOTHING",))
    with pytest.raises(AskForRight) as refused:
        await window.apply(asked, caller)
    assert refused.value.code == ("UNAUTHENTICATED" if caller is ANONYMOUS else "NOT_ALLOWED")
    await nothing_was_written(window)


async def test_a_wrong_paper_is_answered_with_those_that_fit(window: Window) -> None:
    with pytest.raises(FixInput, match="D03 takes each of these once: ID, AUTHORITY"):
        await window.apply(BookApplication(uuid4(), "D03", YE, YIWU, (YE,)))


async def test_lishui_does_not_take_part_yet(window: Window) -> None:
    decision = await window.apply(replacement(station=LISHUI), officer(LISHUI))
    assert [(refusal.code, refusal.opens_on) for refusal in decision.refusals] == [
        ("CHANNEL_NOT_OPEN", date(2021, 12, 31))
    ]
    await nothing_was_written(window)


async def test_two_cities_claiming_the_person_is_for_people_to_decide(window: Window) -> None:
    await window.province.locator.dispute(window.province.locator.key(YE), ["jinhua", "wenzhou"])
    with pytest.raises(AskOperator) as refused:
        await window.apply()
    assert refused.value.code == "DISPUTED"
    await nothing_was_written(window)


async def test_a_person_nobody_remembers_cannot_be_waited_for(window: Window) -> None:
    window.jinhua.down = True
    with pytest.raises(TryLater) as refused:
        await window.apply(replacement(number=NOBODY))
    assert refused.value.code == "REGISTRY_UNAVAILABLE"
    await nothing_was_written(window)


async def test_a_book_issued_by_somebody_else_after_the_reading_is_judged_again(window: Window) -> None:
    """The household's version says nothing about its books: only the look while it is held does."""
    window.wenzhou.records[Kind.BOOK].clear()
    window.wenzhou.on["prepare"] = lambda: window.wenzhou.records[Kind.BOOK].append(book("b7", "h1"))
    decision = await window.apply(BookApplication(uuid4(), "D01", YE, YIWU, ("ID_HEAD",)))
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (CaseState.REFUSED, ["NOT_ELIGIBLE"])
    assert window.wenzhou.journal == []
    assert [record["ref"] for record in window.wenzhou.records[Kind.BOOK]] == ["b7"]
    assert set(window.wenzhou.phases.values()) == {"CANCELLED"}


async def test_a_record_changed_after_the_reading_is_read_again_once(window: Window) -> None:
    window.wenzhou.on["prepare"] = lambda: window.wenzhou.record(Kind.HOUSEHOLD, "h1").update(version="6")
    case = await window.accepted()
    assert case.state is CaseState.READY_TO_PRINT
    assert case.steps[1].attempts == 2
    assert len(window.wenzhou.journal) == 1
    key = (await window.stored(case.number)).entry_key
    assert [str(entry.id) for entry in window.wenzhou.entries.values()] == [f"{case.number}:ENTRY-2@{key}"]


async def test_a_record_that_keeps_changing_is_refused_as_stale(window: Window) -> None:
    household = window.wenzhou.record(Kind.HOUSEHOLD, "h1")

    def change() -> None:
        household["version"] = f"{household['version']}+"
        window.wenzhou.on["prepare"] = change

    window.wenzhou.on["prepare"] = change
    decision = await window.apply()
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (CaseState.REFUSED, ["STALE_VERSION"])
    assert [step.state for step in decision.case.steps] == [StepState.DONE, StepState.REFUSED, StepState.CANCELLED]
    assert window.wenzhou.journal == []


async def test_what_the_registry_refuses_is_refused_with_its_reason(window: Window) -> None:
    window.wenzhou.refuses = RefusalCode.HOUSEHOLD_NOT_NORMAL
    decision = await window.apply()
    assert decision.case is not None
    assert (decision.case.state, codes(decision)) == (CaseState.REFUSED, ["HOUSEHOLD_NOT_NORMAL"])
    assert window.wenzhou.journal == []


async def test_what_a_clerk_changes_while_the_entry_is_held_is_read_again(window: Window) -> None:
    window.wenzhou.on["commit"] = lambda: window.wenzhou.record(Kind.HOUSEHOLD, "h1").update(version="6")
    case = await window.accepted()
    assert case.state is CaseState.READY_TO_PRINT
    assert [phase.value for phase in window.wenzhou.phases.values()] == ["CANCELLED", "COMMITTED"]
    assert len(window.wenzhou.journal) == 1


async def test_two_at_once_for_one_household_do_not_refuse_each_other(window: Window) -> None:
    pages = [BookApplication(uuid4(), "D04", STUDENT, YIWU, ("ID", "CONSENT_UNIT")) for _ in range(2)]
    decisions = await asyncio.gather(*(window.apply(page) for page in pages))
    assert [codes(decision) for decision in decisions] == [[], []]
    assert {(await window.stored(decision.case.number)).state for decision in decisions if decision.case} == {
        CaseState.READY_TO_PRINT,
        CaseState.SUPERSEDED,
    }
    assert len(window.wenzhou.journal) == 2
    valid = [record for record in window.wenzhou.records[Kind.BOOK] if record["state"] == "VALID"]
    assert [record["person_ref"] for record in valid] == [None, "p9"]


async def test_a_household_held_for_good_is_refused_in_the_end(window: Window) -> None:
    case = await window.accepted()
    window.wenzhou.phases = dict.fromkeys(window.wenzhou.phases, Phase.PREPARED)
    held = await window.accepted(BookApplication(uuid4(), "D03", WIFE, YIWU, ("ID", "AUTHORITY")))
    assert held.number != case.number
    assert held.state is CaseState.PENDING_REGISTRY
    await window.province.ledger.pool.execute("UPDATE case_steps SET attempts = $1 WHERE name = 'ENTRY'", MOST_HELD)
    async with working(window.province):
        ended = await window.reached(held.number, CaseState.REFUSED)
    assert [refusal.code for refusal in ended.refusals] == ["RECORD_LOCKED"]
