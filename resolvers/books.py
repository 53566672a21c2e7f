"""Applies for a household register book (D01–D04): judged here, entered at the owning city, printed at the counter."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex

from resolvers.book_application import BookApplication, EligibilityQuestion
from resolvers.book_entry import plan_of
from resolvers.book_judgement import Denied, Granted, Unread, judge_now, subject_purpose
from resolvers.book_steps import advance
from resolvers.case import AccessChannel, CaseState, Decision, Step, StepName, StepState
from resolvers.case_access import require_applicant, require_may_apply
from resolvers.case_hold import FIRST_DELAY
from resolvers.case_number import case_number
from resolvers.case_view import decision
from resolvers.catalogue import BUSINESSES, Business
from resolvers.idempotency import Keyed, answered_before, conflict, keyed, take
from resolvers.ledger import case_work as work
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import Declared, StoredCase
from resolvers.people import checked_number
from resolvers.problems import FixInput
from resolvers.province import Province
from resolvers.rules import RULES, rule_version
from resolvers.visit import Visit
from resolvers.working_days import due_on
from tongban_adapters.citizen_number import normalise
from tongban_adapters.stations import STATIONS, Station

# How long the counter waits for the registry before the case goes on without it (seconds).
INLINE_PATIENCE = 4.0
ENTRY_KEY_BYTES = 8


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
    """Recognise station, item, materials and number, and the caller's right to apply.

    Raises AskForRight, FixInput(UNKNOWN_STATION, UNKNOWN_ITEM, ITEM_NOT_SERVED, UNKNOWN_MATERIAL, NUMBER_INVALID).
    """
    require_applicant(visit.caller)
    station = STATIONS.get(application.station)
    if station is None or station.city not in province.cities:
        raise FixInput("there is no station with this code", code="UNKNOWN_STATION", place="station")
    business = BUSINESSES.get(application.business)
    if business is None:
        raise FixInput("the catalogue has no item with this code", code="UNKNOWN_ITEM", place="business")
    if business.code not in RULES:
        raise FixInput("this item is not served by this gateway yet", code="ITEM_NOT_SERVED", place="business")
    _check_materials(business, application.materials)
    number = checked_number(province, application.subject_number, "subjectNumber")
    key = visit.accesses.key(number)
    access = require_may_apply(visit, business.code, station, key)
    return Checked(business, station, number, key, _declared(application), access)


def _check_materials(business: Business, materials: Sequence[str]) -> None:
    """Raise FixInput(UNKNOWN_MATERIAL) for a code the item has no paper of, or for more codes than it has papers."""
    papers = [paper.code for paper in business.materials]
    if len(materials) > len(papers) or not set(materials).issubset(papers):
        named = ", ".join(papers)
        text = f"{business.code} takes each of these once: {named}"
        raise FixInput(text, code="UNKNOWN_MATERIAL", place="materials", fits=named)


def _declared(application: BookApplication | EligibilityQuestion) -> Declared:
    materials = tuple(sorted(set(application.materials)))
    return Declared(materials, application.old_book_surrendered, application.written_authority)


async def apply_household_book(province: Province, visit: Visit, application: BookApplication) -> Decision:
    """Accept an application, or say every reason why not; a refused application leaves no case.

    The case comes back READY_TO_PRINT, PENDING_REGISTRY where the owning registry cannot be reached, or ACCEPTED
    where another request is at it.
    Raises FixInput, AskForRight, AskOperator(DISPUTED …), TryLater where not even the owning city can be told.
    """
    require_applicant(visit.caller)
    sent = _sent(visit, application)
    again = await answered_before(province, visit, sent)
    if again is not None:
        return again
    asked = checked(province, visit, application)
    judged = await judge_now(province, visit, asked.number, asked.business, asked.station.city, asked.declared)
    if isinstance(judged, Denied):
        return Decision(None, judged.refusals)
    number = await _accept(province, visit, sent, asked, judged)
    if number is None:
        # The same key was taken while we judged; its case is there now.
        return await answered_before(province, visit, sent) or conflict()
    if isinstance(judged, Granted):
        patience_ends = asyncio.get_running_loop().time() + INLINE_PATIENCE
        await advance(province, number, province.ledger.holder, min(visit.deadline, patience_ends))
    return await decision(province, visit, number)


def _sent(visit: Visit, application: BookApplication) -> Keyed:
    """All that was sent, unchecked; nobody can guess the citizen number from its keyed hash."""
    person = visit.accesses.key(normalise(application.subject_number)).hex()
    said = (application.business, application.station, person, _declared(application))
    return keyed(visit.caller, application.idempotency_key, "applyHouseholdBook", *said)


async def _accept(
    province: Province, visit: Visit, sent: Keyed, asked: Checked, judged: Granted | Unread
) -> str | None:
    """Write case, steps and request in one transaction; None where the idempotency key was taken meanwhile."""
    holder = province.ledger.holder
    async with province.ledger.transaction() as session:
        number = case_number(province.clock.today(), await rows.next_sequence(session))
        if not await take(session, sent, number):
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
        sealed_subject=None if granted else province.seal.text(asked.number, subject_purpose(number)),
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
        entry_key=token_hex(ENTRY_KEY_BYTES),
        due_at=now,
        steps=(
            reading,
            Step(StepName.ENTRY, judged.city, StepState.WAITING, 0),
            Step(StepName.PRINT, asked.station.city, StepState.WAITING, 0),
        ),
    )
