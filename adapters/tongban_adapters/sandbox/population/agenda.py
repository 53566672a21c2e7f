"""Which planned defects are due as a city is filled."""

from collections import defaultdict, deque
from collections.abc import Iterable

from tongban_adapters.sandbox.population.defects import Plan


class Agenda:
    """The plans of one city: each is due from its position on, or from the first household of its county."""

    __slots__ = ("_by_county", "_due", "_later")

    def __init__(self, plans: Iterable[Plan]) -> None:
        self._by_county: dict[str, list[Plan]] = defaultdict(list)
        spread = []
        for plan in plans:
            if plan.county is None:
                spread.append(plan)
            else:
                self._by_county[plan.county].append(plan)
        self._later = deque(sorted(spread, key=lambda plan: plan.position))
        self._due: list[Plan] = []

    def enter(self, county: str) -> None:
        """The next households are of this county."""
        self._due += self._by_county.pop(county, ())

    def due(self, registered: int) -> tuple[Plan, ...]:
        """Return what is due after so many people."""
        while self._later and self._later[0].position <= registered:
            self._due.append(self._later.popleft())
        return tuple(self._due)

    def done(self, plan: Plan) -> None:
        """Cross a plan off."""
        self._due.remove(plan)
