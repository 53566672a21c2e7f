"""Who may see whose record: pure decisions on caller, purpose and subject, no data read."""

from collections.abc import Collection

from resolvers.caller import Caller, Purpose, Role
from resolvers.case_number import is_case_number
from resolvers.catalogue import BUSINESSES, INQUIRIES
from resolvers.catalogue.items import Asker
from resolvers.problems import AskForRight, NotFound
from resolvers.visit import Visit

# Officers see a subject only with a reason that is on record; the others of the house never see a person.
_NEEDS_PURPOSE = frozenset({Role.OFFICER, Role.APPROVER})


def require_person_reader(visit: Visit) -> None:
    """Let through who may read some person's record at all. Raises AskForRight.

    Codes: UNAUTHENTICATED (no token), NOT_ALLOWED (a role without personal data), PURPOSE_REQUIRED (an officer
    without a purpose, or with one that is neither a case number nor the code of an item that reads records).
    """
    _require_reader(visit.caller, visit.purpose)


def require_register_reader(visit: Visit) -> None:
    """Let through who may look into the register beyond his own record. Raises AskForRight as above."""
    _require_reader(visit.caller, visit.purpose)
    if is_bound_to_own(visit):
        raise AskForRight("citizens read their own record and household only")


def is_bound_to_own(visit: Visit) -> bool:
    """Whether the caller sees his own record and household only."""
    return visit.caller.role is Role.CITIZEN


def require_own(visit: Visit, subject_key: bytes) -> None:
    """Let a citizen through to his own record only; raises NotFound in the words used where nothing is there."""
    if is_bound_to_own(visit) and visit.caller.subject_key != subject_key:
        raise nothing_there()


def require_own_household(visit: Visit, members: Collection[bytes]) -> None:
    """Let a citizen through to what belongs to a household he is an active member of; raises NotFound."""
    if is_bound_to_own(visit) and visit.caller.subject_key not in members:
        raise nothing_there()


def nothing_there() -> NotFound:
    """Return the one answer to "there is none" and "not for you"."""
    return NotFound("there is nothing here that you may see")


def masks(visit: Visit, subject_key: bytes) -> bool:
    """Whether this caller sees this person's number and name masked: a citizen does, of anyone but himself."""
    return is_bound_to_own(visit) and visit.caller.subject_key != subject_key


def mask_number(number: str) -> str:
    """Return a number with its first and last character only."""
    return number[:1] + "*" * max(len(number) - 2, 0) + number[-1:] if len(number) > 1 else "*"


def mask_name(name: str) -> str:
    """Return a name with its family name only; the two-character family names of the register are known."""
    return (name[:2] if name[:2] in _DOUBLE_SURNAMES and len(name) > 2 else name[:1]) + "*"


_DOUBLE_SURNAMES = frozenset(
    {"欧阳", "诸葛", "司马", "上官", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒"}
    | {"令狐", "长孙", "宇文", "东方", "南宫", "端木", "澹台", "闻人", "申屠", "公冶"}
)


def _require_reader(caller: Caller, purpose: Purpose | None) -> None:
    if caller.role is Role.ANONYMOUS:
        raise AskForRight("show who you are first", code="UNAUTHENTICATED")
    if caller.role is Role.CITIZEN:
        return
    if caller.role not in _NEEDS_PURPOSE:
        raise AskForRight("your role reads no personal data")
    if purpose is None or not _is_known(purpose.code):
        raise AskForRight(
            "say why: a business or inquiry code of the catalogue, or a case number",
            code="PURPOSE_REQUIRED",
            place="Tongban-Purpose",
        )


def _is_known(code: str) -> bool:
    return code in _REASONS or is_case_number(code)


# What nobody's record is read for (a guide, a count of names, an address) is no reason to open one.
_REASONS = frozenset(
    {code for code, item in BUSINESSES.items() if item.field_set}
    | {code for code, item in INQUIRIES.items() if item.field_set and item.asker != (Asker.PUBLIC,)}
)
