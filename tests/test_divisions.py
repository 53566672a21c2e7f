"""Which place a code meant on which day."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tongban_adapters import divisions
from tongban_adapters.divisions import ADJUSTMENTS, CITY_CODES, HISTORY, counties, find, follow, nearest
from tongban_adapters.model import FOREVER

TODAY = date(2026, 1, 1)
BEFORE_2021 = date(2020, 12, 31)


@pytest.mark.parametrize("day", [TODAY, date(2021, 6, 1), BEFORE_2021], ids=["today", "launch", "2020"])
def test_a_slice_has_ninety_counties(day: date) -> None:
    assert len(divisions.on(day)) == 90


def test_today_has_the_ranks_of_the_official_table() -> None:
    ranks = Counter(
        "autonomous" if name.endswith("自治县") else name[-1]
        for name in (division.name_zh for division in divisions.on(TODAY).values())
    )
    assert ranks == {"区": 37, "市": 20, "县": 32, "autonomous": 1}


def test_today_every_city_has_its_number_of_counties_under_its_own_code() -> None:
    sizes = {city: len(counties(city, TODAY)) for city in CITY_CODES}
    assert list(sizes.values()) == [13, 10, 12, 7, 5, 6, 9, 6, 4, 9, 9]
    for city, code in CITY_CODES.items():
        assert {division.code[:4] for division in counties(city, TODAY)} == {code}


def test_hangzhou_had_thirteen_other_divisions_in_2020() -> None:
    before = {division.code for division in counties("hangzhou", BEFORE_2021)}
    now = {division.code for division in counties("hangzhou", TODAY)}
    assert before - now == {"330103", "330104"}
    assert now - before == {"330113", "330114"}


def test_a_division_that_kept_its_code_but_not_its_extent_is_another_division() -> None:
    for code in ("330102", "330105", "330109", "330110"):
        old, new = find(code, BEFORE_2021), find(code, TODAY)
        assert old is not None
        assert new is not None
        assert (old.name_zh, old.valid_to) == (new.name_zh, new.valid_from)
        assert old != new


def test_an_abolished_birthplace_is_shown_as_of_the_birth_date() -> None:
    born = nearest("330104", date(1980, 2, 29))
    assert born is not None
    assert (born.name_zh, born.name_en, born.city) == ("江干区", "Jianggan", "hangzhou")
    assert find("330104", TODAY) is None


def test_a_code_younger_than_its_holder_is_still_shown() -> None:
    born = nearest("330113", date(1990, 1, 1))
    assert born is not None
    assert born.name_zh == "临平区"
    assert find("330113", date(1990, 1, 1)) is None


@pytest.mark.parametrize(
    ("code", "year", "name", "city"),
    [
        ("332526", 1981, "义乌县", "jinhua"),
        ("332526", 1982, "缙云县", "lishui"),
        ("332526", 1999, "缙云县", "lishui"),
        ("332621", 1981, "丽水县", "lishui"),
        ("332621", 1982, "临海县", "taizhou"),
    ],
)
def test_a_reused_code_means_another_city_on_another_day(code: str, year: int, name: str, city: str) -> None:
    found = find(code, date(year, 7, 1))
    assert found is not None
    assert (found.name_zh, found.city) == (name, city)


@pytest.mark.parametrize(
    ("code", "day", "now"),
    [
        ("330183", date(2000, 1, 1), "330111"),
        ("330322", date(2000, 1, 1), "330305"),
        ("330621", date(2000, 1, 1), "330603"),
        ("330682", date(2000, 1, 1), "330604"),
        ("330185", date(2000, 1, 1), "330112"),
        ("330204", date(2000, 1, 1), "330212"),
        ("330283", date(2000, 1, 1), "330213"),
        ("331021", date(2000, 1, 1), "331083"),
        ("330725", date(1986, 1, 1), "330782"),
        ("332501", date(1990, 1, 1), "331102"),
        ("332522", date(1990, 1, 1), "331121"),
        ("332525", date(1990, 1, 1), "331126"),
        ("332526", date(1990, 1, 1), "331122"),
        ("332527", date(1990, 1, 1), "331123"),
        ("332529", date(1990, 1, 1), "331127"),
        ("330103", BEFORE_2021, "330105"),
    ],
)
def test_an_earlier_code_leads_to_the_division_of_today(code: str, day: date, now: str) -> None:
    earlier = find(code, day)
    assert earlier is not None
    assert follow(earlier) == find(now, TODAY)


@pytest.mark.parametrize(
    ("code", "street", "now"),
    [
        ("330104", "下沙", "330114"),
        ("330104", "凯旋", "330102"),
        ("330109", "义蓬", "330114"),
        ("330109", "城厢", "330109"),
        ("330110", "塘栖", "330113"),
        ("330110", "仓前", "330110"),
    ],
)
def test_a_split_division_needs_the_street(code: str, street: str, now: str) -> None:
    earlier = find(code, BEFORE_2021)
    assert earlier is not None
    assert follow(earlier) is None
    assert follow(earlier, street) == find(now, TODAY)


def test_longgang_was_cut_out_of_cangnan() -> None:
    longgang, cangnan = find("330383"), find("330327", date(2019, 8, 31))
    assert longgang is not None
    assert cangnan is not None
    assert follow(cangnan, "龙港") == longgang
    assert follow(cangnan, "灵溪") == find("330327", TODAY)


def test_the_new_qiantang_was_made_of_parts_of_two_divisions() -> None:
    assert {code for (code, _), rows in ADJUSTMENTS.items() if any(row.successor == "330114" for row in rows)} == {
        "330104",
        "330109",
    }


def test_two_divisions_never_hold_one_code_on_the_same_day() -> None:
    for rows in HISTORY.values():
        for earlier, later in pairwise(rows):
            assert earlier.valid_to <= later.valid_from


def test_every_adjustment_joins_rows_that_end_and_stand_on_its_day() -> None:
    for (code, day), rows in ADJUSTMENTS.items():
        ending = find(code, day - timedelta(days=1))
        assert ending is not None
        assert ending.valid_to == day
        assert all(find(row.successor, day) is not None for row in rows)


def test_every_division_of_this_century_can_be_followed_or_was_split() -> None:
    ended = [row for rows in HISTORY.values() for row in rows if date(2000, 1, 1) <= row.valid_to < FOREVER]
    assert len(ended) > 20
    assert all((row.code, row.valid_to) in ADJUSTMENTS for row in ended)


def test_statistical_divisions_are_no_divisions() -> None:
    assert find("330371") is None
    assert not [code for code in divisions.on(TODAY) if code[4:] in ("00", "01")]
