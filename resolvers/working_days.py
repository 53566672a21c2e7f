"""The calendar of working days, from which a case's due date follows."""

from collections.abc import Set as AbstractSet
from datetime import date, timedelta

_SATURDAY = 5


def due_on(accepted: date, limit: int, holidays: AbstractSet[date] = frozenset()) -> date:
    """Return the last day of a limit in working days after acceptance; a limit of 0 is the same day, any day."""
    day = accepted
    left = limit
    while left:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY and day not in holidays:
            left -= 1
    return day
