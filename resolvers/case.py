"""What a case is: its states, its steps and what its caller may do next."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from resolvers.refusals import Refusal
from tongban_adapters.vocabulary import BookReason


class CaseState(StrEnum):
    """Where a case stands. The four states at the end of the list are at rest; the others go on.

    SUPERSEDED: the registry voided the case's book, unprinted, when it issued that of a newer case.
    """

    ACCEPTED = "ACCEPTED"
    PENDING_REGISTRY = "PENDING_REGISTRY"
    READY_TO_PRINT = "READY_TO_PRINT"
    WITHDRAWING = "WITHDRAWING"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"
    COMPLETED = "COMPLETED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    SUPERSEDED = "SUPERSEDED"


class StepName(StrEnum):
    """The steps of a book case, in order."""

    READ_AND_JUDGE = "READ_AND_JUDGE"
    ENTRY = "ENTRY"
    PRINT = "PRINT"


class StepState(StrEnum):
    """Where a step stands: ASKED means its intent is recorded and its outcome is not known yet."""

    WAITING = "WAITING"
    ASKED = "ASKED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


class CaseAction(StrEnum):
    """What a caller may do with a case now."""

    RECORD_PRINTING = "RECORD_PRINTING"
    WITHDRAW = "WITHDRAW"


class AccessChannel(StrEnum):
    """How the application reached us; independent of the matrix of cities."""

    WINDOW = "WINDOW"
    ONLINE = "ONLINE"


@dataclass(frozen=True, slots=True)
class Subject:
    """The person a case is about: locator key, owning city, and the registry's ref once the record was read."""

    key: bytes
    city: str
    ref: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step at one city. `journal_number` is the registry's; `at` the last attempt, `next_at` the next one (UTC)."""

    name: StepName
    city: str
    state: StepState
    attempts: int
    journal_number: str | None = None
    at: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedBook:
    """The book the registry issued: what the handling station prints, under the registry's office as issuer."""

    city: str
    ref: str
    household_ref: str
    reason: BookReason
    issued_on: date
    issuing_office: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed sheet of controlled stock."""

    serial: str
    spoiled: bool
    station: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One act of business from acceptance to rest. `channel` is the policy row that let it through the gate."""

    number: str
    item: str
    state: CaseState
    subjects: tuple[Subject, ...]
    handling_station: str
    handling_city: str
    registry_cities: tuple[str, ...]
    accepted_at: datetime
    accepted_on: date
    due_on: date
    rule_version: str
    channel: str
    access: AccessChannel
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]
    allowed_actions: tuple[CaseAction, ...]
    book: IssuedBook | None = None
    sheets: tuple[Sheet, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a mutation: the case, if there is one, and every reason why something was not done."""

    case: Case | None
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; `city` is the handling or a registry city, dates are acceptance dates, inclusive."""

    states: tuple[CaseState, ...] = ()
    city: str | None = None
    item: str | None = None
    accepted_from: date | None = None
    accepted_to: date | None = None
    due_before: date | None = None


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case with the cursor of its place in the list."""

    case: Case
    cursor: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of cases, newest first."""

    items: tuple[ListedCase, ...]
    has_next: bool
    end_cursor: str | None
