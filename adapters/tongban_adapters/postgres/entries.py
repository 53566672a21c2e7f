"""The companion schema's rows: which entries are prepared, committed or cancelled, and what they hold."""

from collections.abc import Sequence
from datetime import date

import asyncpg
import msgspec

from tongban_adapters.model import (
    FIELDS,
    Act,
    Change,
    Entry,
    EntryId,
    EntryState,
    Expected,
    Kind,
    Operation,
    Phase,
    Receipt,
    Shape,
)
from tongban_adapters.postgres.pool import Line

_DATES = {kind: {field.name for field in fields if field.shape is Shape.DATE} for kind, fields in FIELDS.items()}
_FIND = "SELECT phase, digest, body::text, journal_number, ended_at, inserted FROM tongban.entry"


class _StoredChange(msgspec.Struct, frozen=True):
    """A change as JSON keeps it: dates are text."""

    operation: Operation
    kind: Kind
    values: dict[str, str | int | None]
    ref: str | None = None
    version: str | None = None

    def change(self) -> Change:
        values: dict[str, str | int | date | None] = dict(self.values)
        for name in _DATES[self.kind] & values.keys():
            value = values[name]
            values[name] = date.fromisoformat(value) if isinstance(value, str) else value
        return Change(self.operation, self.kind, values, self.ref, self.version)


class _StoredEntry(msgspec.Struct, frozen=True):
    id: EntryId
    act: Act
    business: str
    station: str
    operator: str
    accepted_on: date
    expected: tuple[Expected, ...]
    changes: tuple[_StoredChange, ...]

    def entry(self) -> Entry:
        return Entry(
            self.id,
            self.act,
            self.business,
            self.station,
            self.operator,
            self.accepted_on,
            self.expected,
            tuple(change.change() for change in self.changes),
        )


def encode(entry: Entry) -> tuple[str, bytes]:
    """Return the entry as JSON and its digest."""
    return entry.body().decode(), entry.digest()


def decode(body: str) -> Entry:
    """Return the entry a JSON body holds."""
    return msgspec.json.decode(body, type=_StoredEntry).entry()


class StoredState(msgspec.Struct, frozen=True):
    """One row of `tongban.entry`."""

    phase: Phase
    digest: bytes | None
    body: str | None
    receipt: Receipt | None

    def state(self) -> EntryState:
        """Return what `status` answers."""
        return EntryState(self.phase, self.receipt, self.digest)


def _stored(entry_id: EntryId, row: asyncpg.Record) -> StoredState:
    phase = Phase(row[0])
    receipt = Receipt(entry_id, row[3], row[4], tuple(row[5] or ())) if phase is Phase.COMMITTED else None
    return StoredState(phase, row[1], row[2], receipt)


async def insert(line: Line, entry_id: EntryId, phase: Phase, body: str | None, digest: bytes | None) -> bool:
    """Insert an entry; False if there is one with that id. Waits for a transaction that is inserting the same id."""
    prepared = "now()" if phase is Phase.PREPARED else "NULL"
    ended = "now()" if phase is Phase.CANCELLED else "NULL"
    row = await line.row(
        "INSERT INTO tongban.entry (case_number, step, phase, digest, body, prepared_at, ended_at)"
        f" VALUES ($1, $2, $3, $4, $5, {prepared}, {ended}) ON CONFLICT DO NOTHING RETURNING 1",
        entry_id.case,
        entry_id.step,
        str(phase),
        digest,
        body,
    )
    return row is not None


async def locked(line: Line, entry_id: EntryId) -> StoredState | None:
    """Return an entry, locked until the transaction ends."""
    row = await line.row(f"{_FIND} WHERE case_number = $1 AND step = $2 FOR UPDATE", entry_id.case, entry_id.step)
    return _stored(entry_id, row) if row else None


async def hold(line: Line, entry_id: EntryId, records: Sequence[tuple[str, str]]) -> bool:
    """Hold the records (kind, ref); False if another entry holds one of them. Always in the same order: no deadlock."""
    ordered = sorted(set(records))
    held = await line.fetch(
        "INSERT INTO tongban.hold (kind, ref, case_number, step)"
        " SELECT kind, ref, $3, $4 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r(kind, ref, n) ORDER BY n"
        " ON CONFLICT (kind, ref) DO NOTHING RETURNING 1",
        [kind for kind, _ in ordered],
        [ref for _, ref in ordered],
        entry_id.case,
        entry_id.step,
    )
    return len(held) == len(ordered)


async def finish_committed(line: Line, receipt: Receipt) -> None:
    """Note the receipt and let go of what was held."""
    await line.fetch(
        "UPDATE tongban.entry SET phase = 'COMMITTED', body = NULL, journal_number = $3, ended_at = $4, inserted = $5"
        " WHERE case_number = $1 AND step = $2",
        receipt.id.case,
        receipt.id.step,
        receipt.journal_number,
        receipt.written_at,
        list(receipt.inserted),
    )
    await _release(line, receipt.id)


async def finish_cancelled(line: Line, entry_id: EntryId) -> None:
    """Note the cancellation and let go of what was held."""
    await line.fetch(
        "UPDATE tongban.entry SET phase = 'CANCELLED', body = NULL, ended_at = now()"
        " WHERE case_number = $1 AND step = $2",
        entry_id.case,
        entry_id.step,
    )
    await _release(line, entry_id)


async def _release(line: Line, entry_id: EntryId) -> None:
    await line.fetch("DELETE FROM tongban.hold WHERE case_number = $1 AND step = $2", entry_id.case, entry_id.step)


FIND = f"{_FIND} WHERE case_number = $1 AND step = $2"


def found(entry_id: EntryId, rows: Sequence[asyncpg.Record]) -> EntryState:
    """Return the state that the rows of `FIND` tell."""
    return _stored(entry_id, rows[0]).state() if rows else EntryState(Phase.NEVER_SEEN)
