"""The durable steps of a book case: read and judge, enter at the registry, or take back.

A step's intent is in the ledger before its registry is called and its outcome after, so that any gateway can go on
from any point: an entry that may have arrived is asked for by `status` before anything else is done about it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from resolvers.book_entry import BookPlan, entry_id, entry_of, issued, plan_of
from resolvers.book_judgement import Denied, Granted, judge_again
from resolvers.book_reading import valid_books
from resolvers.case import CaseState, IssuedBook, StepName, StepState
from resolvers.case_hold import Doubt, Halt, Held, Hold, Wait, delay
from resolvers.ledger import case_work as work
from resolvers.ledger.case_work import LeaseLost
from resolvers.ledger.cases import StoredCase, add_refusals, load
from resolvers.ledger.session import Session
from resolvers.problems import AskOperator, FixInput, TryLater
from resolvers.province import City, Province
from resolvers.refusals import Refusal, refuse, superseded_by
from tongban_adapters.errors import Refused, Unsupported
from tongban_adapters.model import Entry, EntryId, EntryState, Phase, Receipt
from tongban_adapters.vocabulary import RefusalCode

log = logging.getLogger(__name__)

# More than any case needs in one go: accept, judge, stale once, judge again, enter, ask for the status.
MOST_MOVES = 8
# How often an entry finds its household held before it is refused: some 30 seconds.
MOST_HELD = 10


async def advance(province: Province, number: str, owner: UUID, deadline: float) -> None:
    """Carry a case this gateway holds as far as it goes until `deadline` (loop time), then give it back.

    Raises TryLater where the ledger itself is lost: the lease then runs out and the case is found again.
    """
    hold = Hold(province, number, owner, deadline, asyncio.get_running_loop().time())
    try:
        await _go_on(hold)
    except LeaseLost:
        log.info("case %s is worked on by another gateway", number)


async def _go_on(hold: Hold) -> None:
    for _ in range(MOST_MOVES):
        async with hold.province.ledger.session() as session:
            [case] = await load(session, [hold.number])
        move = _next_move(case)
        if move is None:
            return
        try:
            await move(hold, case)
        except Halt as halt:
            if not hold.tries_again(halt):
                await _give_back(hold, str(halt))
                return
            await asyncio.sleep(halt.pause)
        except (AskOperator, FixInput, Unsupported) as problem:
            await _stop(hold, problem)
            return
    await _give_back(hold, "many moves")


# What a stopped case shows of the problem that stopped it.
_REASONS = {
    "DISPUTED": refuse(RefusalCode.DUPLICATE_NUMBER),
    "IDEMPOTENCY_CONFLICT": refuse(
        RefusalCode.IDEMPOTENCY_CONFLICT,
        rule="ENTRY_IS_OURS",
        more=("户籍地系统中该编号的记录属于其他业务", "the registry knows another entry by the id of this case's"),
    ),
}

Move = Callable[[Hold, StoredCase], Awaitable[None]]


def _next_move(case: StoredCase) -> Move | None:
    if case.state is CaseState.WITHDRAWING:
        return _take_back
    if case.state not in (CaseState.ACCEPTED, CaseState.PENDING_REGISTRY):
        return None
    return _enter if case.step(StepName.READ_AND_JUDGE).state is StepState.DONE else _judge


async def _judge(hold: Hold, case: StoredCase) -> None:
    """Read the records and judge by the acceptance date; the person is found by sealed number or by ref."""
    async with hold.province.ledger.transaction() as session:
        await work.intend(session, case.number, hold.owner, StepName.READ_AND_JUDGE, hold.province.clock.now())
    try:
        judged = await judge_again(hold.province, case, hold.deadline)
    except TryLater as busy:
        if busy.code.startswith(("AUDIT", "LEDGER")):
            raise
        raise Wait(busy.code) from busy
    except AskOperator as problem:
        # A fault of the adapter's program is mended there; the case need not be touched.
        if problem.code == "ADAPTER_FAULT":
            raise Wait(problem.code) from problem
        raise
    if isinstance(judged, Denied):
        await _refuse(hold, StepName.READ_AND_JUDGE, judged.refusals)
    else:
        await _keep_plan(hold, judged)


async def _keep_plan(hold: Hold, granted: Granted) -> None:
    plan = plan_of(granted.facts, hold.province.clock.today())
    async with hold.province.ledger.transaction() as session:
        await work.judged(session, hold.number, hold.owner, granted.facts.subject.ref, granted.city, plan)


async def _enter(hold: Hold, case: StoredCase) -> None:
    """Enter the act at the owning registry: once, however often this runs."""
    city = hold.province.city(case.registry_city)
    entry = _entry(case)
    async with hold.province.ledger.transaction() as session:
        await work.intend(session, case.number, hold.owner, StepName.ENTRY, hold.province.clock.now())
    state = EntryState(Phase.NEVER_SEEN)
    if case.step(StepName.ENTRY).state is StepState.ASKED:
        state = await _own_state(hold, city, entry)
    if state.receipt is not None:
        await _confirm(hold, case, state.receipt)
        return
    if state.phase is Phase.CANCELLED:
        # Nobody withdrew the case, so it was us, before we were interrupted: judge again, enter anew.
        await _judge_anew(hold, case)
        return
    if state.phase is Phase.NEVER_SEEN and not await _prepared(hold, case, city, entry):
        return
    if not await _books_are_as_planned(hold, case, city):
        await _start_over(hold, case, city, entry.id)
        return
    try:
        receipt = await hold.call(city, lambda: city.registry.commit(entry.id))
    except Refused as no:
        await _turned_down(hold, case, city, entry.id, no.code)
        return
    await _confirm(hold, case, receipt)


async def _own_state(hold: Hold, city: City, entry: Entry) -> EntryState:
    """Ask where our entry stands. Raises AskOperator where the registry knows another entry by its id."""
    state = await hold.call(city, lambda: city.registry.status(entry.id))
    if state.phase in (Phase.PREPARED, Phase.COMMITTED) and state.digest != entry.digest():
        raise _not_ours()
    return state


def _not_ours() -> AskOperator:
    return AskOperator("the registry knows another entry by the id of this case's", code="IDEMPOTENCY_CONFLICT")


async def _prepared(hold: Hold, case: StoredCase, city: City, entry: Entry) -> bool:
    try:
        await hold.call(city, lambda: city.registry.prepare(entry))
    except Refused as no:
        await _turned_down(hold, case, city, entry.id, no.code)
        return False
    return True


async def _turned_down(hold: Hold, case: StoredCase, city: City, identity: EntryId, code: RefusalCode) -> None:
    """Decide what a registry's "no" to this entry means."""
    if code is RefusalCode.IDEMPOTENCY_CONFLICT:
        # Nothing of ours is there, and what is there is not ours to cancel, let alone to confirm.
        raise _not_ours()
    if code is RefusalCode.CASE_STATE:
        raise Doubt(str(code))
    # The record's own lock was free when we judged, so another entry holds it; one that never ends is a refusal.
    if code is RefusalCode.RECORD_LOCKED and case.step(StepName.ENTRY).attempts < MOST_HELD:
        raise Held(str(code))
    if code is RefusalCode.STALE_VERSION:
        await _start_over(hold, case, city, identity)
        return
    await _cancel(hold, city, identity)
    await _refuse(hold, StepName.ENTRY, (refuse(code),))


