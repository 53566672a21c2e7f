"""The SQL of the access log: rows are added and read, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from resolvers.ledger.ledger import Session


@dataclass(frozen=True, slots=True)
class Access:
    """What is written down about one access, whoever it concerned."""

    at: datetime
    caller: str
    role: str
    unit: str
    workstation: str | None
    request_id: str
    purpose: str
    city: str
    operation: str
    kind: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedAccess:
    """One row of the log."""

    id: int
    access: Access


async def add(session: Session, access: Access, subject_keys: Sequence[bytes]) -> None:
    """Add one row per subject; they are durable when this returns outside a transaction."""
    await session.execute(
        "INSERT INTO access_log (at, caller, role, unit, workstation, request_id, purpose, city, operation, kind,"
        " fields, subject_key) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, unnest($12::bytea[])",
        access.at,
        access.caller,
        access.role,
        access.unit,
        access.workstation,
        access.request_id,
        access.purpose,
        access.city,
        access.operation,
        access.kind,
        list(access.fields),
        list(subject_keys),
    )


async def of_subject(session: Session, subject_key: bytes, limit: int, before: int | None) -> list[LoggedAccess]:
    """Return up to `limit` accesses to this subject, newest first, older than row `before`."""
    rows = await session.fetch(
        "SELECT * FROM access_log WHERE subject_key = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        subject_key,
        before,
        limit,
    )
    return [
        LoggedAccess(
            row["id"],
            Access(
                at=row["at"],
                caller=row["caller"],
                role=row["role"],
                unit=row["unit"],
                workstation=row["workstation"],
                request_id=row["request_id"],
                purpose=row["purpose"],
                city=row["city"],
                operation=row["operation"],
                kind=row["kind"],
                fields=tuple(row["fields"]),
            ),
        )
        for row in rows
    ]
