"""The channel policy: rows that say which city handles what for which registry, over validity and knowledge time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from importlib.resources import files
from itertools import product
from typing import Literal

from msgspec import Struct, field, toml

from resolvers.catalogue import ITEM_SETS, ItemSet
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.model import FOREVER

# (handling city, registry city), as slugs.
Cell = tuple[str, str]

_DIAGONAL: Literal["DIAGONAL"] = "DIAGONAL"
_ALL = "ALL"


class Reading(StrEnum):
    """How the state of June 2021 is understood.

    R1: two separate blocks, the literal minimum of the text. R2: the ten cities other than Lishui mutually open, the
    only geographic reading near the announced figure. R3: each June city open with everyone.
    """

    R1 = "R1"
    R2 = "R2"
    R3 = "R3"


class Precision(StrEnum):
    """How exactly the source dates a row; the row starts on the latest day it allows."""

    DAY = "DAY"
    MONTH = "MONTH"
    BY_END_OF_YEAR = "BY_END_OF_YEAR"
    BEFORE_END_OF_YEAR = "BEFORE_END_OF_YEAR"


class RowStatus(StrEnum):
    """REPORTED as done by a source, ANNOUNCED as a target, ASSUMED by a reading, WITHDRAWN by a correction."""

    REPORTED = "REPORTED"
    ANNOUNCED = "ANNOUNCED"
    ASSUMED = "ASSUMED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One row: valid from `from_` until `to` (exclusive), known since `recorded_at`; no reading means every reading."""

    id: str
    from_: date
    to: date
    precision: Precision
    cells: frozenset[Cell]
    own_city_only: bool
    items: ItemSet
    readings: frozenset[Reading]
    status: RowStatus
    evidence: str
    recorded_at: datetime

    @property
    def item_codes(self) -> frozenset[str]:
        """The codes of the businesses the row opens."""
        return ITEM_SETS[self.items]

    def valid_on(self, day: date) -> bool:
        """Tell whether the row is in force on the day."""
        return self.from_ <= day < self.to

    def opens(self, cell: Cell, item: str) -> bool:
        """Tell whether the row is about this cell and this item, whatever the day."""
        return cell in self.cells and item in self.item_codes


@dataclass(frozen=True, slots=True)
class Announced:
    """A figure somebody published: its words, what it counts, who said so, and the state it is about."""

    as_of: date
    text: str
    of: str
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Every row ever recorded, in the order of recording, over the cities it knows."""

    cities: tuple[str, ...]
    rows: tuple[ChannelRow, ...]
    announced: tuple[Announced, ...] = ()

    def current(self, reading: Reading, known_at: datetime | None = None) -> tuple[ChannelRow, ...]:
        """Return the rows as known at the moment (default: all that is known) under a reading, oldest first."""
        latest: dict[str, ChannelRow] = {}
        for row in self.rows:
            if known_at is None or row.recorded_at <= known_at:
                latest[row.id] = row
        return tuple(
            row
            for row in latest.values()
            if row.status is not RowStatus.WITHDRAWN and (not row.readings or reading in row.readings)
        )

    def amended(self, row: ChannelRow) -> "Policy":
        """Return the policy with one more row; raises ValueError if a row was recorded at the same time or later."""
        if self.rows and row.recorded_at <= self.rows[-1].recorded_at:
            raise ValueError(f"row {row.id}: rows are only added, so recorded_at must be later than every other")
        return replace(self, rows=(*self.rows, row))


class _Row(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    precision: Precision
    cells: Literal["DIAGONAL"] | tuple[tuple[str, str], ...]
    items: ItemSet
    status: RowStatus
    evidence: str
    recorded_at: datetime
    from_: date = field(name="from")
    to: date = FOREVER
    readings: tuple[Reading, ...] = ()


class _Announced(Struct, forbid_unknown_fields=True, frozen=True):
    as_of: date
    text: str
    of: str
    source: str


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    blocks: dict[str, tuple[str, ...]]
    row: tuple[_Row, ...]
    announced: tuple[_Announced, ...] = ()


def load_policy(source: bytes, cities: tuple[str, ...]) -> Policy:
    """Read a policy file; raises ValueError (msgspec.ValidationError) that says which row or block does not fit."""
    declared = toml.decode(source, type=_File)
    unknown = {city for block in declared.blocks.values() for city in block} - set(cities)
    if unknown:
        raise ValueError(f"blocks: unknown city {', '.join(sorted(unknown))}")
    groups = {**declared.blocks, _ALL: cities}
    rows = tuple(sorted((_row(row, groups) for row in declared.row), key=lambda row: row.recorded_at))
    versions = {(row.id, row.recorded_at) for row in rows}
    if len(versions) < len(rows):
        raise ValueError("a row is recorded twice at the same moment")
    return Policy(cities, rows, tuple(Announced(a.as_of, a.text, a.of, a.source) for a in declared.announced))


def _row(row: _Row, groups: Mapping[str, tuple[str, ...]]) -> ChannelRow:
    if not row.from_ < row.to:
        raise ValueError(f"row {row.id}: `to` is not after `from`")
    return ChannelRow(
        id=row.id,
        from_=row.from_,
        to=row.to,
        precision=row.precision,
        cells=frozenset(_cells(row, groups)),
        own_city_only=row.cells == _DIAGONAL,
        items=row.items,
        readings=frozenset(row.readings),
        status=row.status,
        evidence=row.evidence,
        recorded_at=row.recorded_at,
    )


def _cells(row: _Row, groups: Mapping[str, tuple[str, ...]]) -> Iterator[Cell]:
    if row.cells == _DIAGONAL:
        yield from ((city, city) for city in groups[_ALL])
        return
    for handling, registry in row.cells:
        for group in (handling, registry):
            if group not in groups:
                raise ValueError(f"row {row.id}: {group} is none of {', '.join(sorted(groups))}")
        yield from product(groups[handling], groups[registry])


def policy_of(cities: tuple[str, ...]) -> Policy:
    """Return the policy file's rows over these cities; raises ValueError as `load_policy`."""
    return load_policy(files("resolvers").joinpath("channel_policy.toml").read_bytes(), cities)


POLICY = policy_of(tuple(CITY_CODES))
