"""The rules of the household book, by themselves: no city, no counter, no database."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalogue import BUSINESSES
from resolvers.refusals import TEXTS
from resolvers.rules import (
    RULES,
    BookFact,
    BookFacts,
    HouseholdFacts,
    Paper,
    SubjectFacts,
    age,
    book_to_void,
    judge,
    rule_version,
)
from tongban_adapters.vocabulary import (
    HouseholdKind,
    HouseholdState,
    PersonLock,
    PersonState,
    RefusalCode,
    Relation,
)

ON = date(2021, 6, 1)
HEAD = SubjectFacts("p1", PersonState.NORMAL, PersonLock.NONE, Relation.HEAD, date(1975, 11, 20))
BOOK = BookFact("b1", "7", None)
FAMILY = HouseholdFacts("h1", "3", HouseholdKind.FAMILY, HouseholdState.NORMAL, "330302001000", 1, (BOOK,))
OLD_HB = Paper("OLD_HB", "原居民户口簿", "the old household book")
ID = Paper("ID", "居民身份证", "ID card")
AUTHORITY = Paper("AUTHORITY", "书面委托书", "written authority of the head")

REPLACEMENT = BookFacts("D02", ON, HEAD, FAMILY, (OLD_HB,), frozenset({"OLD_HB"}))
FIRST_ISSUE = replace(
    REPLACEMENT, business="D01", household=replace(FAMILY, books=()), papers=(), presented=frozenset()
)
REISSUE = BookFacts("D03", ON, HEAD, FAMILY, (ID, AUTHORITY), frozenset({"ID"}))
PAGE = BookFacts(
    "D04",
    ON,
    replace(HEAD, ref="p9", relation=Relation.NON_RELATIVE),
    replace(FAMILY, kind=HouseholdKind.COLLECTIVE, heads=0, books=()),
    (ID,),
    frozenset({"ID"}),
)


def reasons(facts: BookFacts) -> list[tuple[str, str | None]]:
    return [(refusal.code.value, refusal.rule) for refusal in judge(facts)]


@pytest.mark.parametrize("facts", [FIRST_ISSUE, REPLACEMENT, REISSUE, PAGE], ids=lambda facts: facts.business)
def test_an_ordinary_application_is_granted(facts: BookFacts) -> None:
    assert judge(facts) == ()


@pytest.mark.parametrize("facts", [FIRST_ISSUE, REPLACEMENT, REISSUE, PAGE], ids=lambda facts: facts.business)
@pytest.mark.parametrize("state", [state for state in PersonState if state is not PersonState.NORMAL])
def test_only_an_active_person_gets_a_book(facts: BookFacts, state: PersonState) -> None:
    changed = replace(facts, subject=replace(facts.subject, state=state))
    assert reasons(changed) == [("SUBJECT_NOT_ACTIVE", "SUBJECT_IS_ACTIVE")]


@pytest.mark.parametrize("facts", [FIRST_ISSUE, REPLACEMENT, REISSUE, PAGE], ids=lambda facts: facts.business)
@pytest.mark.parametrize("lock", [lock for lock in PersonLock if lock is not PersonLock.NONE])
def test_a_locked_record_refuses(facts: BookFacts, lock: PersonLock) -> None:
    changed = replace(facts, subject=replace(facts.subject, lock=lock))
    assert reasons(changed) == [("RECORD_LOCKED", "SUBJECT_IS_NOT_LOCKED")]


@pytest.mark.parametrize("facts", [FIRST_ISSUE, REPLACEMENT, REISSUE, PAGE], ids=lambda facts: facts.business)
@pytest.mark.parametrize("state", [state for state in HouseholdState if state is not HouseholdState.NORMAL])
def test_a_household_that_is_not_normal_refuses(facts: BookFacts, state: HouseholdState) -> None:
    changed = replace(facts, household=replace(facts.household, state=state))
    assert reasons(changed) == [("HOUSEHOLD_NOT_NORMAL", "HOUSEHOLD_IS_NORMAL")]


@pytest.mark.parametrize("facts", [FIRST_ISSUE, REPLACEMENT, REISSUE], ids=lambda facts: facts.business)
@pytest.mark.parametrize(("heads", "code"), [(0, "NO_HEAD"), (2, "MULTIPLE_HEADS")])
def test_a_book_needs_exactly_one_head(facts: BookFacts, heads: int, code: str) -> None:
    changed = replace(facts, household=replace(facts.household, heads=heads))
    assert reasons(changed) == [(code, "HOUSEHOLD_HAS_ONE_HEAD")]


def test_a_first_issue_is_refused_where_a_valid_book_exists() -> None:
    changed = replace(FIRST_ISSUE, household=FAMILY)
    assert reasons(changed) == [("NOT_ELIGIBLE", "HOUSEHOLD_HAS_NO_BOOK")]


@pytest.mark.parametrize("facts", [REPLACEMENT, REISSUE], ids=lambda facts: facts.business)
def test_replacing_or_reissuing_needs_a_book(facts: BookFacts) -> None:
    changed = replace(facts, household=replace(FAMILY, books=()))
    assert reasons(changed) == [("NOT_ELIGIBLE", "HOUSEHOLD_HAS_A_BOOK")]


def test_a_personal_page_is_no_household_book() -> None:
    pages_only = replace(FAMILY, books=(BookFact("b2", "1", "p1"),))
    assert reasons(replace(REPLACEMENT, household=pages_only)) == [("NOT_ELIGIBLE", "HOUSEHOLD_HAS_A_BOOK")]
    assert reasons(replace(FIRST_ISSUE, household=pages_only)) == []


def test_a_replacement_without_the_old_book_misses_a_material() -> None:
    [refusal] = judge(replace(REPLACEMENT, presented=frozenset()))
    assert (refusal.code, refusal.field) == (RefusalCode.MATERIAL_MISSING, "materials")
    assert refusal.message_zh == "缺少申请材料：原居民户口簿(OLD_HB)"
    assert refusal.message_en == "materials are missing: the old household book (OLD_HB)"


def test_everything_missing_is_named_in_one_list() -> None:
    member = replace(HEAD, relation=Relation.WIFE)
    [refusal] = judge(replace(REISSUE, subject=member, presented=frozenset()))
    assert refusal.message_en == "materials are missing: ID card (ID), written authority of the head (AUTHORITY)"


def test_an_adult_member_with_authority_reports_the_lost_book() -> None:
    member = replace(HEAD, relation=Relation.WIFE)
    presented = frozenset({"ID", "AUTHORITY"})
    assert judge(replace(REISSUE, subject=member, presented=presented)) == ()


def test_a_minor_does_not_report_the_lost_book_even_with_authority() -> None:
    presented = frozenset({"ID", "AUTHORITY"})
    eve = replace(HEAD, relation=Relation.SON, birth_date=date(2003, 6, 2))
    birthday = replace(eve, birth_date=date(2003, 6, 1))
    assert reasons(replace(REISSUE, subject=eve, presented=presented)) == [
        ("NOT_ELIGIBLE", "APPLICANT_IS_HEAD_OR_ADULT")
    ]
    assert judge(replace(REISSUE, subject=birthday, presented=presented)) == ()


def test_a_personal_page_is_for_collective_households_only() -> None:
    changed = replace(PAGE, household=replace(PAGE.household, kind=HouseholdKind.FAMILY))
    assert reasons(changed) == [("NOT_ELIGIBLE", "HOUSEHOLD_IS_COLLECTIVE")]


def test_a_new_personal_page_voids_the_members_own_old_page_only() -> None:
    books = (BOOK, BookFact("b3", "1", "p8"), BookFact("b4", "1", "p9"))
    facts = replace(PAGE, household=replace(PAGE.household, books=books))
    assert book_to_void(facts) == BookFact("b4", "1", "p9")


def test_every_reason_is_told_at_once() -> None:
    facts = replace(
        REPLACEMENT,
        subject=replace(HEAD, state=PersonState.DEAD, lock=PersonLock.LOCKED),
        household=replace(FAMILY, state=HouseholdState.LOCKED, heads=0, books=()),
        presented=frozenset(),
    )
    assert [code for code, _ in reasons(facts)] == [
        "SUBJECT_NOT_ACTIVE",
        "RECORD_LOCKED",
        "HOUSEHOLD_NOT_NORMAL",
        "NO_HEAD",
        "NOT_ELIGIBLE",
        "MATERIAL_MISSING",
    ]


def test_the_facts_have_no_place_for_the_counter() -> None:
    named = {field.name for kind in (BookFacts, SubjectFacts, HouseholdFacts) for field in fields(kind)}
    assert named == {
        "business", "accepted_on", "subject", "household", "papers", "presented",
        "ref", "state", "lock", "relation", "birth_date",
        "version", "kind", "police_station", "heads", "books",
    }  # fmt: skip


@given(
    state=st.sampled_from(PersonState),
    lock=st.sampled_from(PersonLock),
    heads=st.integers(0, 3),
    presented=st.frozensets(st.sampled_from(["OLD_HB", "ID", "AUTHORITY"])),
    business=st.sampled_from(sorted(RULES)),
)
def test_a_book_is_granted_only_to_an_active_unlocked_person(
    state: PersonState, lock: PersonLock, heads: int, presented: frozenset[str], business: str
) -> None:
    household = replace(FAMILY, heads=heads)
    facts = BookFacts(business, ON, replace(HEAD, state=state, lock=lock), household, (ID,), presented)
    granted = not judge(facts)
    assert not granted or (state is PersonState.NORMAL and lock is PersonLock.NONE and "ID" in presented)
    assert judge(facts) == judge(facts)


def test_somebody_born_on_a_leap_day_is_of_age_on_the_first_of_march() -> None:
    assert age(date(2004, 2, 29), date(2022, 2, 28)) == 17
    assert age(date(2004, 2, 29), date(2022, 3, 1)) == 18


def test_the_rules_of_the_acceptance_date_count() -> None:
    assert rule_version(date(2020, 4, 30)) == "ZJ-BEFORE-2020"
    assert rule_version(date(2020, 5, 1)) == "ZJ-2020"


def test_every_item_with_rules_is_a_cross_regional_business_written_at_the_subjects_city() -> None:
    assert sorted(RULES) == ["D01", "D02", "D03", "D04"]
    for code in RULES:
        assert BUSINESSES[code].cross_regional
        assert BUSINESSES[code].writes == "SUBJECT_CITY"


def test_every_refusal_code_has_a_text_in_both_languages() -> None:
    assert set(TEXTS) == set(RefusalCode)
    assert all(zh and en for zh, en in TEXTS.values())
