"""What the catalogue says about one business or one inquiry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongban_adapters.model import Kind

# Which canonical fields an item may read, by kind of record; in the order of the canonical model.
FieldSet = Mapping[Kind, tuple[str, ...]]


class Writes(StrEnum):
    """Whose registry a business changes."""

    SUBJECT_CITY = "SUBJECT_CITY"
    ORIGIN_AND_DESTINATION = "ORIGIN_AND_DESTINATION"
    PARENT_CITY = "PARENT_CITY"
    ADDRESS_CITY = "ADDRESS_CITY"
    RESIDENCE_CITY = "RESIDENCE_CITY"
    NOTHING = "NOTHING"


class Office(StrEnum):
    """Who approves a business; always an office of the registry, never of the counter."""

    STATION = "STATION"
    COUNTY = "COUNTY"
    CITY = "CITY"
    AGENCY = "AGENCY"
    PERSONNEL_DEPARTMENT = "PERSONNEL_DEPARTMENT"
    AS_LEADING_REASON = "AS_LEADING_REASON"


class Family(StrEnum):
    """The families of businesses, by the first letter of the code."""

    BIRTH = "A"
    CANCELLATION = "B"
    HOUSEHOLD = "C"
    BOOK = "D"
    RECORD_ITEM = "E"
    RELOCATION = "F"
    ID_CARD = "G"
    CERTIFICATE = "H"
    FLOATING_POPULATION = "I"


class Source(StrEnum):
    """Where the answer to an inquiry comes from."""

    SUBJECT_CITY = "SUBJECT_CITY"
    EARLIER_CITIES = "EARLIER_CITIES"
    ORIGIN_CITY = "ORIGIN_CITY"
    DESTINATION_CITY = "DESTINATION_CITY"
    RESIDENCE_CITY = "RESIDENCE_CITY"
    ALL_CITIES = "ALL_CITIES"
    GATEWAY = "GATEWAY"
    COURIER = "COURIER"
    RULES = "RULES"
    CATALOGUE = "CATALOGUE"
    POLICY = "POLICY"
    DIRECTORY = "DIRECTORY"
    AUDIT = "AUDIT"


class Asker(StrEnum):
    """Who may make an inquiry."""

    SELF = "SELF"
    MEMBER = "MEMBER"
    APPLICANT = "APPLICANT"
    PUBLIC = "PUBLIC"
    THIRD_PARTY_WITH_CODE = "THIRD_PARTY_WITH_CODE"
    AUTHORISED_BODY = "AUTHORISED_BODY"


@dataclass(frozen=True, slots=True)
class Material:
    """A paper an item asks for.

    `shared`: obtainable from shared data, so it is never demanded again. `required` is False where only some cases need
    it. Papers of an item with the same non-empty `one_of` stand in for one another.
    """

    code: str
    name_zh: str
    name_en: str
    shared: bool
    required: bool = True
    one_of: str = ""


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A law or notice with the day it came into force."""

    code: str
    name_zh: str
    name_en: str
    in_force: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a business takes: 0 is on the spot. Working days, except that a legal limit is the law's plain days."""

    days_from: int
    days_to: int
    legal: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """The approving offices: `jointly` all of them, else the one the case falls to."""

    offices: tuple[Office, ...]
    jointly: bool = False


@dataclass(frozen=True, slots=True)
class Business:
    """One of the fifty businesses. `evidence` gives the mark of every column: S.. seen, R recalled, P constructed."""

    code: str
    name_zh: str
    name_en: str
    family: Family
    writes: Writes
    conditions: tuple[str, ...]
    materials: tuple[Material, ...]
    limit: Limit
    fee_yuan: int
    fee_from: date | None
    approver: Approval
    cross_regional: bool
    online_depth: int
    high_frequency: bool
    field_set: FieldSet
    legal_basis: tuple[LegalBasis, ...]
    effective_from: date
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One of the thirty inquiries; it never writes to a registry."""

    code: str
    name_zh: str
    name_en: str
    source: tuple[Source, ...]
    asker: tuple[Asker, ...]
    masked: bool
    rate_limited: bool
    field_set: FieldSet
    evidence: Mapping[str, str]
