"""The gate on the days that matter, over both time axes."""

import inspect
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.catalogue import ALL_CR, BUSINESSES, MAIN, PARTIAL
from resolvers.channel_policy import load_policy
from resolvers.channels import POLICY, Closed, Open, Reading, RowStatus, gate, gate_both, matrix
from resolvers.problems import FixInput
from tongban_adapters.divisions import find
from tongban_adapters.stations import STATIONS
from tongban_adapters.vocabulary import RefusalCode

LAUNCH = date(2021, 6, 1)
EVE = date(2021, 5, 31)
YIWU = STATIONS["330782001000"]
NOT_OPEN = RefusalCode.CHANNEL_NOT_OPEN
CITIES = POLICY.cities


def row_id(result: Open | Closed) -> str | None:
    assert isinstance(result, Open)
    return result.row.id if result.row else None


def test_on_the_eve_a_wenzhou_book_is_refused_in_yiwu_and_told_the_day() -> None:
    assert gate(POLICY, "D02", YIWU.city, "wenzhou", EVE) == Closed(NOT_OPEN, LAUNCH)


def test_on_launch_day_a_wenzhou_book_is_accepted_in_yiwu() -> None:
    assert row_id(gate(POLICY, "D02", YIWU.city, "wenzhou", LAUNCH)) == "BLOCK-J"


def test_yiwu_is_handled_by_jinhua_although_it_is_called_a_city() -> None:
    yiwu = find("330782")
    assert yiwu is not None
    assert (yiwu.name_zh[-1], YIWU.city) == ("市", "jinhua")


def test_the_gate_has_no_way_to_know_a_person_or_a_counter() -> None:
    assert list(inspect.signature(gate).parameters) == [
        "policy",
        "item",
        "handling",
        "registry",
        "on",
        "known_at",
        "reading",
    ]


@pytest.mark.parametrize("city", CITIES)
def test_every_city_handles_its_own_records_from_the_last_day_of_2019(city: str) -> None:
    assert gate(POLICY, "D02", city, city, date(2019, 12, 30)) == Closed(NOT_OPEN, date(2019, 12, 31))
    assert row_id(gate(POLICY, "D02", city, city, date(2019, 12, 31))) == "OWN-CITY"


def test_the_second_block_opens_a_part_of_the_items_in_april() -> None:
    assert gate(POLICY, "D02", "ningbo", "taizhou", date(2021, 4, 29)) == Closed(NOT_OPEN, date(2021, 4, 30))
    for item in ALL_CR:
        opened = gate(POLICY, item, "ningbo", "taizhou", date(2021, 4, 30))
        assert isinstance(opened, Open) is (item in PARTIAL)


def test_lishui_waits_for_the_end_of_the_year_and_only_for_main_items() -> None:
    for item in ALL_CR:
        closed = gate(POLICY, item, "hangzhou", "lishui", date(2021, 12, 30))
        assert closed == Closed(NOT_OPEN, date(2021, 12, 31) if item in MAIN else None)
        opened = gate(POLICY, item, "hangzhou", "lishui", date(2021, 12, 31))
        assert isinstance(opened, Open) is (item in MAIN)
    year_end = gate(POLICY, "D02", "hangzhou", "lishui", date(2021, 12, 31))
    assert isinstance(year_end, Open)
    assert year_end.row is not None
    assert year_end.row.status is RowStatus.ANNOUNCED


def test_between_the_blocks_the_reading_decides() -> None:
    assert gate(POLICY, "D02", "ningbo", "wenzhou", LAUNCH, reading=Reading.R1) == Closed(NOT_OPEN, date(2021, 12, 31))
    assert row_id(gate(POLICY, "D02", "ningbo", "wenzhou", LAUNCH, reading=Reading.R2)) == "TEN"
    assert gate(POLICY, "D02", "ningbo", "lishui", LAUNCH, reading=Reading.R3) == Closed(NOT_OPEN, date(2021, 12, 31))
    assert row_id(gate(POLICY, "D02", "wenzhou", "lishui", LAUNCH, reading=Reading.R3)) == "JUNE-WITH-EVERYONE"


@pytest.mark.parametrize("item", sorted(BUSINESSES.keys() - ALL_CR))
def test_an_item_that_is_not_cross_regional_stays_in_its_city(item: str) -> None:
    assert gate(POLICY, item, "jinhua", "wenzhou", date(2022, 1, 1)) == Closed(RefusalCode.ITEM_NOT_CROSS_REGIONAL)
    assert gate(POLICY, item, "wenzhou", "wenzhou", date(2022, 1, 1)) == Open(None)


def test_a_relocation_needs_both_channels() -> None:
    to_lishui = gate_both(POLICY, "F01", "jinhua", "wenzhou", "lishui", LAUNCH)
    assert row_id(to_lishui.origin) == "BLOCK-J"
    assert to_lishui.closed == (Closed(NOT_OPEN, date(2021, 12, 31)),)
    assert to_lishui.opens_on == date(2021, 12, 31)

    both_shut = gate_both(POLICY, "F01", "jinhua", "wenzhou", "lishui", EVE)
    assert both_shut.closed == (Closed(NOT_OPEN, LAUNCH), Closed(NOT_OPEN, date(2021, 12, 31)))
    assert both_shut.opens_on == date(2021, 12, 31)

    both_open = gate_both(POLICY, "F01", "jinhua", "jinhua", "wenzhou", LAUNCH)
    assert both_open.closed == ()
    assert both_open.opens_on is None

    student = gate_both(POLICY, "F09", "jinhua", "wenzhou", "hangzhou", LAUNCH)
    assert [one.code for one in student.closed] == [RefusalCode.ITEM_NOT_CROSS_REGIONAL] * 2
    assert student.opens_on is None


