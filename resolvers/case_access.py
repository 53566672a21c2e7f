"""Who may accept, see and carry on a case: pure answers from the caller and the case."""

from resolvers.caller import Caller, Role
from resolvers.case import AccessChannel, CaseAction, CaseState
from resolvers.ledger.cases import Sight, StoredCase
from resolvers.problems import AskForRight
from resolvers.visit import Visit
from tongban_adapters.divisions import CITY_CODES
from tongban_adapters.stations import Station

WITHDRAWABLE = (CaseState.ACCEPTED, CaseState.PENDING_REGISTRY, CaseState.NEEDS_OPERATOR)

_CITIES = {code: slug for slug, code in CITY_CODES.items()}


def require_known(caller: Caller) -> None:
    """Let through who has shown a token. Raises AskForRight(UNAUTHENTICATED)."""
    if caller.role is Role.ANONYMOUS:
        raise AskForRight("show who you are first", code="UNAUTHENTICATED")


def require_applicant(caller: Caller) -> None:
    """Let through who may apply for something at all. Raises AskForRight(UNAUTHENTICATED, NOT_ALLOWED)."""
    require_known(caller)
    if caller.role is not Role.CITIZEN and (caller.role is not Role.OFFICER or caller.station is None):
        raise AskForRight("only citizens and window officers apply")


def require_may_apply(visit: Visit, business: str, station: Station, subject_key: bytes) -> AccessChannel:
    """Return how the application reaches us: an officer accepts at the own station, a citizen applies in person.

    Raises AskForRight(UNAUTHENTICATED, PURPOSE_REQUIRED, NOT_ALLOWED).
    """
    caller = visit.caller
    require_applicant(caller)
    if caller.role is Role.CITIZEN:
        if caller.subject_key != subject_key:
            raise AskForRight("a citizen applies in the own name only", place="subjectNumber")
        return AccessChannel.ONLINE
    if visit.purpose is None or visit.purpose.code != business:
        raise AskForRight(f"an officer accepts {business} under the purpose {business}", code="PURPOSE_REQUIRED")
    if caller.station != station.code:
        raise AskForRight("an officer accepts at the own station", place="station")
    return AccessChannel.WINDOW


def sight(caller: Caller) -> Sight | None:
    """Return which cases this caller may see; None for none at all."""
    if caller.role is Role.CITIZEN and caller.subject_key:
        return Sight(subject_key=caller.subject_key)
    if caller.role is Role.OFFICER and caller.station:
        return Sight(station=caller.station)
    if caller.role is Role.APPROVER and caller.division and caller.division[:4] in _CITIES:
        return Sight(registry_city=_CITIES[caller.division[:4]])
    if caller.role is Role.AUDITOR:
        return Sight()
    return None


def sees(caller: Caller, case: StoredCase) -> bool:
    """Tell whether this caller may see this case: the same answer as `sight` gives for the list."""
    seen = sight(caller)
    return (
        seen is not None
        and seen.subject_key in (None, case.subject_key)
        and seen.station in (None, case.handling_station)
        and seen.registry_city in (None, case.registry_city)
    )


def acts_on(caller: Caller, case: StoredCase) -> bool:
    """Tell whether the case is this caller's to withdraw: the subject's own, or of the officer's own station."""
    if caller.role is Role.CITIZEN:
        return caller.subject_key == case.subject_key
    return prints(caller, case)


def prints(caller: Caller, case: StoredCase) -> bool:
    """Tell whether this caller prints for this case: an officer of the handling station."""
    return caller.role is Role.OFFICER and caller.station == case.handling_station


def allowed_actions(caller: Caller, case: StoredCase) -> tuple[CaseAction, ...]:
    """Return what this caller may do with the case now."""
    actions = []
    if case.state is CaseState.READY_TO_PRINT and prints(caller, case):
        actions.append(CaseAction.RECORD_PRINTING)
    if case.state in WITHDRAWABLE and acts_on(caller, case):
        actions.append(CaseAction.WITHDRAW)
    return tuple(actions)
