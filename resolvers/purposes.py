"""Who may read under the purpose of this request, where the purpose may be a case: the case is looked up once."""

from functools import partial

from resolvers import access
from resolvers.case_access import sees
from resolvers.case_number import is_case_number
from resolvers.case_view import stored_case
from resolvers.ledger.cases import StoredCase
from resolvers.problems import AskForRight
from resolvers.province import Province
from resolvers.record import Record
from resolvers.visit import Visit

_HEADER = "Tongban-Purpose"


async def require_person_reader(province: Province, visit: Visit) -> None:
    """Let through as `access` does, under a case only who may see it. Raises AskForRight (PURPOSE_REQUIRED …)."""
    access.require_person_reader(visit)
    await case_of(province, visit)


async def require_register_reader(province: Province, visit: Visit) -> None:
    """Let through as `access` does, under a case only who may see it. Raises AskForRight (PURPOSE_REQUIRED …)."""
    access.require_register_reader(visit)
    await case_of(province, visit)


def names_case(visit: Visit) -> bool:
    """Whether the caller reads by reason of a case; a citizen reads his own and needs no reason."""
    return visit.purpose is not None and is_case_number(visit.purpose.code) and not access.is_bound_to_own(visit)


async def case_of(province: Province, visit: Visit) -> StoredCase | None:
    """Return the case this caller reads by reason of, None where the reason is another one.

    Raises AskForRight(PURPOSE_REQUIRED) for a case that is not there and for one the caller may not see alike.
    """
    if visit.purpose is None or not names_case(visit):
        return None

    number = visit.purpose.code
    case = await visit.loaders.once(("purpose", number), partial(stored_case, province, number))
    if case is None or not sees(visit.caller, case):
        text = "the purpose is no case that you may see"
        raise AskForRight(text, code="PURPOSE_REQUIRED", place=_HEADER)
    return case


def is_about(case: StoredCase, person: Record, subject_key: bytes) -> bool:
    """Whether the person is the case's subject or lives in its household; `person` holds `household_ref`."""
    if subject_key == case.subject_key:
        return True
    household = person.value("household_ref")
    return case.plan is not None and (person.city, household) == (case.registry_city, case.plan.household_ref)


def not_about() -> AskForRight:
    """Return the problem of a person the case named as purpose is not about."""
    return AskForRight("the case named as purpose is not about this person", place=_HEADER)
