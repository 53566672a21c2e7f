"""Sums up, city by city, what the registries did for one request."""

from collections.abc import Sequence

from resolvers.caller import Caller, Role
from resolvers.fanout import ARRIVED, Outcome, OutcomeStatus

# A citizen's refusal reads like an empty answer; how often a city was asked would tell the two apart.
_NOT_TOLD = frozenset({Role.ANONYMOUS, Role.CITIZEN})


def may_be_told(caller: Caller) -> bool:
    """Whether this caller may know which cities a request asked: who is bound to what he may see learns no more."""
    return caller.role not in _NOT_TOLD


def cities_asked(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """Return one `{city, status, rows, elapsedMs}` a city, in the order they were first asked.

    Rows are added up over the calls, `elapsedMs` is the time in which at least one was under way, and one call that
    failed is the city's status.
    """
    by_city: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_city.setdefault(outcome.city, []).append(outcome)
    return [
        {
            "city": city,
            "status": _status(calls).value,
            "rows": sum(call.rows for call in calls),
            "elapsedMs": round(_under_way(calls), 2),
        }
        for city, calls in by_city.items()
    ]


def _status(calls: Sequence[Outcome]) -> OutcomeStatus:
    statuses = [call.status for call in calls]
    failed = next((status for status in statuses if status not in ARRIVED), None)
    return failed or (OutcomeStatus.ANSWERED if OutcomeStatus.ANSWERED in statuses else OutcomeStatus.EMPTY)


def _under_way(calls: Sequence[Outcome]) -> float:
    """Return the milliseconds the calls took together; what they took side by side counts once."""
    total, until = 0.0, float("-inf")
    for begun, ended in sorted((call.since * 1000, call.since * 1000 + call.elapsed_ms) for call in calls):
        total += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return total
