"""Case numbers and due dates."""

from datetime import date

import pytest

from resolvers.case_number import case_number, is_case_number
from resolvers.working_days import due_on


def test_a_case_number_names_its_day_and_nothing_else() -> None:
    number = case_number(date(2021, 6, 1), 1)
    assert number[:16] == "TB20210601000001"
    assert len(number) == 17
    assert is_case_number(number)


def test_numbers_go_on_when_the_sequence_outgrows_six_digits() -> None:
    assert is_case_number(case_number(date(2021, 6, 1), 1_234_567))


def test_every_single_wrong_digit_is_noticed() -> None:
    number = case_number(date(2021, 6, 1), 4711)
    for place in range(2, len(number)):
        for digit in "0123456789":
            if digit != number[place]:
                assert not is_case_number(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "TB", "D02", "TB2021060100000", "tb202106010000017", "TB２０２１０６０１０００００１7"]
)
def test_other_texts_are_no_case_numbers(text: str) -> None:
    assert not is_case_number(text)


FRIDAY, SATURDAY = date(2021, 6, 11), date(2021, 6, 12)


def test_a_limit_of_nought_is_the_same_day_even_on_a_saturday() -> None:
    assert due_on(SATURDAY, 0) == SATURDAY


def test_working_days_leave_out_weekends_and_holidays() -> None:
    assert due_on(FRIDAY, 1) == date(2021, 6, 14)
    assert due_on(FRIDAY, 1, frozenset({date(2021, 6, 14)})) == date(2021, 6, 15)
    assert due_on(SATURDAY, 5) == date(2021, 6, 18)
