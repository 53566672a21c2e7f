"""One request's journey: who asks, why, until when, what has been read of whom and which cities answered."""

from dataclasses import dataclass

from resolvers.accesses import Accesses
from resolvers.caller import Caller, Purpose
from resolvers.fanout import Outcome
from resolvers.loaders import Loaders
from resolvers.province import Province


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `deadline` is loop time in seconds; `outcomes` grows with every city, `accesses` with every look."""

    caller: Caller
    purpose: Purpose | None
    deadline: float
    request_id: str
    workstation: str | None
    loaders: Loaders
    outcomes: list[Outcome]
    accesses: Accesses

    @classmethod
    def start(
        cls,
        province: Province,
        caller: Caller,
        purpose: Purpose | None,
        deadline: float,
        request_id: str,
        workstation: str | None = None,
    ) -> "Visit":
        """Begin a request on the running event loop."""
        outcomes: list[Outcome] = []
        loaders = Loaders(province, deadline, outcomes)
        accesses = Accesses(province.locator.key)
        return cls(caller, purpose, deadline, request_id, workstation, loaders, outcomes, accesses)
