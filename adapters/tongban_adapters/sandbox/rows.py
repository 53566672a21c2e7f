"""Rows for COPY, gathered table by table, and the ids they take from the tables' sequences."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Protocol

from tongban_adapters.codes import standard_lists
from tongban_adapters.sandbox.population.records import Household

Cell = str | int | date | None
Row = tuple[Cell, ...]


class Layout(Protocol):
    """Turns households into the rows of one registry's tables."""

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of every table that is filled."""

    def add(self, household: Household) -> None:
        """Gather the rows of one household with everything in it."""

    def drain(self) -> dict[str, list[Row]]:
        """Hand over the rows gathered since the last time, by table."""

    def sequences(self) -> Mapping[str, int]:
        """Return the last id used of every sequence."""


class Ids:
    """The ids of one sequence: 3303 07 0000012 is the city, the kind of record, the place within it."""

    __slots__ = ("last",)

    def __init__(self, city_code: str, kind: int) -> None:
        self.last = (int(city_code) * 100 + kind) * 10**7

    def next(self) -> int:
        """Return the next id."""
        self.last += 1
        return self.last


class Codes:
    """The codes of one standard list, as a clerk wrote them: where several mean the same, each is used."""

    __slots__ = ("_raw",)

    def __init__(self, name: str, instead: Mapping[StrEnum, StrEnum] | None = None) -> None:
        raw = dict(standard_lists()[name].raw)
        for value, other in (instead or {}).items():
            raw[value] = raw[other]
        self._raw = raw

    def of(self, value: StrEnum | None, turn: int = 0) -> str | None:
        """Return a code of the value; `turn` picks among several."""
        if value is None:
            return None
        codes = self._raw[value]
        return codes[turn % len(codes)]
