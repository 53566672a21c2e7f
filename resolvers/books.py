"""Applies for a household register book (D01–D04): judged here, entered at the owning city, printed at the counter."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from resolvers.book_application import BookApplication, EligibilityQuestion
from resolvers.book_entry import plan_of
from resolvers.book_judgement import Denied, Granted, Unread, judge_now, subject_purpose
from resolvers.book_steps import advance
from resolvers.case import AccessChannel, CaseState, Decision, Step, StepName, StepState
from resolvers.case_access import require_may_apply
from resolvers.case_hold import FIRST_DELAY
from resolvers.case_number import case_number
from resolvers.cases import decision, request_scope
from resolvers.catalogue import BUSINESSES, Business
from resolvers.ledger import case_work as work
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import Declared, Request, StoredCase
from resolvers.people import checked_number
from resolvers.problems import FixInput
from resolvers.province import Province
from resolvers.refusals import refuse
from resolvers.rules import RULES, rule_version
from resolvers.visit import Visit
from resolvers.working_days import due_on
from tongban_adapters.stations import STATIONS, Station
from tongban_adapters.vocabulary import RefusalCode

# How long the counter waits for the registry before the case goes on without it (seconds).
INLINE_PATIENCE = 4.0


@dataclass(frozen=True, slots=True)
class Checked:
    """An application whose every input was recognised; `key` is the locator key of the subject."""

    business: Business
    station: Station
    number: str
    key: bytes
    declared: Declared
    access: AccessChannel


def checked(province: Province, visit: Visit, application: BookApplication | EligibilityQuestion) -> Checked:
    """Recognise station, item and number, and the caller's right to apply.

    Raises FixInput(UNKNOWN_STATION, UNKNOWN_ITEM, ITEM_NOT_SERVED, NUMBER_INVALID), AskForRight.
    """
    station = STATIONS.get(application.station)
    if station is None or station.city not in province.cities:
        raise FixInput("there is no station with this code", code="UNKNOWN_STATION", place="station")
    business = BUSINESSES.get(application.business)
    if business is None:
        raise FixInput("the catalogue has no item with this code", code="UNKNOWN_ITEM", place="business")
    if business.code not in RULES:
        raise FixInput("this item is not served by this gateway yet", code="ITEM_NOT_SERVED", place="business")
    number = checked_number(province, application.subject_number)
    key = visit.accesses.key(number)
    access = require_may_apply(visit, business.code, station, key)
    materials = tuple(sorted(set(application.materials)))
    declared = Declared(materials, application.old_book_surrendered, application.written_authority)
    return Checked(business, station, number, key, declared, access)


async def apply_household_book(province: Province, visit: Visit, application: BookApplication) -> Decision:
    """Accept an application, or say every reason why not; a refused application leaves no case.

    The case comes back READY_TO_PRINT, or PENDING_REGISTRY where the owning registry cannot be reached.
    Raises FixInput, AskForRight, AskOperator(DISPUTED …), TryLater where not even the owning city can be told.
    """
    asked = checked(province, visit, application)
    digest = _digest(asked)
    known = await _known(province, visit, application)
    if known is None:
        judged = await judge_now(province, visit, asked.number, asked.business, asked.station.city, asked.declared)
        if isinstance(judged, Denied):
            return Decision(None, judged.refusals)
        number = await _accept(province, visit, application, asked, judged)
        if number is not None:
            if isinstance(judged, Granted):
                patience_ends = asyncio.get_running_loop().time() + INLINE_PATIENCE
                await advance(province, number, province.ledger.holder, min(visit.deadline, patience_ends))
            return await decision(province, visit, number)
        # The same key was taken while we judged; its case is there now.
        known = await _known(province, visit, application)
    if known is None or known.payload_hash != digest:
        return Decision(None, (refuse(RefusalCode.IDEMPOTENCY_CONFLICT, field="idempotencyKey"),))
    return await decision(province, visit, known.case_number)


async def _known(province: Province, visit: Visit, application: BookApplication) -> Request | None:
    async with province.ledger.session() as session:
        return await rows.request(session, request_scope(visit.caller), application.idempotency_key)


async def _accept(
    province: Province, visit: Visit, application: BookApplication, asked: Checked, judged: Granted | Unread
) -> str | None:
    """Write case, steps and request in one transaction; None where the idempotency key was taken meanwhile."""
    scope, holder = request_scope(visit.caller), province.ledger.holder
    async with province.ledger.transaction() as session:
        number = case_number(province.clock.today(), await rows.next_sequence(session))
        request = Request(_digest(asked), number)
        if not await rows.remember(session, scope, application.idempotency_key, request):
            return None
        await rows.insert(session, _new_case(province, visit, asked, judged, number), holder, work.LEASE_SECONDS)
        if isinstance(judged, Unread):
            await work.postpone(session, number, holder, FIRST_DELAY)
            await work.tell(session)
    return number


def _new_case(province: Province, visit: Visit, asked: Checked, judged: Granted | Unread, number: str) -> StoredCase:
    now, today = province.clock.now(), province.clock.today()
    granted = judged if isinstance(judged, Granted) else None
    reading = Step(StepName.READ_AND_JUDGE, judged.city, StepState.DONE if granted else StepState.WAITING, 1, at=now)
    return StoredCase(
        number=number,
        item=asked.business.code,
        state=CaseState.ACCEPTED,
        subject_key=asked.key,
        subject_ref=granted.facts.subject.ref if granted else None,
        sealed_subject=None if granted else province.seal.cursor(asked.number.encode(), subject_purpose(number)),
        handling_station=asked.station.code,
        handling_city=asked.station.city,
        registry_city=judged.city,
        accepted_at=now,
        accepted_on=today,
        due_on=due_on(today, asked.business.limit.days_to),
        rule_version=rule_version(today),
        channel=judged.channel,
        access=asked.access,
        accepted_role=visit.caller.role,
        accepted_by=visit.caller.id,
        declared=asked.declared,
        plan=plan_of(granted.facts, today) if granted else None,
        book=None,
        entry_round=1,
        due_at=now,
        steps=(
            reading,
            Step(StepName.ENTRY, judged.city, StepState.WAITING, 0),
            Step(StepName.PRINT, asked.station.city, StepState.WAITING, 0),
        ),
    )


def _digest(asked: Checked) -> bytes:
    """The keyed hash of the person stands in for the number, so that nobody can guess the number from the digest."""
    said = ("applyHouseholdBook", asked.business.code, asked.station.code, asked.key.hex(), asked.declared)
    return sha256(msgspec.json.encode(said)).digest()
