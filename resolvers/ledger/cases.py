"""The SQL of cases: how a case, its steps, refusals and sheets are written and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec

from resolvers.book_entry import BookPlan
from resolvers.case import (
    AccessChannel,
    CaseFilter,
    CaseState,
    IssuedBook,
    Sheet,
    Step,
    StepName,
    StepState,
)
from resolvers.ledger.ledger import Session
from resolvers.refusals import Refusal
from tongban_adapters.vocabulary import RefusalCode


@dataclass(frozen=True, slots=True)
class Declared:
    """What the applicant laid on the counter and declared."""

    materials: tuple[str, ...]
    old_book_surrendered: bool
    written_authority: bool


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case as the ledger keeps it, with what only the gateway itself needs."""

    number: str
    item: str
    state: CaseState
    subject_key: bytes
    subject_ref: str | None
    sealed_subject: str | None
    handling_station: str
    handling_city: str
    registry_city: str
    accepted_at: datetime
    accepted_on: date
    due_on: date
    rule_version: str
    channel: str
    access: AccessChannel
    accepted_role: str
    accepted_by: str
    declared: Declared
    plan: BookPlan | None
    book: IssuedBook | None
    entry_round: int
    entry_key: str
    due_at: datetime | None
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...] = ()
    sheets: tuple[Sheet, ...] = ()

    def step(self, name: StepName) -> Step:
        """Return the step of that name; every case has all three."""
        return next(step for step in self.steps if step.name is name)


@dataclass(frozen=True, slots=True)
class Request:
    """What an idempotency key was used for."""

    payload_hash: bytes
    case_number: str


