"""The rules of the household book: named pure functions over facts that know no counter, no city and no operator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from resolvers.refusals import Refusal, refuse
from tongban_adapters.vocabulary import (
    BookReason,
    HouseholdKind,
    HouseholdState,
    PersonLock,
    PersonState,
    RefusalCode,
    Relation,
)

ADULT_AGE = 18
AUTHORITY = "AUTHORITY"
OLD_BOOK = "OLD_HB"


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What the rules need to know of the applicant."""

    ref: str
    state: PersonState
    lock: PersonLock
    relation: Relation | None
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class BookFact:
    """A valid book: the household's when `person_ref` is None, else the personal page of one member."""

    ref: str
    version: str
    person_ref: str | None


@dataclass(frozen=True, slots=True)
class HouseholdFacts:
    """What the rules need to know of the household; `heads` counts its active heads."""

    ref: str
    version: str
    kind: HouseholdKind
    state: HouseholdState
    police_station: str
    heads: int
    books: tuple[BookFact, ...]

    @classmethod
    def absent(cls) -> "HouseholdFacts":
        """Return what is known of a household the registry does not have: it counts as deleted."""
        return cls("", "", HouseholdKind.FAMILY, HouseholdState.DELETED, "", 0, ())


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper the item may ask for; what shared data can show is never among them."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Everything a book rule may look at. Where the applicant stands is not among it, and must never be."""

    business: str
    accepted_on: date
    subject: SubjectFacts
    household: HouseholdFacts
    papers: tuple[Paper, ...]
    presented: frozenset[str]


Rule = Callable[[BookFacts], Refusal | None]

REASONS: Mapping[str, BookReason] = MappingProxyType(
    {
        "D01": BookReason.FIRST_ISSUE,
        "D02": BookReason.REPLACEMENT,
        "D03": BookReason.REISSUE,
        "D04": BookReason.PERSONAL_PAGE,
    }
)


def age(born: date, on: date) -> int:
    """Return full years; somebody born on 29 February turns a year older on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def book_to_void(facts: BookFacts) -> BookFact | None:
    """Return the valid book the new one stands in for: the member's own page for D04, else the household's book."""
    owner = facts.subject.ref if facts.business == "D04" else None
    return next((book for book in facts.household.books if book.person_ref == owner), None)


def subject_is_active(facts: BookFacts) -> Refusal | None:
    """Only a person whose record is in the normal state gets a book."""
    if facts.subject.state is PersonState.NORMAL:
        return None
    return refuse(RefusalCode.SUBJECT_NOT_ACTIVE, rule="SUBJECT_IS_ACTIVE", field="subjectNumber")


def subject_is_not_locked(facts: BookFacts) -> Refusal | None:
    """A lock set by other business comes first."""
    if facts.subject.lock is PersonLock.NONE:
        return None
    return refuse(RefusalCode.RECORD_LOCKED, rule="SUBJECT_IS_NOT_LOCKED", field="subjectNumber")


def household_is_normal(facts: BookFacts) -> Refusal | None:
    """A locked or cancelled household gets no book."""
    if facts.household.state is HouseholdState.NORMAL:
        return None
    return refuse(RefusalCode.HOUSEHOLD_NOT_NORMAL, rule="HOUSEHOLD_IS_NORMAL")


def household_has_one_head(facts: BookFacts) -> Refusal | None:
    """The book opens with the head's page, so there has to be exactly one."""
    if facts.household.heads == 1:
        return None
    code = RefusalCode.NO_HEAD if facts.household.heads == 0 else RefusalCode.MULTIPLE_HEADS
    return refuse(code, rule="HOUSEHOLD_HAS_ONE_HEAD")


def household_has_no_book(facts: BookFacts) -> Refusal | None:
    """A first issue is for a household without a valid book."""
    if book_to_void(facts) is None:
        return None
    return refuse(
        RefusalCode.NOT_ELIGIBLE,
        rule="HOUSEHOLD_HAS_NO_BOOK",
        more=("该户已有有效户口簿", "the household has a valid book already"),
    )


def household_has_a_book(facts: BookFacts) -> Refusal | None:
    """A replacement or reissue needs a valid book to stand in for."""
    if book_to_void(facts) is not None:
        return None
    return refuse(
        RefusalCode.NOT_ELIGIBLE,
        rule="HOUSEHOLD_HAS_A_BOOK",
        more=("该户没有有效户口簿", "the household has no valid book"),
    )


def applicant_is_head_or_adult(facts: BookFacts) -> Refusal | None:
    """The head reports a lost book, else an adult member; the written authority he needs is a material."""
    subject = facts.subject
    if subject.relation is Relation.HEAD:
        return None
    if subject.birth_date is not None and age(subject.birth_date, facts.accepted_on) >= ADULT_AGE:
        return None
    return refuse(
        RefusalCode.NOT_ELIGIBLE,
        rule="APPLICANT_IS_HEAD_OR_ADULT",
        field="subjectNumber",
        more=("须由户主或成年家庭成员申请", "only the head or an adult member may apply"),
    )


def household_is_collective(facts: BookFacts) -> Refusal | None:
    """Personal pages are for members of collective households."""
    if facts.household.kind is HouseholdKind.COLLECTIVE:
        return None
    return refuse(
        RefusalCode.NOT_ELIGIBLE,
        rule="HOUSEHOLD_IS_COLLECTIVE",
        more=("仅限集体户成员", "only for members of a collective household"),
    )


def demanded(facts: BookFacts) -> tuple[Paper, ...]:
    """Return the papers this applicant has to lay on the counter: the head needs no authority from the head."""
    head = facts.subject.relation is Relation.HEAD
    return tuple(paper for paper in facts.papers if not (head and paper.code == AUTHORITY))


def materials_are_complete(facts: BookFacts) -> Refusal | None:
    """Whatever is missing is named in one list, once."""
    missing = [paper for paper in demanded(facts) if paper.code not in facts.presented]
    if not missing:
        return None
    return refuse(
        RefusalCode.MATERIAL_MISSING,
        rule="MATERIALS_ARE_COMPLETE",
        field="materials",
        more=(
            "、".join(f"{paper.name_zh}({paper.code})" for paper in missing),
            ", ".join(f"{paper.name_en} ({paper.code})" for paper in missing),
        ),
    )


_OF_EVERYBODY: tuple[Rule, ...] = (subject_is_active, subject_is_not_locked, household_is_normal)

_OF_THE_BOOK: tuple[Rule, ...] = (*_OF_EVERYBODY, household_has_one_head)

RULES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "D01": (*_OF_THE_BOOK, household_has_no_book, materials_are_complete),
        "D02": (*_OF_THE_BOOK, household_has_a_book, materials_are_complete),
        "D03": (*_OF_THE_BOOK, household_has_a_book, applicant_is_head_or_adult, materials_are_complete),
        "D04": (*_OF_EVERYBODY, household_is_collective, materials_are_complete),
    }
)


def judge(facts: BookFacts) -> tuple[Refusal, ...]:
    """Return every reason against the application, in the order of the rules; none means it is granted."""
    return tuple(refusal for rule in RULES[facts.business] if (refusal := rule(facts)) is not None)


RULE_VERSIONS: tuple[tuple[date, str], ...] = ((date(2020, 5, 1), "ZJ-2020"), (date.min, "ZJ-BEFORE-2020"))


def rule_version(accepted_on: date) -> str:
    """Return the version of the provincial rules in force on the acceptance date."""
    return next(name for since, name in RULE_VERSIONS if since <= accepted_on)
