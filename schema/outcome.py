"""What became of the question in each city that was asked."""

import strawberry

from resolvers.fanout import Outcome as Answered
from resolvers.fanout import OutcomeStatus
from schema.scalars import CityKey


@strawberry.type(description="How one city answered: a list is complete only if every city is ANSWERED or EMPTY.")
class Outcome:
    """One city of a fan-out."""

    city: CityKey = strawberry.field(description="The city that was asked.")
    status: OutcomeStatus = strawberry.field(description="How it answered.")
    rows: int = strawberry.field(description="How many rows (or counted persons) it gave.")
    elapsed_ms: float = strawberry.field(description="How long the question took, in milliseconds.")


def show_outcomes(outcomes: list[Answered]) -> list[Outcome]:
    """Show the outcomes of a fan-out in the order the cities were asked."""
    return [
        Outcome(city=CityKey(o.city), status=o.status, rows=o.rows, elapsed_ms=round(o.elapsed_ms, 2)) for o in outcomes
    ]
