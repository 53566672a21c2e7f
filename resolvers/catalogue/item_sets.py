"""The named sets of cross-regional items that channel rows open."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Struct

from resolvers.catalogue.businesses import BUSINESSES
from resolvers.catalogue.declarations import DeclarationError, read

_FILE = "item_sets"


class ItemSet(StrEnum):
    """ALL_CR is counted in a source; which items the other two hold is constructed."""

    ALL_CR = "ALL_CR"
    PARTIAL = "PARTIAL"
    MAIN = "MAIN"


class _Declared(Struct, forbid_unknown_fields=True, frozen=True):
    name_en: str
    evidence: str
    items: Annotated[tuple[str, ...], Meta(min_length=1)]


# Every business that may be handled in another city (35).
ALL_CR = frozenset(code for code, business in BUSINESSES.items() if business.cross_regional)


def _load() -> Mapping[ItemSet, _Declared]:
    declared = read(_FILE, dict[ItemSet, _Declared])
    for name, items in declared.items():
        wrong = set(items.items) - ALL_CR
        if wrong:
            raise DeclarationError(f"{_FILE}.toml", f"{name}: {', '.join(sorted(wrong))} is not cross-regional")
    return MappingProxyType(declared)


_DECLARED = _load()
PARTIAL = frozenset(_DECLARED[ItemSet.PARTIAL].items)
MAIN = frozenset(_DECLARED[ItemSet.MAIN].items)

ITEM_SETS: Mapping[ItemSet, frozenset[str]] = MappingProxyType(
    {ItemSet.ALL_CR: ALL_CR, ItemSet.PARTIAL: PARTIAL, ItemSet.MAIN: MAIN}
)
# How well each set is known: S.. seen, P constructed.
ITEM_SET_EVIDENCE: Mapping[ItemSet, str] = MappingProxyType(
    {
        ItemSet.ALL_CR: "S2 P",  # the number is seen, the list is not
        ItemSet.PARTIAL: _DECLARED[ItemSet.PARTIAL].evidence,
        ItemSet.MAIN: _DECLARED[ItemSet.MAIN].evidence,
    }
)
