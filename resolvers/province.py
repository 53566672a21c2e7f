"""All that a use case may ask: the cities, the locator, the ledger, the clock, the seal, the channel policy."""

from collections.abc import Mapping
from dataclasses import dataclass

from resolvers.channel_policy import Policy
from resolvers.clock import Clock
from resolvers.ledger.ledger import Ledger
from resolvers.ledger.locator import Locator
from resolvers.line import Line
from resolvers.problems import FixInput
from resolvers.seal import Seal
from tongban_adapters.contract import Registry


@dataclass(frozen=True, slots=True)
class City:
    """A city, its registry and the line to it. `code` is GB/T 2260 (`330300`)."""

    slug: str
    code: str
    name_zh: str
    name_en: str
    registry: Registry
    line: Line


@dataclass(frozen=True, slots=True)
class Province:
    """The cities by slug and what the gateway itself knows; one per process."""

    cities: Mapping[str, City]
    locator: Locator
    ledger: Ledger
    clock: Clock
    seal: Seal
    policy: Policy

    def city(self, slug: str) -> City:
        """Return the city; raises FixInput(UNKNOWN_CITY) naming those there are."""
        try:
            return self.cities[slug]
        except KeyError:
            known = ", ".join(sorted(self.cities))
            raise FixInput(f"there is no such city; there are {known}", code="UNKNOWN_CITY", place="city") from None
