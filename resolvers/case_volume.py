"""Estimates how many cases a year each city handles for each other registry."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from msgspec import Struct, toml


class _City(Struct, forbid_unknown_fields=True, frozen=True):
    registered: int  # thousands of people
    residents: int  # thousands of people


class _Pinned(Struct, forbid_unknown_fields=True, frozen=True):
    to: str
    origins: tuple[str, ...]
    people: int


class _Estimate(Struct, forbid_unknown_fields=True, frozen=True):
    away_share_percent: int
    cases_per_person_percent: int
    pinned: _Pinned
    city: dict[str, _City]


@cache
def cases_a_year() -> Mapping[tuple[str, str], int]:
    """Return whole cases by (handling city, registry city); own-city cases are not estimated."""
    source = files("resolvers").joinpath("case_volume.toml").read_bytes()
    estimate = toml.decode(source, type=_Estimate)
    people = _people_away(estimate)
    return MappingProxyType(
        {cell: round(count * estimate.cases_per_person_percent / 100) for cell, count in people.items()}
    )


def _people_away(estimate: _Estimate) -> dict[tuple[str, str], float]:
    """Return people registered at [1] and living in [0]: spread by residents, then the pinned flows scaled."""
    spread: dict[tuple[str, str], float] = {}
    for registry, city in estimate.city.items():
        away = city.registered * 1000 * estimate.away_share_percent / 100
        others = {name: other.residents for name, other in estimate.city.items() if name != registry}
        total = sum(others.values())
        spread |= {(handling, registry): away * residents / total for handling, residents in others.items()}
    return spread | _pinned(estimate.pinned, spread)


def _pinned(pinned: _Pinned, spread: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    estimated = {(pinned.to, origin): spread[pinned.to, origin] for origin in pinned.origins}
    factor = pinned.people / sum(estimated.values())
    return {cell: people * factor for cell, people in estimated.items()}
