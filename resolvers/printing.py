"""Accounts for the sheets a handling station prints: only after the registry confirmed, each serial number once."""

import re
from uuid import UUID

from resolvers.case import CaseState, Decision, Sheet
from resolvers.case_access import prints, require_known
from resolvers.case_view import decision, shown
from resolvers.cases import actable_case
from resolvers.idempotency import Keyed, answered_before, conflict, keyed, take
from resolvers.ledger import case_work as work
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import StoredCase
from resolvers.loaders import Loaders
from resolvers.problems import FixInput
from resolvers.province import Province
from resolvers.refusals import Refusal, refuse
from resolvers.visit import Visit
from tongban_adapters.model import Key, Kind
from tongban_adapters.vocabulary import BookState, RefusalCode

_SERIAL = re.compile(r"[0-9A-Z][0-9A-Z-]{3,31}", re.ASCII)
# Wherever in the serial it stands: 17 digits and a check character with a birth date of these centuries.
_CITIZEN_NUMBER = re.compile(r"[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]")
_VOID = refuse(
    RefusalCode.CASE_STATE,
    rule="BOOK_IS_VALID",
    more=("户籍地系统中该户口簿已作废", "the book is not valid at the registry any more"),
)


class _NotPrinted(Exception):
    """Leaves the transaction without a trace."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


async def record_printing(
    province: Province, visit: Visit, case_number: str, serial: str, spoiled: bool, idempotency_key: UUID
) -> Decision:
    """Record one sheet: a good one completes the case, a spoiled one leaves it to be printed again.

    Refusals, after which nothing is recorded: NO_RIGHT, CASE_STATE (also where the registry has voided the book),
    SERIAL_USED, IDEMPOTENCY_CONFLICT. Raises FixInput(BAD_SERIAL), NotFound, AskForRight, and TryLater where the
    registry cannot say whether the book is valid.
    """
    require_known(visit.caller)
    asked = keyed(visit.caller, idempotency_key, "recordPrinting", case_number, serial, spoiled)
    again = await answered_before(province, visit, asked)
    if again is not None:
        return again
    _check_serial(serial)
    case = await actable_case(province, visit, case_number)
    if not prints(visit.caller, case):
        return Decision(shown(case, visit.caller), (refuse(RefusalCode.NO_RIGHT),))
    try:
        await _require_valid_book(province, visit, case)
        sheet = Sheet(serial, spoiled, case.handling_station, province.clock.now())
        taken = await _record(province, visit, asked, case_number, sheet)
    except _NotPrinted as reason:
        answer = await decision(province, visit, case_number)
        return Decision(answer.case, (reason.refusal,))
    if not taken:
        return await answered_before(province, visit, asked) or conflict()
    return await decision(province, visit, case_number)


def _check_serial(serial: str) -> None:
    if not _SERIAL.fullmatch(serial):
        raise FixInput("a serial is 4 to 32 capital letters, digits and hyphens", code="BAD_SERIAL", place="serial")
    if _CITIZEN_NUMBER.search(serial.replace("-", "")):
        raise FixInput("a serial never looks like a citizen number", code="BAD_SERIAL", place="serial")


async def _require_valid_book(province: Province, visit: Visit, case: StoredCase) -> None:
    """Ask the registry: only it knows whether the book it issued in this case is still the valid one."""
    if case.state is not CaseState.READY_TO_PRINT or case.book is None:
        raise _NotPrinted(_state_refusal(case))
    city = province.city(case.book.city)
    fresh = Loaders(province, visit.deadline, visit.outcomes)
    found = await fresh.read(city, Kind.BOOK, Key.REF, case.book.ref, ("state",))
    if not any(book.value("state") == BookState.VALID for book in found):
        raise _NotPrinted(_VOID)


def _state_refusal(case: StoredCase) -> Refusal:
    """Return why this case is not printed; one that was superseded names the case that did it."""
    if case.state is CaseState.SUPERSEDED and case.refusals:
        return case.refusals[-1]
    return refuse(RefusalCode.CASE_STATE)


async def _record(province: Province, visit: Visit, asked: Keyed, number: str, sheet: Sheet) -> bool:
    """Write the sheet down; False where the key was taken meanwhile."""
    async with province.ledger.transaction() as session:
        await rows.lock(session, number)
        if not await take(session, asked, number):
            return False
        [case] = await rows.load(session, [number])
        if case.state is not CaseState.READY_TO_PRINT:
            raise _NotPrinted(_state_refusal(case))
        if not await rows.add_sheet(session, number, sheet, visit.caller.id):
            raise _NotPrinted(refuse(RefusalCode.SERIAL_USED, field="serial"))
        await work.printed(session, number, sheet.at, good=not sheet.spoiled)
    return True
