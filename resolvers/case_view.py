"""What a caller is shown of one case."""

from resolvers.caller import Caller
from resolvers.case import Case, CaseState, Decision, Subject
from resolvers.case_access import allowed_actions
from resolvers.case_number import is_case_number
from resolvers.ledger import cases as rows
from resolvers.ledger.cases import StoredCase
from resolvers.problems import NotFound
from resolvers.province import Province
from resolvers.visit import Visit

# In these states what is written down against a case is the answer to whoever asked for it.
_AGAINST = (CaseState.REFUSED, CaseState.NEEDS_OPERATOR)


async def decision(province: Province, visit: Visit, number: str) -> Decision:
    """Return the case as it is now, and what refused or stopped it if something did."""
    case = await stored_case(province, number)
    if case is None:
        raise NotFound("there is no such case")
    return Decision(shown(case, visit.caller), case.refusals if case.state in _AGAINST else ())


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
