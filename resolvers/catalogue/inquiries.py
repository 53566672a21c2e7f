"""The thirty inquiries, read from their declarations."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Struct

from resolvers.catalogue.declarations import DeclarationError, read
from resolvers.catalogue.field_sets import field_set
from resolvers.catalogue.items import Asker, Inquiry, Source

Code = Annotated[str, Meta(pattern="^Q[0-9]{2}$")]
Text = Annotated[str, Meta(min_length=1)]

# The list is constructed, what it says about each inquiry is recalled.
_EVIDENCE = MappingProxyType(
    {
        "code": "P",
        "name_zh": "P",
        "name_en": "P",
        "source": "R",
        "asker": "R",
        "masked": "R",
        "rate_limited": "R",
        "field_set": "P",
    }
)


class _Declared(Struct, forbid_unknown_fields=True, frozen=True):
    code: Code
    name_zh: Text
    name_en: Text
    source: Annotated[tuple[Source, ...], Meta(min_length=1)]
    asker: Annotated[tuple[Asker, ...], Meta(min_length=1)]
    masked: bool = False
    rate_limited: bool = False
    reads: tuple[Text, ...] = ()


class _File(Struct, forbid_unknown_fields=True, frozen=True):
    inquiry: tuple[_Declared, ...]


def _inquiry(declared: _Declared) -> Inquiry:
    return Inquiry(
        code=declared.code,
        name_zh=declared.name_zh,
        name_en=declared.name_en,
        source=declared.source,
        asker=declared.asker,
        masked=declared.masked,
        rate_limited=declared.rate_limited,
        field_set=field_set(declared.reads, declared.code),
        evidence=_EVIDENCE,
    )


def _load() -> Mapping[str, Inquiry]:
    found: dict[str, Inquiry] = {}
    for declared in read("inquiries", _File).inquiry:
        if declared.code in found:
            raise DeclarationError("inquiries.toml", f"{declared.code} is declared twice")
        found[declared.code] = _inquiry(declared)
    return MappingProxyType(dict(sorted(found.items())))


# By code, in code order.
INQUIRIES: Mapping[str, Inquiry] = _load()
