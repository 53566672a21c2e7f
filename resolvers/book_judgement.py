"""Judges a book application: the gate by the place of the counter, the rules without it.

A judgement is told or written only once it is durable whose record it rests on.
"""

from dataclasses import dataclass
from datetime import date

from resolvers.audit import on_record
from resolvers.book_reading import SUBJECT_FIELDS, gather_facts
from resolvers.caller import Caller, Purpose, Role
from resolvers.catalogue import BUSINESSES, Business
from resolvers.channels import Closed, gate
from resolvers.ledger.cases import Declared, StoredCase
from resolvers.people import person_by_number, person_by_ref
from resolvers.problems import AskOperator, NotFound, TryLater
from resolvers.province import Province
from resolvers.record import Record
from resolvers.refusals import Refusal, refuse
from resolvers.rules import BookFacts, judge
from resolvers.visit import Visit
from tongban_adapters.vocabulary import RefusalCode

# Where no policy row is needed: an item that only its own city handles, handled there.
OWN_CITY = "OWN-CITY"


@dataclass(frozen=True, slots=True)
class Granted:
    """Every rule is met: the facts, the owning city they were read at, and the policy row that opened the gate."""

    city: str
    channel: str
    facts: BookFacts


@dataclass(frozen=True, slots=True)
class Denied:
    """Every reason why not. `city` is empty where no registry owns the person."""

    city: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Unread:
    """The owning city is known, the gate is open, and its registry cannot be read now: the case has to wait."""

    city: str
    channel: str


async def judge_now(
    province: Province, visit: Visit, number: str, business: Business, handling_city: str, declared: Declared
) -> Granted | Denied | Unread:
    """Judge an application made today, `number` being a normal citizen number.

    Raises TryLater where not even the owning city can be told, AskOperator where the data is in conflict.
    """
    today = province.clock.today()
    try:
        async with on_record(province, visit):
            subject = await person_by_number(province, visit, number, SUBJECT_FIELDS)
            return await _judged(province, visit, subject, business, handling_city, declared, today)
    except NotFound:
        return Denied("", (refuse(RefusalCode.SUBJECT_NOT_FOUND, field="subjectNumber"),))
    except TryLater as busy:
        city = busy.more.get("city")
        if city is None:
            raise
    channel = _channel(province, business, handling_city, city, today)
    return Denied(city, (channel,)) if isinstance(channel, Refusal) else Unread(city, channel)


async def judge_again(province: Province, case: StoredCase, deadline: float) -> Granted | Denied:
    """Judge an accepted case on what the registry holds now, by the rules of its acceptance date.

    `deadline` is loop time. Raises TryLater where a registry cannot answer, AskOperator.
    """
    visit = _visit_of(province, case, deadline)
    business = BUSINESSES[case.item]
    try:
        async with on_record(province, visit):
            subject = await _subject_of(province, visit, case)
            return await _judged(
                province, visit, subject, business, case.handling_city, case.declared, case.accepted_on
            )
    except NotFound:
        return Denied("", (refuse(RefusalCode.SUBJECT_NOT_FOUND, field="subjectNumber"),))


def subject_purpose(case_number: str) -> str:
    """Return what the sealed number of a waiting case is bound to: it opens for this case only."""
    return f"subject of {case_number}"


async def _judged(
    province: Province,
    visit: Visit,
    subject: Record,
    business: Business,
    handling_city: str,
    declared: Declared,
    on: date,
) -> Granted | Denied:
    channel = _channel(province, business, handling_city, subject.city, on)
    if isinstance(channel, Refusal):
        return Denied(subject.city, (channel,))
    facts = await gather_facts(province, visit, subject, business, declared, on)
    refusals = judge(facts)
    return Denied(subject.city, refusals) if refusals else Granted(subject.city, channel, facts)


def _channel(province: Province, business: Business, handling: str, registry: str, on: date) -> str | Refusal:
    """Return the policy row that opens the gate, or why it is closed: the one place where the counter's city counts."""
    answer = gate(province.policy, business.code, handling, registry, on)
    if isinstance(answer, Closed):
        field = "business" if answer.code is RefusalCode.ITEM_NOT_CROSS_REGIONAL else "station"
        return refuse(answer.code, field=field, opens_on=answer.opens_on)
    return answer.row.id if answer.row is not None else OWN_CITY


async def _subject_of(province: Province, visit: Visit, case: StoredCase) -> Record:
    if case.subject_ref is not None:
        return await person_by_ref(province, visit, case.registry_city, case.subject_ref, SUBJECT_FIELDS)
    if case.sealed_subject is not None:
        number = province.seal.open_text(case.sealed_subject, subject_purpose(case.number))
        return await person_by_number(province, visit, number, SUBJECT_FIELDS)
    raise AskOperator("the case does not say whom it is about", code="CASE_BROKEN")


def _visit_of(province: Province, case: StoredCase, deadline: float) -> Visit:
    """The gateway reads on behalf of whoever brought the case, with the case as the reason."""
    role = Role(case.accepted_role)
    caller = Caller(
        role,
        id=case.accepted_by,
        station=case.handling_station if role is Role.OFFICER else None,
        subject_key=case.subject_key if role is Role.CITIZEN else None,
    )
    return Visit.start(province, caller, Purpose(case.number), deadline, f"case {case.number}")
