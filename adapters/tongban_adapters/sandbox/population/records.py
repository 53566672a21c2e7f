"""The synthetic records before any registry's layout: canonical values, plus the odd spellings planted on purpose."""

from datetime import date

from msgspec import Struct

from tongban_adapters.model import Kind
from tongban_adapters.vocabulary import (
    AddressFreeze,
    BookReason,
    BookState,
    CardApplicationState,
    CardReason,
    ChangeCategory,
    CollectiveKind,
    Education,
    EthnicGroup,
    HouseholdCategory,
    HouseholdKind,
    HouseholdState,
    IdCardClass,
    IdCardState,
    MaritalStatus,
    MoveDirection,
    MoveReason,
    PersonLock,
    PersonState,
    Relation,
    Sex,
)


class Card(Struct, frozen=True, gc=False):
    """An ID card; `until_text` is a spelling of a long-term validity other than the registry's usual one."""

    card_class: IdCardClass
    state: IdCardState
    issuing_organ: str
    valid_from: date
    valid_until: date
    until_text: str | None = None


class CardApplication(Struct, frozen=True, gc=False):
    """An application for an ID card; the fee is in yuan."""

    acceptance_number: str
    reason: CardReason
    state: CardApplicationState
    accepted_on: date
    fee: int


class Move(Struct, frozen=True, gc=False):
    """A relocation into or out of the registry."""

    direction: MoveDirection
    reason: MoveReason
    moved_on: date
    other_division: str


class Alteration(Struct, frozen=True, gc=False):
    """A change or correction of one item."""

    category: ChangeCategory
    before: str
    after: str
    changed_on: date


class Book(Struct, frozen=True, gc=False):
    """A household register book, or the personal page of one member."""

    reason: BookReason
    state: BookState
    issued_on: date
    issuing_office: str
    person_ref: int | None = None


class Person(Struct, frozen=True):
    """One person's record; `birth_text` is an impossible stored date (then `birth_date` is None)."""

    ref: int
    number: str
    name: str
    sex: Sex
    ethnic_group: EthnicGroup
    birth_date: date | None
    birthplace: str
    marital_status: MaritalStatus
    education: Education | None
    relation: Relation
    residence_division: str
    former_name: str | None = None
    state: PersonState = PersonState.NORMAL
    lock: PersonLock = PersonLock.NONE
    spouse_name: str | None = None
    spouse_number: str | None = None
    moved_to: str | None = None
    moved_on: date | None = None
    birth_text: str | None = None
    cards: tuple[Card, ...] = ()
    applications: tuple[CardApplication, ...] = ()
    moves: tuple[Move, ...] = ()
    changes: tuple[Alteration, ...] = ()


class Planted(Struct, frozen=True):
    """A record that is wrong or odd on purpose, and where it is: `ref` is the registry's id of the `record`."""

    defect: str
    city: str
    record: Kind
    ref: int
    household_ref: int


class Household(Struct, frozen=True):
    """One household at one address, with everyone and everything in it."""

    ref: int
    number: str
    city: str
    county: str
    kind: HouseholdKind
    category: HouseholdCategory
    division: str
    township: str
    street: str
    door: str
    police_station: str
    established_on: date
    members: tuple[Person, ...]
    books: tuple[Book, ...] = ()
    collective_kind: CollectiveKind | None = None
    state: HouseholdState = HouseholdState.NORMAL
    address_freeze: AddressFreeze = AddressFreeze.NONE
    planted: tuple[Planted, ...] = ()
