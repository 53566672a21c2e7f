"""What is asked of the household-book counter."""

from dataclasses import dataclass
from uuid import UUID

from resolvers.refusals import Refusal


@dataclass(frozen=True, slots=True)
class BookApplication:
    """An application for D01–D04, the subject being the applicant. `materials` are codes laid on the counter.

    `old_book_surrendered` says the same as material OLD_HB (D02), `written_authority` as AUTHORITY (D03, not the head).
    """

    idempotency_key: UUID
    business: str
    subject_number: str
    station: str
    materials: tuple[str, ...] = ()
    old_book_surrendered: bool = False
    written_authority: bool = False


@dataclass(frozen=True, slots=True)
class EligibilityQuestion:
    """The same application as a question: nothing is written."""

    business: str
    subject_number: str
    station: str
    materials: tuple[str, ...] = ()
    old_book_surrendered: bool = False
    written_authority: bool = False


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether the application would be accepted now, every reason if not, and what it takes (limit in working days)."""

    eligible: bool
    refusals: tuple[Refusal, ...]
    business: str
    registry_city: str | None
    channel: str | None
    required_materials: tuple[str, ...]
    limit_days: int
    fee_yuan: int