@pytest.mark.parametrize(
    ("item", "handling", "registry", "code", "place"),
    [
        ("D99", "jinhua", "wenzhou", "UNKNOWN_ITEM", "item"),
        ("Q01", "jinhua", "wenzhou", "UNKNOWN_ITEM", "item"),
        ("D02", "yiwu", "wenzhou", "UNKNOWN_CITY", "handling"),
        ("D02", "jinhua", "shanghai", "UNKNOWN_CITY", "registry"),
    ],
)
def test_an_unknown_word_is_a_fault_of_the_request(
    item: str, handling: str, registry: str, code: str, place: str
) -> None:
    with pytest.raises(FixInput) as caught:
        gate(POLICY, item, handling, registry, LAUNCH)
    assert (caught.value.code, caught.value.place) == (code, place)


DAYS = st.dates(date(2019, 12, 1), date(2022, 1, 31))
ITEMS = st.sampled_from(sorted(ALL_CR))
CITY = st.sampled_from(CITIES)
READINGS = st.sampled_from(Reading)


@given(item=ITEMS, handling=CITY, registry=CITY, day=DAYS, reading=READINGS)
def test_a_promised_day_is_the_first_open_day(
    item: str, handling: str, registry: str, day: date, reading: Reading
) -> None:
    result = gate(POLICY, item, handling, registry, day, reading=reading)
    if isinstance(result, Closed) and result.opens_on is not None:
        assert isinstance(gate(POLICY, item, handling, registry, result.opens_on, reading=reading), Open)
        before = result.opens_on - timedelta(days=1)
        assert isinstance(gate(POLICY, item, handling, registry, before, reading=reading), Closed)


@given(item=ITEMS, day=DAYS, reading=READINGS)
def test_the_matrix_says_what_the_gate_says(item: str, day: date, reading: Reading) -> None:
    cells = matrix(POLICY, day, {item}, reading)
    assert len(cells) == 121
    for cell in cells:
        told = gate(POLICY, item, cell.handling, cell.registry, day, reading=reading)
        assert cell.is_open is isinstance(told, Open)
        if isinstance(told, Closed):
            assert cell.opens_on == told.opens_on


RECORDED = datetime(2021, 7, 1, tzinfo=UTC)


def test_a_correction_is_added_and_what_was_known_before_stays_answerable() -> None:
    launch_row = next(row for row in POLICY.rows if row.id == "BLOCK-J")
    ten = next(row for row in POLICY.rows if row.id == "TEN")
    later = POLICY.amended(replace(launch_row, from_=date(2021, 6, 15), recorded_at=RECORDED)).amended(
        replace(ten, status=RowStatus.WITHDRAWN, recorded_at=RECORDED + timedelta(hours=1))
    )
    asked = ("D02", "jinhua", "wenzhou", LAUNCH)
    assert gate(later, *asked) == Closed(NOT_OPEN, date(2021, 6, 15))
    assert row_id(gate(later, *asked, known_at=RECORDED - timedelta(seconds=1))) == "BLOCK-J"
    assert row_id(gate(later, *asked, known_at=RECORDED)) == "TEN"
    assert row_id(gate(POLICY, *asked)) == "BLOCK-J"


def test_before_anything_was_recorded_nothing_is_known() -> None:
    early = datetime(2021, 6, 1, tzinfo=UTC)
    assert gate(POLICY, "D02", "jinhua", "wenzhou", LAUNCH, known_at=early) == Closed(NOT_OPEN, None)


def test_a_row_cannot_be_slipped_in_before_others() -> None:
    first = POLICY.rows[0]
    with pytest.raises(ValueError, match="OWN-CITY: rows are only added"):
        POLICY.amended(first)


def test_a_row_ends_on_its_last_day() -> None:
    launch_row = next(row for row in POLICY.rows if row.id == "BLOCK-J")
    ended = POLICY.amended(replace(launch_row, to=date(2021, 6, 3), recorded_at=RECORDED))
    asked = ("D02", "jinhua", "wenzhou")
    assert row_id(gate(ended, *asked, date(2021, 6, 2), reading=Reading.R1)) == "BLOCK-J"
    assert gate(ended, *asked, date(2021, 6, 3), reading=Reading.R1) == Closed(NOT_OPEN, date(2021, 12, 31))


ROW = """
[blocks]
J = ["hangzhou"]
[[row]]
id = "X"
from = 2021-06-01
precision = "DAY"
cells = [["J", "J"]]
items = "ALL_CR"
status = "REPORTED"
evidence = "S1"
recorded_at = 2021-06-04T00:00:00+08:00
"""


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('["J", "J"]', '["J", "K"]', "row X: K is none of ALL, J"),
        ('["hangzhou"]', '["hongkong"]', "unknown city hongkong"),
        ("from = 2021-06-01", "from = 2021-06-01\nto = 2021-06-01", "row X: `to` is not after `from`"),
        ('"DAY"', '"WEEK"', "Invalid enum value 'WEEK'"),
        ('"ALL_CR"', '"SOME"', "Invalid enum value 'SOME'"),
        ('id = "X"', 'id = "X"\nshare = 83', "unknown field `share`"),
    ],
    ids=["group", "city", "dates", "precision", "items", "field"],
)
def test_a_wrong_policy_file_stops_the_start_and_says_why(good: str, bad: str, told: str) -> None:
    assert len(load_policy(ROW.encode(), CITIES).rows) == 1
    with pytest.raises(ValueError, match=told):
        load_policy(ROW.replace(good, bad).encode(), CITIES)
