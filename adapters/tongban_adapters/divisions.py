"""The county-level divisions of Zhejiang with the dates they were in force, and what became of the earlier ones.

A division is its code *and* its first day: codes were reused for other places, and some kept their code while their
extent changed. Dates known only by year or month are the first day of it; `evidence` names the source.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from tongban_adapters.model import FOREVER

BEGINNING = date.min

CITY_CODES: Mapping[str, str] = MappingProxyType(
    {
        "hangzhou": "3301",
        "ningbo": "3302",
        "wenzhou": "3303",
        "jiaxing": "3304",
        "huzhou": "3305",
        "shaoxing": "3306",
        "jinhua": "3307",
        "quzhou": "3308",
        "zhoushan": "3309",
        "taizhou": "3310",
        "lishui": "3311",
    }
)


@dataclass(frozen=True, slots=True)
class Division:
    """One division in one extent; `city` is the slug of the city the place belongs to now, `valid_to` is exclusive."""

    code: str
    name_zh: str
    name_en: str
    city: str
    valid_from: date
    valid_to: date
    evidence: str

    def in_force(self, day: date) -> bool:
        """Tell whether the division existed in this extent on the day."""
        return self.valid_from <= day < self.valid_to


@dataclass(frozen=True, slots=True)
class Adjustment:
    """On `on`, the named streets of division `code` (none named: all others) became part of `successor`."""

    code: str
    on: date
    successor: str
    streets: frozenset[str]
    evidence: str


def _read(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(files("tongban_adapters").joinpath(name).read_text("utf-8").splitlines())


def _load_divisions() -> Mapping[str, tuple[Division, ...]]:
    history: dict[str, list[Division]] = {}
    for row in _read("divisions.csv"):
        division = Division(
            row["code"],
            row["name_zh"],
            row["name_en"],
            row["city"],
            date.fromisoformat(row["valid_from"]) if row["valid_from"] else BEGINNING,
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else FOREVER,
            row["evidence"],
        )
        history.setdefault(division.code, []).append(division)
    return MappingProxyType({code: tuple(sorted(rows, key=_first_day)) for code, rows in history.items()})


def _load_adjustments() -> Mapping[tuple[str, date], tuple[Adjustment, ...]]:
    found: dict[tuple[str, date], list[Adjustment]] = {}
    for row in _read("adjustments.csv"):
        on = date.fromisoformat(row["on"])
        adjustment = Adjustment(row["code"], on, row["successor"], frozenset(row["streets"].split()), row["evidence"])
        found.setdefault((adjustment.code, on), []).append(adjustment)
    return MappingProxyType({key: tuple(rows) for key, rows in found.items()})


def _first_day(division: Division) -> date:
    return division.valid_from


# Every division there ever was, by code, each code's rows by first day.
HISTORY: Mapping[str, tuple[Division, ...]] = _load_divisions()
# What happened to a division on the day its row ends.
ADJUSTMENTS: Mapping[tuple[str, date], tuple[Adjustment, ...]] = _load_adjustments()


@lru_cache(maxsize=64)
def on(day: date) -> Mapping[str, Division]:
    """Return the divisions in force on the day, by code (exact from 2013; earlier starts are known by year)."""
    return MappingProxyType({code: row for code, rows in HISTORY.items() for row in rows if row.in_force(day)})


def find(code: str, day: date | None = None) -> Division | None:
    """Return the division that had this code on the day (without a day: the last that had it), or None."""
    rows = HISTORY.get(code, ())
    if day is None:
        return rows[-1] if rows else None
    return next((row for row in rows if row.in_force(day)), None)


def nearest(code: str, day: date) -> Division | None:
    """Return the division that had this code on the day, else the first that got it later, else the last before.

    This is how a code is displayed as of a birth date: a number may carry a code younger than its holder.
    """
    rows = HISTORY.get(code, ())
    return next((row for row in rows if day < row.valid_to), rows[-1] if rows else None)


@lru_cache(maxsize=256)
def counties(city: str, day: date) -> tuple[Division, ...]:
    """Return the divisions of one city in force on the day, by code."""
    return tuple(sorted((row for row in on(day).values() if row.city == city), key=lambda row: row.code))


def follow(division: Division, street: str = "") -> Division | None:
    """Return the division that covers the place today.

    None where the division was split and the street (its Chinese name without 街道 or 镇) is not given, or where the
    table does not say what became of it.
    """
    here: Division | None = division
    while here is not None and here.valid_to != FOREVER:
        successor = _successor(ADJUSTMENTS.get((here.code, here.valid_to), ()), street)
        here = find(successor, here.valid_to) if successor else None
    return here


def _successor(adjustments: tuple[Adjustment, ...], street: str) -> str | None:
    if len(adjustments) == 1:
        return adjustments[0].successor
    if not street:
        return None
    for adjustment in adjustments:
        if street in adjustment.streets:
            return adjustment.successor
    return next((adjustment.successor for adjustment in adjustments if not adjustment.streets), None)
