"""Shows cases to those who may see them, and takes a case back."""

import asyncio
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from resolvers.book_steps import advance
from resolvers.case import Case, CaseFilter, CasePage, CaseState, Decision, ListedCase
from resolvers.case_access import WITHDRAWABLE, acts_on, require_known, sees, sight
from resolvers.case_view import decision, shown, stored_case
from resolvers.catalogue import BUSINESSES
from resolvers.idempotency import answered_before, conflict, keyed, take
from resolvers.ledger import case_work as work
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import Position, StoredCase
from resolvers.problems import FixInput, NotFound
from resolvers.province import Province
from resolvers.refusals import refuse
from resolvers.visit import Visit
from tongban_adapters.vocabulary import RefusalCode

MAX_PAGE = 100
WITHDRAW_PATIENCE = 4.0


async def case_by_number(province: Province, visit: Visit, number: str) -> Case | None:
    """Return a case this caller may see; None says nothing about whether there is one."""
    require_known(visit.caller)
    case = await stored_case(province, number)
    return shown(case, visit.caller) if case is not None and sees(visit.caller, case) else None


async def case_page(province: Province, visit: Visit, wanted: CaseFilter, first: int, after: str | None) -> CasePage:
    """Return a page of the cases this caller may see, newest first.

    Raises FixInput(PAGE_SIZE, BAD_CURSOR, UNKNOWN_ITEM, UNKNOWN_CITY), AskForRight(UNAUTHENTICATED).
    """
    require_known(visit.caller)
    if wanted.item is not None and wanted.item not in BUSINESSES:
        raise FixInput("the catalogue has no business with this code", code="UNKNOWN_ITEM", place="filter.item")
    if wanted.city is not None and wanted.city not in province.cities:
        known = ", ".join(sorted(province.cities))
        raise FixInput(f"there is no such city; there are {known}", code="UNKNOWN_CITY", place="filter.city")
    if not 1 <= first <= MAX_PAGE:
        raise FixInput(f"first is between 1 and {MAX_PAGE}", code="PAGE_SIZE", place="first")
    list_name = f"cases {sha256(msgspec.json.encode(wanted)).hexdigest()}"
    position = None
    if after is not None:
        at, number = msgspec.msgpack.decode(province.seal.open_cursor(after, list_name), type=tuple[datetime, str])
        position = Position(at, number)
    seen = sight(visit.caller)
    if seen is None:
        return CasePage((), has_next=False, end_cursor=None)
    async with province.ledger.session() as session:
        found = await rows.page(session, seen, wanted, first + 1, position)
    items = tuple(
        ListedCase(
            shown(case, visit.caller),
            province.seal.cursor(msgspec.msgpack.encode((case.accepted_at, case.number)), list_name),
        )
        for case in found[:first]
    )
    return CasePage(items, has_next=len(found) > first, end_cursor=items[-1].cursor if items else None)


async def withdraw_case(province: Province, visit: Visit, number: str, idempotency_key: UUID) -> Decision:
    """Take a case back before its registry wrote: WITHDRAWN, or WITHDRAWING until the registry can be told.

    Refusals: IDEMPOTENCY_CONFLICT; CASE_STATE where the registry has confirmed. Raises NotFound, AskForRight.
    """
    require_known(visit.caller)
    asked = keyed(visit.caller, idempotency_key, "withdrawCase", number)
    again = await answered_before(province, visit, asked)
    if again is not None:
        return _withdrawal(again)
    case = await actable_case(province, visit, number)
    if not acts_on(visit.caller, case):
        return Decision(shown(case, visit.caller), (refuse(RefusalCode.NO_RIGHT),))
    async with province.ledger.transaction() as session:
        await rows.lock(session, number)
        [case] = await rows.load(session, [number])
        if case.state not in (*WITHDRAWABLE, CaseState.WITHDRAWING, CaseState.WITHDRAWN):
            return Decision(shown(case, visit.caller), (refuse(RefusalCode.CASE_STATE),))
        taken = await take(session, asked, number)
        if taken and case.state in WITHDRAWABLE:
            await work.set_state(session, number, CaseState.WITHDRAWING)
            await work.take(session, number, province.ledger.holder)
    if not taken:
        # The same key was used while we looked; what became of it is known now.
        return _withdrawal(await answered_before(province, visit, asked) or conflict())
    if case.state in WITHDRAWABLE:
        patience_ends = asyncio.get_running_loop().time() + WITHDRAW_PATIENCE
        await advance(province, number, province.ledger.holder, min(visit.deadline, patience_ends))
    return _withdrawal(await decision(province, visit, number))


def _withdrawal(answer: Decision) -> Decision:
    """Say why, where the case was not taken back after all: the registry had written before it could be told."""
    if answer.case is None or answer.case.state in (CaseState.WITHDRAWING, CaseState.WITHDRAWN):
        return answer
    return Decision(answer.case, answer.case.refusals)


async def actable_case(province: Province, visit: Visit, number: str) -> StoredCase:
    """Return a case this caller sees. Raises NotFound for what is not there and for what is not shown alike."""
    require_known(visit.caller)
    case = await stored_case(province, number)
    if case is None or not sees(visit.caller, case):
        raise NotFound("there is no such case, or it is not yours to see", place="caseNumber")
    return case
