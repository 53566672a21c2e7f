"""Decides whom a question goes to, and why: frozen data, no clock, no network."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from resolvers.problems import FixInput
from tongban_adapters.model import Kind


class Why(StrEnum):
    """Why these cities are asked."""

    LOCATOR = "LOCATOR"
    ALL = "ALL"
    ARGUMENT = "ARGUMENT"


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """One question to one or more registries."""

    kind: Kind
    cities: tuple[str, ...]
    why: Why

    def to_json(self) -> dict[str, str | list[str]]:
        """Return the plan as plain data."""
        return {"kind": self.kind.value, "cities": list(self.cities), "why": self.why.value}


def plan_person(known: Collection[str], owner: str | None) -> ReadPlan:
    """Plan a look-up by number: the remembered owner alone, or everybody. The number's prefix has no part in it."""
    if owner is not None and owner in known:
        return ReadPlan(Kind.PERSON, (owner,), Why.LOCATOR)
    return ReadPlan(Kind.PERSON, tuple(known), Why.ALL)


def plan_list(kind: Kind, known: Sequence[str], wanted: Sequence[str] | None) -> ReadPlan:
    """Plan a list over the cities wanted (None: all), in the order of `known`. Raises FixInput(UNKNOWN_CITY)."""
    if wanted is None:
        return ReadPlan(kind, tuple(known), Why.ALL)
    unknown = [city for city in wanted if city not in known]
    if unknown or not wanted:
        fit = ", ".join(sorted(known))
        raise FixInput(f"cities must name at least one of {fit}", code="UNKNOWN_CITY", place="cities")
    return ReadPlan(kind, tuple(city for city in known if city in wanted), Why.ARGUMENT)
