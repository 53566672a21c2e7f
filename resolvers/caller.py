"""Who asks and why: the verified caller and the purpose of one request."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of the gateway; one caller has exactly one."""

    ANONYMOUS = "ANONYMOUS"
    CITIZEN = "CITIZEN"
    OFFICER = "OFFICER"
    APPROVER = "APPROVER"
    AUDITOR = "AUDITOR"
    POLICY_OWNER = "POLICY_OWNER"
    CITY_IT = "CITY_IT"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller. `subject_key` is the locator key of a citizen's own number; `station` a GA/T 380 unit code."""

    role: Role
    id: str = ""
    name: str = ""
    station: str | None = None
    division: str | None = None
    subject_key: bytes | None = None


ANONYMOUS = Caller(Role.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a person's record is opened: a catalogue code (`D02`, `Q01`) or a case number, as in `Tongban-Purpose`."""

    code: str
