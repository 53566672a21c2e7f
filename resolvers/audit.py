"""Who looked at whom: nothing leaves before its access row is durable, and the citizen may read the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from resolvers.caller import Role
from resolvers.province import Province
from resolvers.visit import Visit
from tongban_adapters.model import Kind


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One access to one person's record: when, which unit in which role, why, where, what."""

    at: datetime
    unit: str
    role: Role
    purpose: str
    city: str
    operation: str
    kind: Kind
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedAccess:
    """An access with the cursor of its place in the log."""

    entry: AccessEntry
    cursor: str


@dataclass(frozen=True, slots=True)
class AccessPage:
    """A page of the caller's own access log, newest first."""

    items: tuple[ListedAccess, ...]
    has_next: bool
    end_cursor: str | None


async def record_access(
    province: Province,
    visit: Visit,
    operation: str,
    kind: Kind,
    city: str,
    subject_keys: Sequence[bytes],
    fields: Sequence[str],
) -> None:
    """Make one access row per subject durable. Raises TryLater(AUDIT_UNAVAILABLE): then the answer must not leave."""
    raise NotImplementedError


async def access_log(province: Province, visit: Visit, first: int, after: str | None) -> AccessPage:
    """Return a page of the accesses to the calling citizen's own record, newest first."""
    raise NotImplementedError
