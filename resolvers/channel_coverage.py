"""Computes which cells of the handling city × registry city matrix are open, and what share that is."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, product

from resolvers.case_volume import cases_a_year
from resolvers.catalogue import ITEM_SETS, ItemSet
from resolvers.channel_policy import Announced, Cell, ChannelRow, Policy, Reading


class Weighting(StrEnum):
    """What is counted.

    PAIRS: two cities open both ways. ORDERED: inter-city cells. CELLS: all cells, own-city ones included.
    CELLS_BLOCKS_ONLY: all cells, but an own-city cell counts only where an inter-city row covers it too.
    VOLUME: inter-city cells by an estimate of the cases a year.
    """

    PAIRS = "PAIRS"
    ORDERED = "ORDERED"
    CELLS = "CELLS"
    CELLS_BLOCKS_ONLY = "CELLS_BLOCKS_ONLY"
    VOLUME = "VOLUME"


@dataclass(frozen=True, slots=True)
class Channel:
    """One cell on one day: which of the asked items are open, by which rows, and when the next of them opens."""

    handling: str
    registry: str
    open_items: frozenset[str]
    rows: tuple[ChannelRow, ...]
    opens_on: date | None

    @property
    def is_open(self) -> bool:
        """Whether at least one of the asked items is open."""
        return bool(self.open_items)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much is open: `opened` of `total` units with at least one item of the set, `fully_opened` with all of them.

    `rows` are the ids of the rows that open something; `announced` is what was published, to show beside it.
    """

    as_of: date
    items: ItemSet
    weighting: Weighting
    reading: Reading
    opened: int
    fully_opened: int
    total: int
    rows: tuple[str, ...]
    announced: Announced | None

    @property
    def exact(self) -> Fraction:
        """The share as an exact fraction."""
        return Fraction(self.opened, self.total)

    @property
    def share(self) -> float:
        """The share from 0 to 1."""
        return self.opened / self.total


def matrix(
    policy: Policy,
    as_of: date,
    items: Collection[str],
    reading: Reading = Reading.R2,
    known_at: datetime | None = None,
) -> tuple[Channel, ...]:
    """Return every cell of the policy's cities on a day, for the asked item codes (one, or a set)."""
    rows = policy.current(reading, known_at)
    asked = frozenset(items)
    return tuple(_channel(cell, rows, as_of, asked) for cell in product(policy.cities, policy.cities))


def _channel(cell: Cell, rows: Iterable[ChannelRow], as_of: date, asked: frozenset[str]) -> Channel:
    about = [row for row in rows if cell in row.cells and row.item_codes & asked]
    here = tuple(row for row in about if row.valid_on(as_of))
    open_items = asked & frozenset().union(*(row.item_codes for row in here))
    missing = asked - open_items
    opens_on = min((row.from_ for row in about if row.from_ > as_of and row.item_codes & missing), default=None)
    return Channel(*cell, open_items, here, opens_on)


def coverage(
    policy: Policy,
    as_of: date,
    items: ItemSet = ItemSet.ALL_CR,
    weighting: Weighting = Weighting.ORDERED,
    reading: Reading = Reading.R2,
    known_at: datetime | None = None,
) -> Coverage:
    """Compute the coverage of an item set on a day; no figure in it is typed in."""
    asked = ITEM_SETS[items]
    weights = _weights(policy.cities, weighting)
    counted = frozenset().union(*weights)
    opening = {
        (channel.handling, channel.registry): _opening(channel, weighting)
        for channel in matrix(policy, as_of, asked, reading, known_at)
        if (channel.handling, channel.registry) in counted
    }
    opened = {cell: asked & frozenset().union(*(row.item_codes for row in rows)) for cell, rows in opening.items()}
    return Coverage(
        as_of=as_of,
        items=items,
        weighting=weighting,
        reading=reading,
        opened=_weigh(weights, {cell for cell, codes in opened.items() if codes}),
        fully_opened=_weigh(weights, {cell for cell, codes in opened.items() if codes == asked}),
        total=sum(weights.values()),
        rows=tuple(sorted({row.id for rows in opening.values() for row in rows})),
        announced=_announced(policy, as_of),
    )


def _opening(channel: Channel, weighting: Weighting) -> tuple[ChannelRow, ...]:
    if weighting is Weighting.CELLS_BLOCKS_ONLY:
        return tuple(row for row in channel.rows if not row.own_city_only)
    return channel.rows


def _weights(cities: tuple[str, ...], weighting: Weighting) -> Mapping[frozenset[Cell], int]:
    """Return the units that are counted: the cells that must all be open, and the weight of the unit."""
    match weighting:
        case Weighting.PAIRS:
            return {frozenset({(a, b), (b, a)}): 1 for a, b in combinations(cities, 2)}
        case Weighting.ORDERED:
            return {frozenset({(a, b)}): 1 for a, b in product(cities, cities) if a != b}
        case Weighting.CELLS | Weighting.CELLS_BLOCKS_ONLY:
            return {frozenset({cell}): 1 for cell in product(cities, cities)}
        case Weighting.VOLUME:
            return {frozenset({cell}): cases for cell, cases in cases_a_year().items() if set(cell) <= set(cities)}


def _weigh(weights: Mapping[frozenset[Cell], int], opened: set[Cell]) -> int:
    return sum(weight for unit, weight in weights.items() if unit <= opened)


def _announced(policy: Policy, as_of: date) -> Announced | None:
    """Return the last figure announced about a day not after `as_of`."""
    return max((told for told in policy.announced if told.as_of <= as_of), key=lambda told: told.as_of, default=None)