async def _books_are_as_planned(hold: Hold, case: StoredCase, city: City) -> bool:
    """A book issued between judging and holding leaves the household's version alone; only the books tell."""
    plan = case.plan
    if plan is None:
        return False
    try:
        books = await valid_books(hold.province, city, plan.household_ref, hold.deadline)
    except TryLater as busy:
        raise Wait(busy.code) from busy
    standing = [(book.ref, book.version) for book in books if book.person_ref == plan.person_ref]
    return standing == ([(plan.old_ref, plan.old_version)] if plan.old_ref is not None else [])


async def _start_over(hold: Hold, case: StoredCase, city: City, identity: EntryId) -> None:
    """Judge once more on what the registry holds now; a second surprise ends the case."""
    await _cancel(hold, city, identity)
    if case.entry_round > 1:
        await _refuse(hold, StepName.ENTRY, (refuse(RefusalCode.STALE_VERSION),))
        return
    await _judge_anew(hold, case)


async def _judge_anew(hold: Hold, case: StoredCase) -> None:
    async with hold.province.ledger.transaction() as session:
        await work.judge_anew(session, hold.number, hold.owner, case.entry_round + 1)


async def _cancel(hold: Hold, city: City, identity: EntryId) -> None:
    try:
        await hold.call(city, lambda: city.registry.cancel(identity))
    except Refused as committed:
        raise Doubt(str(committed.code)) from committed


