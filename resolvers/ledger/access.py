"""The SQL of the access log: rows are added and read, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from resolvers.ledger.session import Session


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
class AccessRows:
    """One row of the log for each subject of the same access."""

    access: Access
    subject_keys: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class LoggedAccess:
    """One row of the log."""

    id: int
    access: Access


async def add(session: Session, rows: Sequence[AccessRows], patience: float) -> None:
    """Add all rows in their order, at once; they are durable when this returns outside a transaction.

    `patience`: seconds this may take. All or nothing is added.
    """
    accesses = [each.access for each in rows]
    subjects = [(key, place) for place, each in enumerate(rows, start=1) for key in each.subject_keys]
    await session.execute(
        _ADD,
        [access.at for access in accesses],
        [access.caller for access in accesses],
        [access.role for access in accesses],
        [access.unit for access in accesses],
        [access.workstation for access in accesses],
        [access.request_id for access in accesses],
        [access.purpose for access in accesses],
        [access.city for access in accesses],
        [access.operation for access in accesses],
        [access.kind for access in accesses],
        [",".join(access.fields) for access in accesses],
        [key for key, _ in subjects],
        [place for _, place in subjects],
        timeout=patience,
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


# What is the same for all subjects of an access is sent once; names of fields hold no comma.
_ADD = """
INSERT INTO access_log (at, caller, role, unit, workstation, request_id, purpose, city, operation, kind, fields,
                        subject_key)
SELECT a.at, a.caller, a.role, a.unit, a.workstation, a.request_id, a.purpose, a.city, a.operation, a.kind,
       string_to_array(a.fields, ','), s.key
  FROM unnest($12::bytea[], $13::bigint[]) WITH ORDINALITY AS s (key, access, place)
  JOIN unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::text[], $11::text[])
       WITH ORDINALITY
       AS a (at, caller, role, unit, workstation, request_id, purpose, city, operation, kind, fields, place)
    ON a.place = s.access
 ORDER BY s.place
"""
