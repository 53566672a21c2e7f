"""Answers a repeated request by what its idempotency key was used for the first time."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import msgspec

from resolvers.caller import Caller
from resolvers.case import Decision
from resolvers.case_view import decision
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import Request
from resolvers.ledger.session import Session
from resolvers.province import Province
from resolvers.refusals import refuse
from resolvers.visit import Visit
from tongban_adapters.vocabulary import RefusalCode


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request as sent, before anything in it was checked. One caller's keys never meet another's: `scope`."""

    scope: str
    key: UUID
    digest: bytes


def keyed(caller: Caller, key: UUID, operation: str, *said: object) -> Keyed:
    """Return the request of this caller; `said` is all of its input, a citizen number as its keyed hash only."""
    return Keyed(f"{caller.role}:{caller.id}", key, sha256(msgspec.json.encode((operation, *said))).digest())


async def answered_before(province: Province, visit: Visit, asked: Keyed) -> Decision | None:
    """Return the answer to a key that was used before: the case as it is now, or IDEMPOTENCY_CONFLICT.

    To be asked before any check of the input: a used key with another input is a conflict, whatever the input.
    """
    async with province.ledger.session() as session:
        known = await rows.request(session, asked.scope, asked.key)
    if known is None:
        return None
    return await decision(province, visit, known.case_number) if known.payload_hash == asked.digest else conflict()


async def take(session: Session, asked: Keyed, case_number: str) -> bool:
    """Take the key for this case; False where it is taken, also by a request that is being written right now."""
    return await rows.remember(session, asked.scope, asked.key, Request(asked.digest, case_number))


def conflict() -> Decision:
    """Return the refusal of a key that was used for something else."""
    return Decision(None, (refuse(RefusalCode.IDEMPOTENCY_CONFLICT, field="idempotencyKey"),))
