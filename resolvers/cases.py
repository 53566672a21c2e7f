"""Shows cases to those who may see them, and takes a case back."""

import asyncio
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from resolvers.book_steps import advance
from resolvers.caller import Caller, Role
from resolvers.case import Case, CaseFilter, CasePage, CaseState, Decision, ListedCase, Subject
from resolvers.case_access import WITHDRAWABLE, acts_on, allowed_actions, sees, sight
from resolvers.case_number import is_case_number
from resolvers.ledger import case_work as work
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import Position, Request, StoredCase
from resolvers.problems import AskForRight, FixInput, NotFound
from resolvers.province import Province
from resolvers.refusals import refuse
from resolvers.visit import Visit
from tongban_adapters.vocabulary import RefusalCode

MAX_PAGE = 200
WITHDRAW_PATIENCE = 4.0


def request_scope(caller: Caller) -> str:
    """Return whose idempotency keys these are: one caller's keys never meet another's."""
    return f"{caller.role}:{caller.id}"


async def case_by_number(province: Province, visit: Visit, number: str) -> Case | None:
    """Return a case this caller may see; None says nothing about whether there is one."""
    _require_known(visit.caller)
    case = await stored_case(province, number)
    return shown(case, visit.caller) if case is not None and sees(visit.caller, case) else None


async def case_page(province: Province, visit: Visit, wanted: CaseFilter, first: int, after: str | None) -> CasePage:
    """Return a page of the cases this caller may see, newest first.

    Raises FixInput(PAGE_SIZE, BAD_CURSOR), AskForRight(UNAUTHENTICATED).
    """
    _require_known(visit.caller)
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
    case = await actable_case(province, visit, number)
    if not acts_on(visit.caller, case):
        return Decision(shown(case, visit.caller), (refuse(RefusalCode.NO_RIGHT),))
    request = Request(sha256(f"withdrawCase {number}".encode()).digest(), number)
    scope = request_scope(visit.caller)
    async with province.ledger.transaction() as session:
        await rows.lock(session, number)
        [case] = await rows.load(session, [number])
        known = await rows.request(session, scope, idempotency_key)
        if known is not None:
            return _withdrawal(await answer_again(province, visit, known, request))
        if case.state not in (*WITHDRAWABLE, CaseState.WITHDRAWING, CaseState.WITHDRAWN):
            return Decision(shown(case, visit.caller), (refuse(RefusalCode.CASE_STATE),))
        if not await rows.remember(session, scope, idempotency_key, request):
            return Decision(None, (refuse(RefusalCode.IDEMPOTENCY_CONFLICT, field="idempotencyKey"),))
        if case.state in WITHDRAWABLE:
            await work.set_state(session, number, CaseState.WITHDRAWING)
            await work.take(session, number, province.ledger.holder)
    if case.state in WITHDRAWABLE:
        patience_ends = asyncio.get_running_loop().time() + WITHDRAW_PATIENCE
        await advance(province, number, province.ledger.holder, min(visit.deadline, patience_ends))
    return _withdrawal(await decision(province, visit, number))


def _withdrawal(answer: Decision) -> Decision:
    """Say why, where the case was not taken back after all: the registry had written before it could be told."""
    if answer.case is None or answer.case.state in (CaseState.WITHDRAWING, CaseState.WITHDRAWN):
        return answer
    return Decision(answer.case, answer.case.refusals)


async def answer_again(province: Province, visit: Visit, known: Request, asked: Request) -> Decision:
    """Answer a request whose key was used before: the case as it is now, or a refusal where the request differs."""
    if known != asked:
        return Decision(None, (refuse(RefusalCode.IDEMPOTENCY_CONFLICT, field="idempotencyKey"),))
    return await decision(province, visit, known.case_number)


async def decision(province: Province, visit: Visit, number: str) -> Decision:
    """Return the case as it is now, and what refused it if it is refused."""
    case = await stored_case(province, number)
    if case is None:
        raise NotFound("there is no such case")
    return Decision(shown(case, visit.caller), case.refusals if case.state is CaseState.REFUSED else ())


async def actable_case(province: Province, visit: Visit, number: str) -> StoredCase:
    """Return a case this caller sees. Raises NotFound for what is not there and for what is not shown alike."""
    _require_known(visit.caller)
    case = await stored_case(province, number)
    if case is None or not sees(visit.caller, case):
        raise NotFound("there is no such case, or it is not yours to see", place="number")
    return case


async def stored_case(province: Province, number: str) -> StoredCase | None:
    """Return a case by its number, whoever asks."""
    if not is_case_number(number):
        return None
    async with province.ledger.session() as session:
        found = await rows.load(session, [number])
    return found[0] if found else None


def shown(stored: StoredCase, caller: Caller) -> Case:
    """Return the case as this caller sees it."""
    return Case(
        number=stored.number,
        item=stored.item,
        state=stored.state,
        subjects=(Subject(stored.subject_key, stored.registry_city, stored.subject_ref),),
        handling_station=stored.handling_station,
        handling_city=stored.handling_city,
        registry_cities=(stored.registry_city,),
        accepted_at=stored.accepted_at,
        accepted_on=stored.accepted_on,
        due_on=stored.due_on,
        rule_version=stored.rule_version,
        channel=stored.channel,
        access=stored.access,
        steps=stored.steps,
        refusals=stored.refusals,
        allowed_actions=allowed_actions(caller, stored),
        book=stored.book,
        sheets=stored.sheets,
    )


def _require_known(caller: Caller) -> None:
    if caller.role is Role.ANONYMOUS:
        raise AskForRight("show who you are first", code="UNAUTHENTICATED")
