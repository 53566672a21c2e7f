"""The same request twice is one case; the same key for something else is refused."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from resolvers.book_application import BookApplication
from resolvers.case import CaseState
from tests.counter import WIFE, WUMA, YE, Window, codes, officer, open_window, replacement
from tests.provinces import MakeProvince


@pytest.fixture
async def window(make_province: MakeProvince) -> Window:
    return await open_window(make_province)


async def test_the_same_application_again_is_the_same_case(window: Window) -> None:
    asked = replacement()
    first = await window.accepted(asked)
    again = await window.accepted(asked)
    assert again == first
    assert len(window.wenzhou.journal) == 1
    assert (await window.rows())["cases"] == 1


async def test_the_order_of_materials_and_the_spelling_of_the_number_do_not_matter(window: Window) -> None:
    asked = BookApplication(uuid4(), "D03", YE, replacement().station, ("ID", "AUTHORITY"))
    first = await window.accepted(asked)
    again = await window.accepted(replace(asked, materials=("AUTHORITY", "ID", "ID"), subject_number=f" {YE.lower()} "))
    assert again.number == first.number


@pytest.mark.parametrize(
    "other",
    [
        {"subject_number": WIFE},
        {"business": "D03"},
        {"materials": ("ID",)},
        {"old_book_surrendered": False},
        {"written_authority": True},
        {"station": WUMA},
        {"station": "nowhere"},
        {"business": "Z99", "subject_number": "nonsense"},
        {"subject_number": "330302197511209041"},
        {"subject_number": ""},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_the_same_key_with_another_payload_is_refused(window: Window, other: dict[str, object]) -> None:
    asked = replacement()
    await window.accepted(asked)
    before = await window.rows()
    decision = await window.apply(replace(asked, **other))  # type: ignore[arg-type]
    assert (decision.case, codes(decision)) == (None, ["IDEMPOTENCY_CONFLICT"])
    assert await window.rows() == before
    assert len(window.wenzhou.journal) == 1


async def test_the_same_key_under_another_purpose_is_the_same_request(window: Window) -> None:
    asked = replacement()
    case = await window.accepted(asked)
    assert (await window.apply(asked, purpose="D03")).case == case


async def test_two_callers_may_use_the_same_key(window: Window) -> None:
    asked = replacement()
    mine = await window.apply(asked, officer(name="first"))
    yours = await window.apply(asked, officer(name="second"))
    assert mine.case is not None
    assert yours.case is not None
    assert mine.case.number != yours.case.number


async def test_a_refused_application_may_be_made_good_under_the_same_key(window: Window) -> None:
    asked = replacement(surrendered=False)
    assert codes(await window.apply(asked)) == ["MATERIAL_MISSING"]
    case = await window.accepted(replace(asked, old_book_surrendered=True))
    assert case.state is CaseState.READY_TO_PRINT


async def test_ten_at_once_with_one_key_are_one_case(window: Window) -> None:
    asked = replacement()
    decisions = await asyncio.gather(*(window.apply(asked) for _ in range(10)))
    assert len({decision.case.number for decision in decisions if decision.case}) == 1
    assert all(decision.case for decision in decisions)
    assert len(window.wenzhou.journal) == 1
    assert (await window.rows())["cases"] == 1
