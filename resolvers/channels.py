"""The gate: whether a city may handle an item for a registry on the day of acceptance.

The gate knows cities, an item and a date. It has no person, no citizen number and no station, so neither the prefix of
a number nor the counter inside the city can decide anything.
"""

from dataclasses import dataclass
from datetime import date, datetime

from resolvers.catalogue import ALL_CR, BUSINESSES
from resolvers.channel_coverage import Channel, Coverage, Weighting, coverage, matrix
from resolvers.channel_policy import POLICY, Announced, ChannelRow, Policy, Precision, Reading, RowStatus, policy_of
from resolvers.problems import FixInput
from tongban_adapters.vocabulary import RefusalCode

__all__ = [
    "POLICY",
    "Announced",
    "Both",
    "Channel",
    "ChannelQuestion",
    "ChannelRow",
    "Closed",
    "Coverage",
    "Gate",
    "Open",
    "Policy",
    "Precision",
    "Reading",
    "RowStatus",
    "Weighting",
    "cells",
    "coverage",
    "gate",
    "gate_both",
    "matrix",
    "policy_of",
]


@dataclass(frozen=True, slots=True)
class Open:
    """The channel is open by `row`; no row for an item that is not cross-regional, handled in its own city."""

    row: ChannelRow | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The channel is closed: CHANNEL_NOT_OPEN with the first day it opens (if known), or ITEM_NOT_CROSS_REGIONAL."""

    code: RefusalCode
    opens_on: date | None = None


Gate = Open | Closed


@dataclass(frozen=True, slots=True)
class Both:
    """The gates of a relocation: the handling city towards the origin, and towards the destination."""

    origin: Gate
    destination: Gate

    @property
    def closed(self) -> tuple[Closed, ...]:
        """The gates that are closed; none means that the relocation may be accepted."""
        return tuple(one for one in (self.origin, self.destination) if isinstance(one, Closed))

    @property
    def opens_on(self) -> date | None:
        """The first day on which every closed gate is open; None if nothing is closed or a day is not known."""
        days = [one.opens_on for one in self.closed]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None


def gate(
    policy: Policy,
    item: str,
    handling: str,
    registry: str,
    on: date,
    known_at: datetime | None = None,
    reading: Reading = Reading.R2,
) -> Gate:
    """Tell whether city `handling` may accept `item` on a day for the registry of city `registry`.

    `registry` is the city that is written (for an item that writes nothing, the subject's). `known_at` takes the policy
    as it was recorded at that moment. Raises FixInput UNKNOWN_ITEM or UNKNOWN_CITY.
    """
    business = BUSINESSES.get(item)
    if business is None:
        raise FixInput("there is no business with this code", code="UNKNOWN_ITEM", place="item")
    for place, city in (("handling", handling), ("registry", registry)):
        if city not in policy.cities:
            raise FixInput("there is no city with this key", code="UNKNOWN_CITY", place=place)
    if not business.cross_regional:
        return Open(None) if handling == registry else Closed(RefusalCode.ITEM_NOT_CROSS_REGIONAL)
    about = [row for row in policy.current(reading, known_at) if row.opens((handling, registry), item)]
    for row in about:
        if row.valid_on(on):
            return Open(row)
    return Closed(RefusalCode.CHANNEL_NOT_OPEN, min((row.from_ for row in about if row.from_ > on), default=None))


def gate_both(
    policy: Policy,
    item: str,
    handling: str,
    origin: str,
    destination: str,
    on: date,
    known_at: datetime | None = None,
    reading: Reading = Reading.R2,
) -> Both:
    """Tell for a relocation whether both the origin's and the destination's channel are open; raises as `gate`."""
    return Both(
        gate(policy, item, handling, origin, on, known_at, reading),
        gate(policy, item, handling, destination, on, known_at, reading),
    )


@dataclass(frozen=True, slots=True)
class ChannelQuestion:
    """Which cells to show: on a day, for one item or any cross-regional one, from or for one city, under a reading."""

    as_of: date
    item: str | None = None
    handling: str | None = None
    registry: str | None = None
    reading: Reading = Reading.R2


def cells(policy: Policy, asked: ChannelQuestion) -> tuple[Channel, ...]:
    """Return the cells of the matrix that were asked for; raises FixInput UNKNOWN_ITEM or UNKNOWN_CITY."""
    if asked.item is not None and asked.item not in BUSINESSES:
        raise FixInput("there is no business with this code", code="UNKNOWN_ITEM", place="item")
    for place, city in (("handlingCity", asked.handling), ("registryCity", asked.registry)):
        if city is not None and city not in policy.cities:
            raise FixInput("there is no city with this key", code="UNKNOWN_CITY", place=place)
    items = ALL_CR if asked.item is None else ALL_CR & {asked.item}
    return tuple(
        cell
        for cell in matrix(policy, asked.as_of, items, asked.reading)
        if asked.handling in (None, cell.handling) and asked.registry in (None, cell.registry)
    )
