"""What time it is, so that a test can decide it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

# China keeps one time without summer time; a fixed offset needs no zone database on the machine.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Tells the moment and the day."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""

    def today(self) -> date:
        """Return the day in Zhejiang."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the day in Zhejiang."""
        return datetime.now(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still at `moment` (aware)."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return self.moment.astimezone(UTC)

    def today(self) -> date:
        """Return the day in Zhejiang."""
        return self.moment.astimezone(SHANGHAI).date()
