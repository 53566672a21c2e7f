"""The fifty businesses, read from their declarations."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Struct, field

from resolvers.catalogue.declarations import DeclarationError, known, read
from resolvers.catalogue.field_sets import field_set
from resolvers.catalogue.items import Approval, Business, Family, LegalBasis, Limit, Material, Office, Writes

FILES = (
    "businesses_births_deaths",
    "businesses_households_books",
    "businesses_items",
    "businesses_relocations",
    "businesses_cards",
)

Days = Annotated[int, Meta(ge=0, le=120)]
Code = Annotated[str, Meta(pattern="^[A-I][0-9]{2}$")]
Text = Annotated[str, Meta(min_length=1)]

# A cell without a mark of its own is recalled; the list and these columns of it are constructed.
_CONSTRUCTED = ("code", "name_zh", "name_en", "cross_regional", "online_depth", "high_frequency", "field_set")

# The letter of the code, the marks themselves, and a date that stands or falls with the fee.
_UNMARKED = frozenset({"family", "evidence", "fee_from"})


class _Declared(Struct, forbid_unknown_fields=True, frozen=True):
    code: Code
    name_zh: Text
    name_en: Text
    writes: Writes
    conditions: Annotated[tuple[Text, ...], Meta(min_length=1)]
    materials: Annotated[tuple[Text, ...], Meta(min_length=1)]
    approver: Text
    legal_basis: Annotated[tuple[Text, ...], Meta(min_length=1)]
    effective_from: date
    reads: tuple[Text, ...]
    online_depth: Annotated[int, Meta(ge=1, le=3)]
    limit: tuple[Days, Days] = (0, 0)
    legal_limit: bool = False
    fee_yuan: Annotated[int, Meta(ge=0)] = 0
    fee_from: date | None = None
    cross_regional: bool = False
    high_frequency: bool = False
    evidence: dict[str, str] = field(default_factory=dict)


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    business: tuple[_Declared, ...]


class _Law(Struct, forbid_unknown_fields=True, frozen=True):
    name_zh: Text
    name_en: Text
    in_force: date
    evidence: Text


# Every paper by code: Chinese and English name.
MATERIALS: Mapping[str, tuple[str, str]] = MappingProxyType(read("materials", dict[str, tuple[str, str]]))

LEGAL_BASES: Mapping[str, LegalBasis] = MappingProxyType(
    {
        code: LegalBasis(code, law.name_zh, law.name_en, law.in_force, law.evidence)
        for code, law in read("legal_bases", dict[str, _Law]).items()
    }
)


def _materials(declared: _Declared, file: str) -> Iterator[Material]:
    """Read `BC(s)` as shared, `AUTHORITY?` as needed in some cases, `PC(s)/LEASE` as one of the two."""
    for place, entry in enumerate(declared.materials):
        choices = entry.split("/")
        for choice in choices:
            code = choice.removesuffix("?").removesuffix("(s)")
            zh, en = known(MATERIALS, code, file, declared.code)
            one_of = str(place) if len(choices) > 1 else ""
            yield Material(code, zh, en, "(s)" in choice, not choice.endswith("?"), one_of)


def _approval(declared: _Declared, file: str) -> Approval:
    """Read `STATION/COUNTY` as the one the case falls to, `COUNTY+PERSONNEL_DEPARTMENT` as both."""
    jointly = "+" in declared.approver
    names = declared.approver.split("+" if jointly else "/")
    return Approval(tuple(known(Office.__members__, name, file, declared.code) for name in names), jointly)


def _evidence(declared: _Declared, file: str) -> Mapping[str, str]:
    columns = Business.__dataclass_fields__.keys() - _UNMARKED
    unknown = declared.evidence.keys() - columns
    if unknown:
        raise DeclarationError(f"{file}.toml", f"{declared.code}: there is no column {', '.join(sorted(unknown))}")
    defaults = {column: "P" if column in _CONSTRUCTED else "R" for column in columns}
    return MappingProxyType(dict(sorted((defaults | declared.evidence).items())))


def _business(declared: _Declared, file: str) -> Business:
    return Business(
        code=declared.code,
        name_zh=declared.name_zh,
        name_en=declared.name_en,
        family=Family(declared.code[0]),
        writes=declared.writes,
        conditions=declared.conditions,
        materials=tuple(_materials(declared, file)),
        limit=Limit(*declared.limit, legal=declared.legal_limit),
        fee_yuan=declared.fee_yuan,
        fee_from=declared.fee_from,
        approver=_approval(declared, file),
        cross_regional=declared.cross_regional,
        online_depth=declared.online_depth,
        high_frequency=declared.high_frequency,
        field_set=field_set(declared.reads, declared.code),
        legal_basis=tuple(known(LEGAL_BASES, code, file, declared.code) for code in declared.legal_basis),
        effective_from=declared.effective_from,
        evidence=_evidence(declared, file),
    )


def _load() -> Mapping[str, Business]:
    found: dict[str, Business] = {}
    for file in FILES:
        for declared in read(file, _File).business:
            if declared.code in found:
                raise DeclarationError(f"{file}.toml", f"{declared.code} is declared twice")
            found[declared.code] = _business(declared, file)
    return MappingProxyType(dict(sorted(found.items())))


# By code, in code order.
BUSINESSES: Mapping[str, Business] = _load()
