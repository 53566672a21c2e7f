"""The dry run: the same gate, the same rules, nothing written, and no difference by where the applicant stands."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.book_application import Eligibility, EligibilityQuestion
from resolvers.book_judgement import Denied, Granted, judge_now
from resolvers.caller import ANONYMOUS, Caller
from resolvers.case import CaseState
from resolvers.catalogue import BUSINESSES
from resolvers.channels import Open, gate
from resolvers.eligibility import check_eligibility
from resolvers.ledger.cases import Declared
from resolvers.problems import AskForRight, FixInput, TryLater
from resolvers.rules import RULES
from tests.counter import EVE, LISHUI, STUDENT, WIFE, YE, YIWU, Window, officer, open_window, replacement
from tests.provinces import MakeProvince, citizen
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import Kind
from tongban_adapters.stations import STATIONS
from tongban_adapters.vocabulary import PersonLock

QUESTION = EligibilityQuestion("D02", YE, YIWU, old_book_surrendered=True)


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def ask(window: Window, question: EligibilityQuestion = QUESTION, caller: Caller | None = None) -> Eligibility:
    return await check_eligibility(window.province, window.visit(caller, question.business), question)


async def nothing_was_written(window: Window) -> None:
    assert set((await window.rows()).values()) == {0}
    assert window.writes() == []


async def test_a_yes_says_what_it_takes(window: Window) -> None:
    answer = await ask(window)
    assert answer == Eligibility(True, (), "D02", "wenzhou", "BLOCK-J", ("OLD_HB",), 0, 0)
    await nothing_was_written(window)


async def test_a_no_gives_the_reasons_an_application_would_get(window: Window) -> None:
    window.wenzhou.record(Kind.PERSON, "p1").update(lock=PersonLock.LOCKED)
    question = replace(QUESTION, old_book_surrendered=False)
    answer = await ask(window, question)
    assert [refusal.code.value for refusal in answer.refusals] == ["RECORD_LOCKED", "MATERIAL_MISSING"]
    assert (answer.eligible, answer.channel) == (False, None)
    assert (await window.apply(replacement(surrendered=False))).refusals == answer.refusals
    await nothing_was_written(window)


async def test_a_yes_is_kept_by_the_application(window: Window) -> None:
    assert (await ask(window)).eligible
    assert (await window.accepted()).state is CaseState.READY_TO_PRINT


async def test_on_the_eve_it_says_when_the_channel_opens(window: Window) -> None:
    [refusal] = (await ask(window.at(EVE))).refusals
    assert (refusal.code, refusal.opens_on) == ("CHANNEL_NOT_OPEN", date(2021, 6, 1))


async def test_nobody_of_this_number_is_a_no_without_a_city(window: Window) -> None:
    answer = await ask(window, replace(QUESTION, subject_number="330302198001010019"))
    assert ([refusal.code.value for refusal in answer.refusals], answer.registry_city) == (["SUBJECT_NOT_FOUND"], None)


async def test_an_item_without_rules_here_is_never_a_yes(window: Window) -> None:
    others = sorted(set(BUSINESSES) - set(RULES))
    assert len(others) == 46
    for code in others:
        with pytest.raises(FixInput) as refused:
            await ask(window, replace(QUESTION, business=code))
        assert refused.value.code == "ITEM_NOT_SERVED"


async def test_with_the_registry_down_there_is_no_answer_rather_than_a_guess(window: Window) -> None:
    window.wenzhou.down = True
    with pytest.raises(TryLater) as refused:
        await ask(window)
    assert refused.value.more["city"] == "wenzhou"
    await nothing_was_written(window)


async def test_without_a_token_nothing_is_said_about_the_input(window: Window) -> None:
    with pytest.raises(AskForRight) as refused:
        await ask(window, EligibilityQuestion("Z99", "nonsense", "nowhere", ("NOTHING",)), ANONYMOUS)
    assert refused.value.code == "UNAUTHENTICATED"


async def test_a_citizen_asks_for_himself_only(window: Window) -> None:
    assert (await ask(window, caller=citizen(window.province, YE))).eligible
    with pytest.raises(AskForRight):
        await ask(window, caller=citizen(window.province, WIFE))


FIRST_STATION = {city: next(s.code for s in STATIONS.values() if s.city == city) for city in CITY_CODES}
SUBJECTS = {"D01": YE, "D02": YE, "D03": WIFE, "D04": STUDENT}
PAPERS = st.frozensets(st.sampled_from(["OLD_HB", "ID", "ID_HEAD", "AUTHORITY", "CONSENT_UNIT"]))


@pytest.mark.parametrize("business", sorted(RULES))
async def test_it_makes_no_difference_at_which_open_counter_one_asks(window: Window, business: str) -> None:
    """Over every city with an open cell, each by a real station of its own and with and without the papers."""
    today = window.province.clock.today()
    for materials in ((), tuple(paper.code for paper in BUSINESSES[business].materials)):
        answers = {}
        for city in window.province.cities:
            if isinstance(gate(window.province.policy, business, city, "wenzhou", today), Open):
                station = FIRST_STATION[city]
                question = EligibilityQuestion(business, SUBJECTS[business], station, materials)
                answers[city] = replace(await ask(window, question, officer(station)), channel=None)
        assert sorted(answers) == ["hangzhou", "jinhua", "wenzhou"]
        assert len(set(answers.values())) == 1


@pytest.mark.parametrize("business", sorted(RULES))
async def test_the_judgement_is_the_same_for_every_counter_and_every_set_of_papers(
    window: Window, business: str
) -> None:
    facts: dict[frozenset[str], set[object]] = {}

    @given(PAPERS)
    def collect(papers: frozenset[str]) -> None:
        facts[papers] = set()

    collect()
    for papers, judgements in facts.items():
        for city in ("hangzhou", "jinhua", "wenzhou"):
            judged = await judge_now(
                window.province,
                window.visit(officer(FIRST_STATION[city]), business),
                SUBJECTS[business],
                BUSINESSES[business],
                city,
                Declared(tuple(sorted(papers)), old_book_surrendered=False, written_authority=False),
            )
            assert isinstance(judged, Granted | Denied)
            judgements.add(judged.facts if isinstance(judged, Granted) else judged.refusals)
        assert len(judgements) == 1


async def test_a_closed_channel_is_the_gates_word_and_not_the_rules(window: Window) -> None:
    answer = await ask(window, replace(QUESTION, station=LISHUI), officer(LISHUI))
    assert [refusal.rule for refusal in answer.refusals] == [None]
