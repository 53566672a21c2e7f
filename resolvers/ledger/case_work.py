"""The SQL of work on cases: who holds a case, what is about to be done, what came of it.

A gateway works on a case only while it holds its lease. Every statement here names the holder: one whose lease was
taken over changes nothing and learns so by LeaseLost. Leases and due times are told by the database's clock alone.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from resolvers.book_entry import BookPlan
from resolvers.case import CaseState, IssuedBook, StepName, StepState
from resolvers.ledger.cases import add_refusals
from resolvers.ledger.ledger import Session
from resolvers.refusals import Refusal
from tongban_adapters.model import Receipt

CHANNEL = "tongban_cases"
# Longer than the patience with any one registry call, short enough that a killed gateway's cases soon go on.
LEASE_SECONDS = 10.0


class LeaseLost(Exception):
    """Somebody else works on the case now; what this holder was about to write is dropped."""


async def claim(session: Session, owner: UUID, limit: int) -> list[str]:
    """Take up to `limit` due cases nobody holds, the longest due first."""
    rows = await session.fetch(
        "WITH due AS (SELECT number FROM cases WHERE due_at <= clock_timestamp()"
        " AND (lease_until IS NULL OR lease_until < clock_timestamp())"
        " ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
        " UPDATE cases SET lease_owner = $1, lease_until = clock_timestamp() + make_interval(secs => $3)"
        " FROM due WHERE cases.number = due.number RETURNING cases.number",
        owner,
        limit,
        LEASE_SECONDS,
    )
    return [row["number"] for row in rows]


async def seconds_to_next(session: Session) -> float | None:
    """Return how long until some case is due and free; None when no case waits."""
    seconds = await session.fetchval(
        "SELECT extract(epoch FROM min(greatest(due_at, coalesce(lease_until, due_at))) - clock_timestamp())::float8"
        " FROM cases WHERE due_at IS NOT NULL"
    )
    return None if seconds is None else max(0.0, float(seconds))


async def take(session: Session, number: str, owner: UUID) -> None:
    """Hold the case, whoever held it before; for one who has locked the row and decided about the case."""
    await session.execute(
        "UPDATE cases SET due_at = clock_timestamp(), lease_owner = $2,"
        " lease_until = clock_timestamp() + make_interval(secs => $3) WHERE number = $1",
        number,
        owner,
        LEASE_SECONDS,
    )


async def renew(session: Session, number: str, owner: UUID) -> None:
    """Hold the case for another lease, from now. Raises LeaseLost."""
    held = await session.fetchval(
        "UPDATE cases SET lease_until = clock_timestamp() + make_interval(secs => $3)"
        " WHERE number = $1 AND lease_owner = $2 RETURNING true",
        number,
        owner,
        LEASE_SECONDS,
    )
    if not held:
        raise LeaseLost


async def intend(session: Session, number: str, owner: UUID, name: StepName, at: datetime) -> None:
    """Write down that the step is about to be asked of its registry. Raises LeaseLost."""
    await renew(session, number, owner)
    await session.execute(
        "UPDATE case_steps SET state = $3, attempts = attempts + 1, at = $4 WHERE case_number = $1 AND name = $2",
        number,
        name,
        StepState.ASKED,
        at,
    )


async def postpone(session: Session, number: str, owner: UUID, delay: float) -> None:
    """Give the case back, due again in `delay` seconds; a case just accepted is waiting for its registry now."""
    await session.execute(
        "UPDATE cases SET state = CASE state WHEN 'ACCEPTED' THEN 'PENDING_REGISTRY' ELSE state END,"
        " due_at = clock_timestamp() + make_interval(secs => $3), lease_owner = NULL, lease_until = NULL"
        " WHERE number = $1 AND lease_owner = $2",
        number,
        owner,
        delay,
    )


async def judged(session: Session, number: str, owner: UUID, subject_ref: str, city: str, plan: BookPlan) -> None:
    """Keep the plan; the number of the person is not needed any more and is wiped. Raises LeaseLost."""
    await renew(session, number, owner)
    await session.execute(
        "UPDATE cases SET subject_ref = $2, registry_city = $3, plan = $4, sealed_subject = NULL WHERE number = $1",
        number,
        subject_ref,
        city,
        msgspec.json.encode(plan).decode(),
    )
    await session.execute(
        "UPDATE case_steps SET state = CASE name WHEN 'READ_AND_JUDGE' THEN 'DONE' ELSE state END, city ="
        " CASE name WHEN 'PRINT' THEN city ELSE $2 END WHERE case_number = $1",
        number,
        city,
    )


async def judge_anew(session: Session, number: str, owner: UUID, entry_round: int) -> None:
    """Go back to reading, because the registry's records changed; the next plan is entry round `entry_round`."""
    await renew(session, number, owner)
    await session.execute("UPDATE cases SET entry_round = $2, plan = NULL WHERE number = $1", number, entry_round)
    await session.execute(
        "UPDATE case_steps SET state = 'WAITING' WHERE case_number = $1 AND name IN ('READ_AND_JUDGE', 'ENTRY')", number
    )