@dataclass(frozen=True, slots=True)
class Sight:
    """Which cases somebody may see: all that match what is given. Nothing given is an auditor's sight: every case."""

    subject_key: bytes | None = None
    station: str | None = None
    registry_city: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a case in the list, newest first."""

    accepted_at: datetime
    number: str


async def request(session: Session, scope: str, key: UUID) -> Request | None:
    """Return what the caller used this idempotency key for."""
    row = await session.fetchrow(
        "SELECT payload_hash, case_number FROM requests WHERE scope = $1 AND key = $2", scope, key
    )
    return Request(row["payload_hash"], row["case_number"]) if row else None


async def remember(session: Session, scope: str, key: UUID, asked: Request) -> bool:
    """Take the key for this request; False when it is taken, also by a request that is being written right now."""
    return bool(
        await session.fetchval(
            "INSERT INTO requests (scope, key, payload_hash, case_number) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING RETURNING true",
            scope,
            key,
            asked.payload_hash,
            asked.case_number,
        )
    )


async def next_sequence(session: Session) -> int:
    """Return the next running number, unique over all gateways."""
    return int(await session.fetchval("SELECT nextval('case_sequence')"))


async def insert(session: Session, case: StoredCase, owner: UUID, lease: float) -> None:
    """Write a new case with its steps; it is due at once, and `owner` holds it for `lease` seconds."""
    await session.execute(
        "INSERT INTO cases (number, item, state, subject_key, subject_ref, sealed_subject, handling_station,"
        " handling_city, registry_city, accepted_at, accepted_on, due_on, rule_version, channel, access, accepted_role,"
        " accepted_by, application, plan, entry_key, due_at, lease_owner, lease_until) VALUES ($1, $2, $3, $4, $5, $6,"
        " $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, clock_timestamp(), $21,"
        " clock_timestamp() + make_interval(secs => $22))",
        case.number,
        case.item,
        case.state,
        case.subject_key,
        case.subject_ref,
        case.sealed_subject,
        case.handling_station,
        case.handling_city,
        case.registry_city,
        case.accepted_at,
        case.accepted_on,
        case.due_on,
        case.rule_version,
        case.channel,
        case.access,
        case.accepted_role,
        case.accepted_by,
        _json(case.declared),
        _json(case.plan),
        case.entry_key,
        owner,
        lease,
    )
    await session.executemany(
        "INSERT INTO case_steps (case_number, position, name, city, state, attempts, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [
            (case.number, position, step.name, step.city, step.state, step.attempts, step.at)
            for position, step in enumerate(case.steps)
        ],
    )


async def lock(session: Session, number: str) -> bool:
    """Lock the case row, so that nobody else decides about it in this transaction; False if there is none."""
    return bool(await session.fetchval("SELECT true FROM cases WHERE number = $1 FOR UPDATE", number))


async def load(session: Session, numbers: Sequence[str]) -> list[StoredCase]:
    """Return the cases in the order of `numbers`; unknown numbers are left out. Four statements, however many."""
    rows = {row["number"]: row for row in await session.fetch("SELECT * FROM cases WHERE number = ANY($1)", numbers)}
    if not rows:
        return []
    found = list(rows)
    steps = await session.fetch("SELECT * FROM case_steps WHERE case_number = ANY($1) ORDER BY position", found)
    refusals = await session.fetch("SELECT * FROM case_refusals WHERE case_number = ANY($1) ORDER BY position", found)
    sheets = await session.fetch("SELECT * FROM sheets WHERE case_number = ANY($1) ORDER BY at, serial", found)
    return [
        _stored(
            rows[number],
            [row for row in steps if row["case_number"] == number],
            [row for row in refusals if row["case_number"] == number],
            [row for row in sheets if row["case_number"] == number],
        )
        for number in numbers
        if number in rows
    ]


async def page(
    session: Session, sight: Sight, wanted: CaseFilter, limit: int, after: Position | None
) -> list[StoredCase]:
    """Return up to `limit` cases this sight and filter let through, newest first, strictly after the position."""
    chosen = [(condition, values) for condition, values in _conditions(sight, wanted, after) if None not in values]
    arguments: list[object] = []
    parts = ["true"]
    for condition, values in chosen:
        parts.append(condition.format(*(f"${len(arguments) + i}" for i in range(1, len(values) + 1))))
        arguments.extend(values)
    # Only constants of this module are joined; every value is an argument.
    rows = await session.fetch(
        f"SELECT number FROM cases WHERE {' AND '.join(parts)}"  # noqa: S608
        f" ORDER BY accepted_at DESC, number DESC LIMIT ${len(arguments) + 1}",
        *arguments,
        limit,
    )
    return await load(session, [row["number"] for row in rows])


def _conditions(sight: Sight, wanted: CaseFilter, after: Position | None) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """Every condition with its values; one whose value is None is not asked for."""
    states = [str(state) for state in wanted.states] or None
    return (
        ("subject_key = {0}", (sight.subject_key,)),
        ("handling_station = {0}", (sight.station,)),
        ("registry_city = {0}", (sight.registry_city,)),
        ("state = ANY({0}::text[])", (states,)),
        ("(handling_city = {0} OR registry_city = {0})", (wanted.city,)),
        ("item = {0}", (wanted.item,)),
        ("accepted_on >= {0}", (wanted.accepted_from,)),
        ("accepted_on <= {0}", (wanted.accepted_to,)),
        ("due_on < {0}", (wanted.due_before,)),
        ("(accepted_at, number) < ({0}, {1})", (after.accepted_at, after.number) if after else (None,)),
    )


async def add_refusals(session: Session, number: str, refusals: Sequence[Refusal]) -> None:
    """Write down why something was not done, behind what was written down before."""
    await session.executemany(
        "INSERT INTO case_refusals (case_number, position, code, message_zh, message_en, rule, field, opens_on)"
        " SELECT $1, count(*), $2, $3, $4, $5, $6, $7 FROM case_refusals WHERE case_number = $1",
        [(number, r.code, r.message_zh, r.message_en, r.rule, r.field, r.opens_on) for r in refusals],
    )


async def add_sheet(session: Session, number: str, sheet: Sheet, printed_by: str) -> bool:
    """Account for one sheet; False when its serial number is accounted for already, anywhere in the province."""
    return bool(
        await session.fetchval(
            "INSERT INTO sheets (serial, case_number, spoiled, station, printed_by, at) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT DO NOTHING RETURNING true",
            sheet.serial,
            number,
            sheet.spoiled,
            sheet.station,
            printed_by,
            sheet.at,
        )
    )


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _stored(
    row: asyncpg.Record,
    steps: Sequence[asyncpg.Record],
    refusals: Sequence[asyncpg.Record],
    sheets: Sequence[asyncpg.Record],
) -> StoredCase:
    return StoredCase(
        number=row["number"],
        item=row["item"],
        state=CaseState(row["state"]),
        subject_key=row["subject_key"],
        subject_ref=row["subject_ref"],
        sealed_subject=row["sealed_subject"],
        handling_station=row["handling_station"],
        handling_city=row["handling_city"],
        registry_city=row["registry_city"],
        accepted_at=row["accepted_at"],
        accepted_on=row["accepted_on"],
        due_on=row["due_on"],
        rule_version=row["rule_version"],
        channel=row["channel"],
        access=AccessChannel(row["access"]),
        accepted_role=row["accepted_role"],
        accepted_by=row["accepted_by"],
        declared=msgspec.json.decode(row["application"], type=Declared),
        plan=msgspec.json.decode(row["plan"], type=BookPlan) if row["plan"] else None,
        book=msgspec.json.decode(row["book"], type=IssuedBook) if row["book"] else None,
        entry_round=row["entry_round"],
        entry_key=row["entry_key"],
        due_at=row["due_at"],
        steps=tuple(_step(step, row["due_at"]) for step in steps),
        refusals=tuple(_refusal(refusal) for refusal in refusals),
        sheets=tuple(Sheet(sheet["serial"], sheet["spoiled"], sheet["station"], sheet["at"]) for sheet in sheets),
    )


def _step(row: asyncpg.Record, due_at: datetime | None) -> Step:
    state = StepState(row["state"])
    return Step(
        name=StepName(row["name"]),
        city=row["city"],
        state=state,
        attempts=row["attempts"],
        journal_number=row["journal_number"],
        at=row["at"],
        next_at=due_at if state in (StepState.WAITING, StepState.ASKED) and row["name"] != StepName.PRINT else None,
    )


def _refusal(row: asyncpg.Record) -> Refusal:
    return Refusal(
        code=RefusalCode(row["code"]),
        message_zh=row["message_zh"],
        message_en=row["message_en"],
        rule=row["rule"],
        field=row["field"],
        opens_on=row["opens_on"],
    )
