"""The vectors of the number's standard and of the brief, and every way one wrong character can get in."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban_adapters.citizen_number import (
    NumberFault,
    NumberInvalid,
    birth_date,
    check,
    check_character,
    from_legacy,
    normalise,
)

TODAY = date(2026, 1, 1)

VALID = {
    "published-beijing": "11010519491231002X",
    "published-anhui": "34052419800101001X",
    "published-guangdong": "440524188001010014",
    "yiwu-prefix-male-x": "33078219880815907X",
    "lucheng-prefix-female-x": "33030219751120904X",
    "born-on-launch-day": "330102202106019034",
    "abolished-division-leap-day": "330103198002299059",
    "leap-day-of-a-century": "330782200002299065",
    "dinghai-female": "330902194910019082",
    "old-jinyun-code": "332526199001019011",
    "prefix-newer-than-birth": "330113199001019016",
}
IMPOSSIBLE_DAY = "330113202202299047"
BORN_BEFORE_1900 = "440524188001010014"
ACCEPTED = {name: number for name, number in VALID.items() if number != BORN_BEFORE_1900}


def reason_of(text: str) -> NumberFault:
    with pytest.raises(NumberInvalid) as caught:
        check(text, TODAY)
    return caught.value.reason


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_number_is_returned_unchanged(name: str) -> None:
    assert check(ACCEPTED[name], TODAY) == ACCEPTED[name]


@pytest.mark.parametrize("name", VALID)
def test_the_check_character_of_every_vector_is_computed(name: str) -> None:
    assert check_character(VALID[name][:17]) == VALID[name][17]


def test_a_right_check_character_does_not_save_an_impossible_day() -> None:
    assert check_character(IMPOSSIBLE_DAY[:17]) == IMPOSSIBLE_DAY[17]
    assert reason_of(IMPOSSIBLE_DAY) is NumberFault.DATE


def test_a_birth_before_1900_is_refused_as_input() -> None:
    assert reason_of(BORN_BEFORE_1900) is NumberFault.DATE


def test_a_birth_tomorrow_is_refused_today() -> None:
    launch_day = VALID["born-on-launch-day"]
    assert check(launch_day, date(2021, 6, 1)) == launch_day
    with pytest.raises(NumberInvalid) as caught:
        check(launch_day, date(2021, 5, 31))
    assert caught.value.reason is NumberFault.DATE


@pytest.mark.parametrize("name", [*VALID, "impossible-day"])
def test_every_changed_last_character_is_a_checksum_fault(name: str) -> None:
    number = VALID.get(name, IMPOSSIBLE_DAY)
    for last in set("0123456789X") - {number[17]}:
        assert reason_of(number[:17] + last) is NumberFault.CHECKSUM


@given(
    name=st.sampled_from([*VALID, "impossible-day"]),
    place=st.integers(0, 16),
    shift=st.integers(1, 9),
)
def test_every_changed_digit_is_a_checksum_fault(name: str, place: int, shift: int) -> None:
    number = VALID.get(name, IMPOSSIBLE_DAY)
    wrong = str((int(number[place]) + shift) % 10)
    assert reason_of(number[:place] + wrong + number[place + 1 :]) is NumberFault.CHECKSUM


@given(
    first16=st.text("0123456789", min_size=16, max_size=16),
    digit=st.sampled_from("0123456789"),
    place=st.integers(0, 15),
)
def test_every_swap_of_neighbouring_digits_changes_the_check_character(first16: str, digit: str, place: int) -> None:
    first17 = first16 + digit
    swapped = first17[:place] + first17[place + 1] + first17[place] + first17[place + 2 :]
    assert (check_character(swapped) == check_character(first17)) is (swapped == first17)


@pytest.mark.parametrize(
    "text",
    [
        "33078219880815907x",
        "３３０７８２１９８８０８１５９０７Ｘ",
        "３３０７８２１９８８０８１５９０７ｘ",
        " 330782 19880815 907X\t",
        "330782\u300019880815\u00a0907X",
        "33078219880815907Ⅹ",
    ],
    ids=["lower-case-x", "full-width", "full-width-lower-x", "inner-blanks", "wide-and-hard-blanks", "roman-ten"],
)
def test_what_people_type_is_brought_to_the_normal_form(text: str) -> None:
    assert normalise(text) == VALID["yiwu-prefix-male-x"]
    assert check(text, TODAY) == VALID["yiwu-prefix-male-x"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "33078219880815907",
        "33078219880815907XX",
        "3307821988081590X7",
        "33078219880815907Y",
        "330782-19880815-907X",
        "33078219880815907\u0665",
        "3\u0663078219880815907X",
        "²30782198808159077",
    ],
    ids=["empty", "short", "long", "x-inside", "other-letter", "dashes", "arabic-check", "arabic-digit", "superscript"],
)
def test_what_has_not_the_shape_of_a_number_is_a_structure_fault(text: str) -> None:
    assert reason_of(text) is NumberFault.STRUCTURE


def test_an_error_never_repeats_the_number() -> None:
    with pytest.raises(NumberInvalid) as caught:
        check(IMPOSSIBLE_DAY, TODAY)
    assert str(caught.value) == "not a citizen number: DATE"
    assert caught.value.args == ("not a citizen number: DATE",)


def test_the_birth_is_read_from_the_number() -> None:
    assert birth_date(VALID["lucheng-prefix-female-x"]) == date(1975, 11, 20)
    assert birth_date(IMPOSSIBLE_DAY) is None


def test_a_fifteen_digit_number_gets_its_century_back() -> None:
    number = VALID["published-anhui"]
    assert from_legacy(number[:6] + number[8:17]) == number
    centenarian = from_legacy("330302800101998")
    assert birth_date(centenarian) == date(1880, 1, 1)
    with pytest.raises(NumberInvalid) as caught:
        from_legacy("33030280010199")
    assert caught.value.reason is NumberFault.STRUCTURE
