"""Turns the field bundles an item names into the canonical fields it may read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from resolvers.catalogue.declarations import DeclarationError, known, read
from resolvers.catalogue.items import FieldSet
from tongban_adapters.model import FIELDS, Kind

_FILE = "field_sets"
# Without these a record can be neither joined to another nor written; they say nothing about the person.
TECHNICAL = frozenset({"ref", "version", "household_ref", "person_ref"})


def _load() -> Mapping[str, Mapping[Kind, frozenset[str]]]:
    bundles = read(_FILE, dict[str, dict[Kind, tuple[str, ...]]])
    for name, kinds in bundles.items():
        for kind, fields in kinds.items():
            unknown = set(fields) - {field.name for field in FIELDS[kind]}
            if unknown:
                raise DeclarationError(f"{_FILE}.toml", f"{name}: {kind} has no field {', '.join(sorted(unknown))}")
    return {name: {kind: frozenset(fields) for kind, fields in kinds.items()} for name, kinds in bundles.items()}


BUNDLES = _load()


def field_set(bundles: Sequence[str], where: str) -> FieldSet:
    """Return the fields of the named bundles with each kind's technical ones, in canonical order."""
    chosen: dict[Kind, set[str]] = {}
    for name in bundles:
        for kind, fields in known(BUNDLES, name, _FILE, where).items():
            chosen.setdefault(kind, set(TECHNICAL)).update(fields)
    return MappingProxyType(
        {kind: tuple(field.name for field in FIELDS[kind] if field.name in names) for kind, names in chosen.items()}
    )
