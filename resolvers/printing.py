"""Accounts for the sheets a handling station prints: only after the registry confirmed, each serial number once."""

import re
from hashlib import sha256
from uuid import UUID

from resolvers.case import CaseState, Decision, Sheet
from resolvers.case_access import prints
from resolvers.cases import actable_case, answer_again, decision, request_scope, shown
from resolvers.ledger import case_work as work
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import Request
from resolvers.problems import FixInput
from resolvers.province import Province
from resolvers.refusals import Refusal, refuse
from resolvers.visit import Visit
from tongban_adapters.vocabulary import RefusalCode

_SERIAL = re.compile(r"[0-9A-Z][0-9A-Z-]{3,31}", re.ASCII)


class _NotPrinted(Exception):
    """Leaves the transaction without a trace."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def record_printing(
    province: Province, visit: Visit, case_number: str, serial: str, spoiled: bool, idempotency_key: UUID
) -> Decision:
    """Record one sheet: a good one completes the case, a spoiled one leaves it to be printed again.

    Refusals, after which nothing is recorded: NO_RIGHT, CASE_STATE, SERIAL_USED, IDEMPOTENCY_CONFLICT.
    Raises FixInput(BAD_SERIAL), NotFound, AskForRight.
    """
    if not _SERIAL.fullmatch(serial):
        raise FixInput("a serial is 4 to 32 capital letters, digits and hyphens", code="BAD_SERIAL", place="serial")
    case = await actable_case(province, visit, case_number)
    if not prints(visit.caller, case):
        return Decision(shown(case, visit.caller), (refuse(RefusalCode.NO_RIGHT),))
    said = f"recordPrinting {case_number} {serial} {spoiled}"
    request = Request(sha256(said.encode()).digest(), case_number)
    async with province.ledger.session() as session:
        known = await rows.request(session, request_scope(visit.caller), idempotency_key)
    if known is not None:
        return await answer_again(province, visit, known, request)
    try:
        await _record(province, visit, request, serial, spoiled, idempotency_key)
    except _NotPrinted as reason:
        answer = await decision(province, visit, case_number)
        return Decision(answer.case, (reason.refusal,))
    return await decision(province, visit, case_number)


async def _record(
    province: Province, visit: Visit, request: Request, serial: str, spoiled: bool, idempotency_key: UUID
) -> None:
    number, now = request.case_number, province.clock.now()
    async with province.ledger.transaction() as session:
        await rows.lock(session, number)
        [case] = await rows.load(session, [number])
        scope = request_scope(visit.caller)
        if not await rows.remember(session, scope, idempotency_key, request):
            known = await rows.request(session, scope, idempotency_key)
            if known == request:
                return
            raise _NotPrinted(refuse(RefusalCode.IDEMPOTENCY_CONFLICT, field="idempotencyKey"))
        if case.state is not CaseState.READY_TO_PRINT:
            raise _NotPrinted(refuse(RefusalCode.CASE_STATE))
        sheet = Sheet(serial, spoiled, case.handling_station, now)
        if not await rows.add_sheet(session, number, sheet, visit.caller.id):
            raise _NotPrinted(refuse(RefusalCode.SERIAL_USED, field="serial"))
        await work.printed(session, number, now, good=not spoiled)
