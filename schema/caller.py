"""Who the gateway takes the caller for."""

import strawberry

from resolvers.caller import Role
from resolvers.visit import Visit
from schema.division import Division, Station, show_division, show_station


@strawberry.type(description="The caller as the token and the headers of this request say.")
class Caller:
    """No personal data: a name for the screen, the unit, the purpose."""

    role: Role = strawberry.field(description="ANONYMOUS without a token.")
    name: str = strawberry.field(description="Display name from the token; empty without one.")
    station: Station | None = strawberry.field(description="The organisation an officer works for.")
    division: Division | None = strawberry.field(description="The division an approver or city IT is responsible for.")
    purpose: str | None = strawberry.field(description="The Tongban-Purpose header of this request.")


def show_caller(visit: Visit) -> Caller:
    """Show who asks."""
    caller = visit.caller
    return Caller(
        role=caller.role,
        name=caller.name,
        station=show_station(caller.station),
        division=show_division(caller.division),
        purpose=visit.purpose.code if visit.purpose else None,
    )
