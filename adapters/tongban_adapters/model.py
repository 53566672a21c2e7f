"""The canonical records, questions and entries that travel between the gateway and a registry."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, StrEnum
from types import MappingProxyType

import msgspec
from msgspec import Struct

from tongban_adapters import vocabulary as v
from tongban_adapters.errors import BrokenRecord

# An open-ended validity (`长期`, 99991231, 00000000, null where the mapping says so) is this date.
FOREVER = date.max

Value = str | int | bool | date | None
Cell = Value | BrokenRecord
Row = tuple[Cell, ...]


class Kind(StrEnum):
    """The kinds of record a registry keeps."""

    PERSON = "person"
    HOUSEHOLD = "household"
    BOOK = "book"
    ID_CARD = "id_card"
    CARD_APPLICATION = "card_application"
    RELOCATION = "relocation"
    CHANGE = "change"


class Key(StrEnum):
    """The fields a record may be read by; each is also a canonical field of the kinds that offer it."""

    REF = "ref"
    NUMBER = "number"
    HOUSEHOLD_REF = "household_ref"
    PERSON_REF = "person_ref"


class Shape(Enum):
    """The shape of a canonical value."""

    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    CODE = "code"
    CITIZEN_NUMBER = "citizen number, 18 characters, upper-case X"
    DIVISION = "division, 6 digits, GB/T 2260"
    TOWNSHIP = "township, 9 digits, GB/T 10114"
    UNIT = "organisation, 12 digits, GA/T 380"


class Field(Struct, frozen=True):
    """One canonical field: its name, the shape of its value, the enum of a CODE, and whether a mapping must have it."""

    name: str
    shape: Shape = Shape.TEXT
    values: type[StrEnum] | None = None
    required: bool = True


def _code(name: str, values: type[StrEnum], *, required: bool = True) -> Field:
    return Field(name, Shape.CODE, values, required)


_ADDRESS = (
    Field("division", Shape.DIVISION),
    Field("township", Shape.TOWNSHIP),
    Field("street"),
    Field("door"),
    Field("police_station", Shape.UNIT),
)

# Every field that may be asked of a kind. `ref` is the registry's stable id, `version` its optimistic-lock token.
FIELDS: Mapping[Kind, tuple[Field, ...]] = MappingProxyType(
    {
        Kind.PERSON: (
            Field("ref"),
            Field("version"),
            Field("number", Shape.CITIZEN_NUMBER),
            Field("name"),
            Field("former_name"),
            _code("sex", v.Sex),
            _code("ethnic_group", v.EthnicGroup),
            Field("birth_date", Shape.DATE),
            Field("birthplace", Shape.DIVISION),
            _code("marital_status", v.MaritalStatus),
            _code("education", v.Education),
            _code("relation_to_head", v.Relation),
            Field("household_ref"),
            _code("state", v.PersonState),
            _code("lock", v.PersonLock),
            *_ADDRESS,
            Field("residence_division", Shape.DIVISION, required=False),
            Field("spouse_name"),
            Field("spouse_number", Shape.CITIZEN_NUMBER),
            Field("moved_to", Shape.DIVISION),
            Field("moved_on", Shape.DATE),
        ),
        Kind.HOUSEHOLD: (
            Field("ref"),
            Field("version"),
            Field("number"),
            _code("kind", v.HouseholdKind),
            _code("category", v.HouseholdCategory),
            _code("collective_kind", v.CollectiveKind),
            _code("state", v.HouseholdState),
            *_ADDRESS,
            _code("address_freeze", v.AddressFreeze),
            Field("established_on", Shape.DATE),
        ),
        Kind.BOOK: (
            Field("ref"),
            Field("version"),
            Field("household_ref"),
            Field("person_ref"),
            _code("reason", v.BookReason),
            _code("state", v.BookState),
            Field("issued_on", Shape.DATE),
            Field("issuing_office", Shape.UNIT),
        ),
        Kind.ID_CARD: (
            Field("ref"),
            Field("version"),
            Field("person_ref"),
            _code("card_class", v.IdCardClass),
            _code("state", v.IdCardState),
            Field("issuing_organ"),
            Field("valid_from", Shape.DATE),
            Field("valid_until", Shape.DATE),
        ),
        Kind.CARD_APPLICATION: (
            Field("ref"),
            Field("version"),
            Field("person_ref"),
            Field("acceptance_number"),
            _code("reason", v.CardReason),
            _code("state", v.CardApplicationState),
            Field("accepted_on", Shape.DATE),
            Field("fee", Shape.INTEGER),
        ),
        Kind.RELOCATION: (
            Field("ref"),
            Field("person_ref"),
            _code("direction", v.MoveDirection),
            _code("reason", v.MoveReason),
            Field("moved_on", Shape.DATE),
            Field("other_division", Shape.DIVISION),
        ),
        Kind.CHANGE: (
            Field("ref"),
            Field("person_ref"),
            _code("category", v.ChangeCategory),
            Field("before"),
            Field("after"),
            Field("changed_on", Shape.DATE),
        ),
    }
)

# The keys each kind can be read by.
KEYS: Mapping[Kind, tuple[Key, ...]] = MappingProxyType(
    {
        Kind.PERSON: (Key.REF, Key.NUMBER, Key.HOUSEHOLD_REF),
        Kind.HOUSEHOLD: (Key.REF, Key.NUMBER),
        Kind.BOOK: (Key.REF, Key.HOUSEHOLD_REF),
        Kind.ID_CARD: (Key.REF, Key.PERSON_REF),
        Kind.CARD_APPLICATION: (Key.REF, Key.PERSON_REF),
        Kind.RELOCATION: (Key.REF, Key.PERSON_REF),
        Kind.CHANGE: (Key.REF, Key.PERSON_REF),
    }
)

# The field a search of a kind is ordered by, before `ref`; both compare by code point.
ORDER: Mapping[Kind, str] = MappingProxyType({Kind.PERSON: "name", Kind.HOUSEHOLD: "number"})


class Match(StrEnum):
    """How a condition compares."""

    EQUALS = "EQUALS"
    STARTS_WITH = "STARTS_WITH"
    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"


class Condition(Struct, frozen=True):
    """One field compared with one canonical value."""

    field: str
    match: Match
    value: str | int | date


class Criteria(Struct, frozen=True):
    """What a search looks for: every condition holds."""

    kind: Kind
    where: tuple[Condition, ...] = ()


class Page(Struct, frozen=True):
    """How much of a search: `first` rows after the position (order value, ref); `count` asks for the total as well."""

    first: int
    after: tuple[str, str] | None = None
    count: bool = False


class Found(Struct, frozen=True):
    """A page of rows in (order value, ref) order, whether more follow, and the total when it was asked for."""

    rows: list[Row]
    more: bool
    total: int | None = None


class Act(StrEnum):
    """What an entry does in a registry."""

    ISSUE_BOOK = "ISSUE_BOOK"


class EntryId(Struct, frozen=True):
    """(case, step): the same id is the same act, however often it is delivered.

    The gateway makes every step unique for ever, so that no two of its ledgers, not even one made anew or restored
    from an older copy, ever use one id for two acts.
    """

    case: str
    step: str

    def __str__(self) -> str:
        return f"{self.case}:{self.step}"


class Expected(Struct, frozen=True):
    """A record the act rests on: it must still have this version, and is held until the entry ends."""

    kind: Kind
    ref: str
    version: str


class Operation(StrEnum):
    """What a change does to a record."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"


