"""Who looked at whom: nothing leaves before its access row is durable, and the citizen may read the rows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from resolvers.accesses import Noted
from resolvers.caller import Role
from resolvers.ledger import access as log
from resolvers.ledger.access import Access, AccessRows
from resolvers.problems import AskForRight, FixInput, Problem
from resolvers.province import Province
from resolvers.visit import Visit
from tongban_adapters.model import Kind

MAX_PAGE = 100


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


async def settle(province: Province, visit: Visit) -> None:
    """Return once every access this request has noted is durable; nothing of the request may leave before.

    Raises TryLater(AUDIT_UNAVAILABLE): then nothing may leave, and the accesses are still to be settled.
    """
    if not visit.accesses.settled:
        await visit.accesses.settle(lambda noted: province.ledger.access_writer.write(_rows(visit, noted)))


@asynccontextmanager
async def on_record(province: Province, visit: Visit) -> AsyncIterator[None]:
    """Settle at the end, also where it ends in a problem: what is decided inside is told with its accesses durable."""
    try:
        yield
    except Problem:
        await settle(province, visit)
        raise
    await settle(province, visit)


async def access_log(province: Province, visit: Visit, first: int, after: str | None) -> AccessPage:
    """Return a page of the accesses to the calling citizen's own record, newest first.

    Raises AskForRight (UNAUTHENTICATED, NOT_ALLOWED), FixInput (PAGE_SIZE, BAD_CURSOR).
    """
    caller = visit.caller
    if caller.role is Role.ANONYMOUS:
        raise AskForRight("show who you are first", code="UNAUTHENTICATED")
    if caller.role is not Role.CITIZEN or caller.subject_key is None:
        raise AskForRight("only citizens have an access log of their own")
    if not 1 <= first <= MAX_PAGE:
        raise FixInput(f"first is between 1 and {MAX_PAGE}", code="PAGE_SIZE", place="first")
    list_name = f"access log {caller.subject_key.hex()}"
    before = int.from_bytes(province.seal.open_cursor(after, list_name)) if after is not None else None
    async with province.ledger.session("AUDIT_UNAVAILABLE") as session:
        found = await log.of_subject(session, caller.subject_key, first + 1, before)
    items = tuple(
        ListedAccess(_entry(row.access), province.seal.cursor(row.id.to_bytes(8), list_name)) for row in found[:first]
    )
    return AccessPage(items, has_next=len(found) > first, end_cursor=items[-1].cursor if items else None)


def _rows(visit: Visit, noted: Sequence[Noted]) -> list[AccessRows]:
    caller = visit.caller
    return [
        AccessRows(
            Access(
                at=each.at,
                caller=caller.id,
                role=caller.role,
                unit=caller.station or caller.division or "",
                workstation=visit.workstation,
                request_id=visit.request_id,
                purpose=visit.purpose.code if visit.purpose else "",
                city=each.look.city,
                operation=each.look.operation,
                kind=each.look.kind,
                fields=each.look.fields,
            ),
            each.subject_keys,
        )
        for each in noted
    ]


def _entry(access: Access) -> AccessEntry:
    return AccessEntry(
        at=access.at,
        unit=access.unit,
        role=Role(access.role),
        purpose=access.purpose,
        city=access.city,
        operation=access.operation,
        kind=Kind(access.kind),
        fields=access.fields,
    )