async def _take_back(hold: Hold, case: StoredCase) -> None:
    """Withdraw: cancel what may have been sent; if the registry has written already, the withdrawal came too late."""
    # Without a plan nothing of this round was sent, and the round before was cancelled.
    if case.plan is not None and case.step(StepName.ENTRY).attempts:
        city, entry = hold.province.city(case.registry_city), _entry(case)
        state = await _own_state(hold, city, entry)
        if state.receipt is not None:
            await _confirm(hold, case, state.receipt, (refuse(RefusalCode.CASE_STATE, rule="WITHDRAWN_TOO_LATE"),))
            return
        await _cancel(hold, city, entry.id)
    async with hold.province.ledger.transaction() as session:
        await work.withdrawn(session, hold.number, hold.owner)


def _entry(case: StoredCase) -> Entry:
    if case.plan is None:
        raise AskOperator("the case has no plan to enter", code="CASE_BROKEN")
    return entry_of(
        entry_id(case.number, case.entry_round, case.entry_key),
        case.plan,
        business=case.item,
        station=case.handling_station,
        operator=case.accepted_by,
        accepted_on=case.accepted_on,
    )


async def _confirm(hold: Hold, case: StoredCase, receipt: Receipt, refusals: tuple[Refusal, ...] = ()) -> None:
    if case.plan is None:
        raise AskOperator("the case has no plan to confirm", code="CASE_BROKEN")
    book = issued(case.registry_city, case.plan, receipt)
    async with hold.province.ledger.transaction() as session:
        await work.lock_books(session, book.city, book.household_ref)
        await work.confirmed(session, hold.number, hold.owner, receipt, book)
        await add_refusals(session, hold.number, refusals)
        await _supersede(session, case.number, case.plan, book)
        if case.state is not CaseState.ACCEPTED:
            await work.city_is_back(session, case.registry_city)


async def _supersede(session: Session, number: str, plan: BookPlan, book: IssuedBook) -> None:
    """Lay to rest the unprinted case whose book this entry voided, and this one if its own book is void by now."""
    pairs: list[tuple[str, str]] = []
    if plan.old_ref is not None:
        pairs += [(older, number) for older in await work.unprinted(session, book.city, plan.old_ref)]
    pairs += [(number, newer) for newer in await work.voiding(session, book.city, book.ref)]
    for older, newer in pairs:
        await work.superseded(session, older)
        await add_refusals(session, older, (superseded_by(newer),))


async def _refuse(hold: Hold, name: StepName, refusals: tuple[Refusal, ...]) -> None:
    async with hold.province.ledger.transaction() as session:
        await work.refused(session, hold.number, hold.owner, name, refusals, hold.province.clock.now())


async def _give_back(hold: Hold, reason: str) -> None:
    async with hold.province.ledger.session() as session:
        [case] = await load(session, [hold.number])
        attempts = max(step.attempts for step in case.steps)
        await work.postpone(session, hold.number, hold.owner, delay(hold.number, attempts))
    log.info("case %s waits for %s (%s)", hold.number, case.registry_city, reason)


async def _stop(hold: Hold, problem: Exception) -> None:
    code = getattr(problem, "code", type(problem).__name__)
    log.warning("case %s needs an operator: %s", hold.number, code)
    async with hold.province.ledger.transaction() as session:
        await work.stopped(session, hold.number, hold.owner)
        [case] = await load(session, [hold.number])
        reason = _REASONS.get(code)
        if reason is not None and reason not in case.refusals:
            await add_refusals(session, hold.number, (reason,))