class Change(Struct, frozen=True):
    """One record written in canonical fields; an UPDATE names ref and version, an INSERT is given a ref."""

    operation: Operation
    kind: Kind
    values: dict[str, str | int | date | None]
    ref: str | None = None
    version: str | None = None


class Entry(Struct, frozen=True):
    """One business act in one registry's journal: everything in it is written in one transaction, or nothing is."""

    id: EntryId
    act: Act
    business: str
    station: str
    operator: str
    accepted_on: date
    expected: tuple[Expected, ...]
    changes: tuple[Change, ...]

    def body(self) -> bytes:
        """Return the entry as JSON; the same entry gives the same bytes."""
        return _BODY.encode(self)

    def digest(self) -> bytes:
        """Return the SHA-256 of `body()`: what `status` tells two entries of one id apart by."""
        return hashlib.sha256(self.body()).digest()


_BODY = msgspec.json.Encoder(order="deterministic")


class Prepared(Struct, frozen=True):
    """The registry holds everything the entry needs and will be able to commit it."""

    id: EntryId


class Receipt(Struct, frozen=True):
    """The registry's proof: its journal number, when it wrote, and the refs of the inserted records in order."""

    id: EntryId
    journal_number: str
    written_at: datetime
    inserted: tuple[str, ...] = ()


class Phase(StrEnum):
    """Where an entry stands in its registry."""

    NEVER_SEEN = "NEVER_SEEN"
    PREPARED = "PREPARED"
    COMMITTED = "COMMITTED"
    CANCELLED = "CANCELLED"


class EntryState(Struct, frozen=True):
    """The answer of `status`; a receipt exactly when COMMITTED.

    `digest` is the `Entry.digest()` of what was prepared under this id; None where nothing ever was.
    """

    phase: Phase
    receipt: Receipt | None = None
    digest: bytes | None = None


class Health(Struct, frozen=True):
    """Whether the registry answers, how fast (milliseconds), and in words what is wrong if not."""

    ok: bool
    elapsed_ms: float
    problem: str | None = None


class Capabilities(Struct, frozen=True):
    """What a registry can do; what it does not declare is answered with Unsupported."""

    reads: frozenset[Kind]
    searches: Mapping[Kind, frozenset[str]]
    writes: frozenset[Act]
    prepare: bool
    max_keys: int
