"""How much is open on every day that matters, under every way of counting; exact fractions."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest

from resolvers.case_volume import cases_a_year
from resolvers.catalogue import ItemSet
from resolvers.channels import POLICY, Coverage, Reading, Weighting, coverage

BEFORE_ALL = date(2019, 12, 30)
OWN_CITY = date(2019, 12, 31)
MARCH = date(2021, 4, 29)
APRIL = date(2021, 4, 30)
MAY = date(2021, 5, 31)
JUNE = date(2021, 6, 1)
DECEMBER = date(2021, 12, 30)
YEAR_END = date(2021, 12, 31)

COUNTED = (Weighting.PAIRS, Weighting.ORDERED, Weighting.CELLS, Weighting.CELLS_BLOCKS_ONLY)
TOTALS = (55, 110, 121, 121)


def of(day: date, weighting: Weighting, reading: Reading, items: ItemSet = ItemSet.ALL_CR) -> Coverage:
    return coverage(POLICY, day, items, weighting, reading)


@pytest.mark.parametrize(
    ("day", "reading", "opened"),
    [
        (BEFORE_ALL, Reading.R1, (0, 0, 0, 0)),
        (BEFORE_ALL, Reading.R2, (0, 0, 0, 0)),
        (OWN_CITY, Reading.R1, (0, 0, 11, 0)),
        (OWN_CITY, Reading.R2, (0, 0, 11, 0)),
        (MARCH, Reading.R1, (0, 0, 11, 0)),
        (MARCH, Reading.R2, (0, 0, 11, 0)),
        (APRIL, Reading.R1, (10, 20, 31, 25)),
        (APRIL, Reading.R2, (10, 20, 31, 25)),
        (MAY, Reading.R1, (10, 20, 31, 25)),
        (MAY, Reading.R2, (10, 20, 31, 25)),
        (JUNE, Reading.R1, (20, 40, 51, 50)),
        (JUNE, Reading.R2, (45, 90, 101, 100)),
        (JUNE, Reading.R3, (50, 100, 111, 110)),
        (DECEMBER, Reading.R1, (20, 40, 51, 50)),
        (DECEMBER, Reading.R2, (45, 90, 101, 100)),
        (DECEMBER, Reading.R3, (50, 100, 111, 110)),
        (YEAR_END, Reading.R1, (55, 110, 121, 121)),
        (YEAR_END, Reading.R2, (55, 110, 121, 121)),
        (YEAR_END, Reading.R3, (55, 110, 121, 121)),
    ],
)
def test_the_open_part_is_counted_exactly(day: date, reading: Reading, opened: tuple[int, ...]) -> None:
    found = [of(day, weighting, reading) for weighting in COUNTED]
    assert tuple(one.opened for one in found) == opened
    assert tuple(one.total for one in found) == TOTALS
    assert [one.exact for one in found] == [Fraction(a, b) for a, b in zip(opened, TOTALS, strict=True)]


@pytest.mark.parametrize(
    ("reading", "weighting", "percent"),
    [
        (Reading.R1, Weighting.PAIRS, 36.4),
        (Reading.R1, Weighting.ORDERED, 36.4),
        (Reading.R1, Weighting.CELLS, 42.1),
        (Reading.R2, Weighting.PAIRS, 81.8),
        (Reading.R2, Weighting.ORDERED, 81.8),
        (Reading.R2, Weighting.CELLS, 83.5),
        (Reading.R2, Weighting.CELLS_BLOCKS_ONLY, 82.6),
        (Reading.R3, Weighting.PAIRS, 90.9),
        (Reading.R3, Weighting.CELLS, 91.7),
    ],
)
def test_the_june_shares_in_percent(reading: Reading, weighting: Weighting, percent: float) -> None:
    assert round(of(JUNE, weighting, reading).share * 100, 1) == percent


def test_a_cell_with_a_part_of_the_items_is_opened_but_not_fully() -> None:
    april = of(APRIL, Weighting.PAIRS, Reading.R2)
    assert (april.opened, april.fully_opened) == (10, 0)
    assert of(APRIL, Weighting.PAIRS, Reading.R2, ItemSet.PARTIAL).fully_opened == 10
    june = of(JUNE, Weighting.PAIRS, Reading.R1)
    assert (june.opened, june.fully_opened) == (20, 10)
    end = of(YEAR_END, Weighting.PAIRS, Reading.R2)
    assert (end.opened, end.fully_opened) == (55, 45)
    assert of(YEAR_END, Weighting.PAIRS, Reading.R2, ItemSet.MAIN).fully_opened == 55


def test_a_pair_open_one_way_only_is_no_open_pair() -> None:
    row = next(row for row in POLICY.rows if row.id == "BLOCK-J")
    one_way = replace(
        row, id="ONE-WAY", cells=frozenset({("hangzhou", "lishui")}), recorded_at=datetime(2021, 7, 1, tzinfo=UTC)
    )
    policy = POLICY.amended(one_way)
    assert coverage(policy, JUNE, ItemSet.ALL_CR, Weighting.ORDERED).opened == 91
    assert coverage(policy, JUNE, ItemSet.ALL_CR, Weighting.PAIRS).opened == 45


def test_a_figure_names_the_rows_it_was_counted_from() -> None:
    assert of(JUNE, Weighting.PAIRS, Reading.R1).rows == ("BLOCK-A", "BLOCK-J")
    assert of(JUNE, Weighting.CELLS, Reading.R2).rows == ("BLOCK-A", "BLOCK-J", "OWN-CITY", "TEN")
    assert of(BEFORE_ALL, Weighting.CELLS, Reading.R2).rows == ()


def test_the_announced_figure_is_quoted_from_its_day_on_beside_the_computed_one() -> None:
    assert of(MAY, Weighting.PAIRS, Reading.R2).announced is None
    for day in (JUNE, DECEMBER, YEAR_END):
        announced = of(day, Weighting.PAIRS, Reading.R1).announced
        assert announced is not None
        assert (announced.text, announced.as_of) == ("nearly 83%", JUNE)
        assert announced.source.startswith("S1")


def test_the_announced_figure_is_nowhere_in_the_code() -> None:
    code = [path for path in Path(str(files("resolvers"))).glob("*.py") if "channel" in path.name]
    assert len(code) == 3
    assert not [path.name for path in code if re.search(r"\b0?\.?83\b", path.read_text("utf-8"))]


def test_by_volume_every_reading_lies_between_nothing_and_everything() -> None:
    opened = [of(JUNE, Weighting.VOLUME, reading).opened for reading in Reading]
    total = of(JUNE, Weighting.VOLUME, Reading.R2).total
    assert 0 < opened[0] < opened[1] < opened[2] < total
    assert total == sum(cases_a_year().values())
    assert of(BEFORE_ALL, Weighting.VOLUME, Reading.R2).opened == 0
    assert of(YEAR_END, Weighting.VOLUME, Reading.R2).opened == total


def test_the_volume_has_the_published_migrants_in_hangzhou() -> None:
    cases = cases_a_year()
    june_cities = [cases["hangzhou", registry] for registry in ("wenzhou", "huzhou", "jinhua", "quzhou")]
    assert sum(june_cities) == pytest.approx(150_000, abs=2)
    assert len(cases) == 110
    assert min(cases.values()) > 0


def test_the_volume_follows_from_the_declared_population() -> None:
    # 12 % of 2,699,000 registered in Lishui live in the ten other cities; a quarter of them has a case each year.
    from_lishui = [cases for (_, registry), cases in cases_a_year().items() if registry == "lishui"]
    assert sum(from_lishui) == pytest.approx(2_699_000 * 0.12 * 0.25, abs=10)