async def confirmed(session: Session, number: str, owner: UUID, receipt: Receipt, book: IssuedBook) -> None:
    """Keep the registry's receipt: from now on the book may be printed. Raises LeaseLost."""
    await _rest(session, number, owner, CaseState.READY_TO_PRINT)
    await session.execute("UPDATE cases SET book = $2 WHERE number = $1", number, msgspec.json.encode(book).decode())
    await session.execute(
        "UPDATE case_steps SET state = 'DONE', journal_number = $2, receipt = $3, at = $4"
        " WHERE case_number = $1 AND name = 'ENTRY'",
        number,
        receipt.journal_number,
        msgspec.json.encode(receipt).decode(),
        receipt.written_at,
    )


async def refused(
    session: Session, number: str, owner: UUID, name: StepName, refusals: Sequence[Refusal], at: datetime
) -> None:
    """End the case without a book, for these reasons. Raises LeaseLost."""
    await _rest(session, number, owner, CaseState.REFUSED)
    await add_refusals(session, number, refusals)
    await session.execute(
        "UPDATE case_steps SET at = CASE name WHEN $2 THEN $3 ELSE at END,"
        " state = CASE WHEN name = $2 THEN 'REFUSED' WHEN state = 'DONE' THEN state ELSE 'CANCELLED' END"
        " WHERE case_number = $1",
        number,
        name,
        at,
    )


async def withdrawn(session: Session, number: str, owner: UUID) -> None:
    """End the case because it was withdrawn before the registry wrote. Raises LeaseLost."""
    await _rest(session, number, owner, CaseState.WITHDRAWN)
    await session.execute(
        "UPDATE case_steps SET state = 'CANCELLED' WHERE case_number = $1 AND state <> 'DONE'", number
    )


async def lock_books(session: Session, city: str, household_ref: str) -> None:
    """Let one transaction at a time say which of a household's cases holds its valid book."""
    await session.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{city} {household_ref}")


async def unprinted(session: Session, city: str, book_ref: str) -> list[str]:
    """Lock and return the case that waits for this book to be printed, if there is one."""
    rows = await session.fetch(
        "SELECT number FROM cases WHERE registry_city = $1 AND book ->> 'ref' = $2 AND state = 'READY_TO_PRINT'"
        " FOR UPDATE",
        city,
        book_ref,
    )
    return [row["number"] for row in rows]


async def voiding(session: Session, city: str, book_ref: str) -> list[str]:
    """Return the confirmed case whose entry voided this book, if there is one."""
    rows = await session.fetch(
        "SELECT number FROM cases WHERE registry_city = $1 AND plan ->> 'old_ref' = $2 AND book IS NOT NULL",
        city,
        book_ref,
    )
    return [row["number"] for row in rows]


async def superseded(session: Session, number: str) -> None:
    """End a case whose book is void and was never printed; its row is locked by this transaction."""
    await set_state(session, number, CaseState.SUPERSEDED)
    await session.execute("UPDATE case_steps SET state = 'CANCELLED' WHERE case_number = $1 AND name = 'PRINT'", number)


async def stopped(session: Session, number: str, owner: UUID) -> None:
    """Stop the case: what it met is for people to decide. Raises LeaseLost."""
    await _rest(session, number, owner, CaseState.NEEDS_OPERATOR)


async def set_state(session: Session, number: str, state: CaseState) -> None:
    """Set the state of a case whose row this transaction has locked."""
    await session.execute("UPDATE cases SET state = $2 WHERE number = $1", number, state)


async def printed(session: Session, number: str, at: datetime, *, good: bool) -> None:
    """Count a printed sheet; a good one ends the case. The row is locked by this transaction."""
    await session.execute(
        "UPDATE case_steps SET attempts = attempts + 1, at = $2, state = CASE WHEN $3 THEN 'DONE' ELSE state END"
        " WHERE case_number = $1 AND name = 'PRINT'",
        number,
        at,
        good,
    )
    if good:
        await set_state(session, number, CaseState.COMPLETED)


async def city_is_back(session: Session, city: str) -> None:
    """Make every free waiting case of this city due now, because its registry has just answered."""
    await session.execute(
        "UPDATE cases SET due_at = clock_timestamp() WHERE registry_city = $1 AND due_at > clock_timestamp()"
        " AND lease_owner IS NULL",
        city,
    )
    await tell(session)


async def tell(session: Session) -> None:
    """Wake the workers of all gateways."""
    await session.execute("SELECT pg_notify($1, '')", CHANNEL)


async def _rest(session: Session, number: str, owner: UUID, state: CaseState) -> None:
    held = await session.fetchval(
        "UPDATE cases SET state = $3, due_at = NULL, lease_owner = NULL, lease_until = NULL, sealed_subject = NULL"
        " WHERE number = $1 AND lease_owner = $2 RETURNING true",
        number,
        owner,
        state,
    )
    if not held:
        raise LeaseLost
