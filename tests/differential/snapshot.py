"""A registry in memory that answers with what a seeded registry held when it was looked at."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tests.hostile import HostileRegistry, Stored
from tongban_adapters.contract import Registry
from tongban_adapters.errors import BrokenRecord
from tongban_adapters.model import FIELDS, KEYS, ORDER, Condition, Criteria, Found, Key, Kind, Match, Page, Row

Records = Mapping[Kind, Sequence[Stored]]

_PAGE = 2000
_REMEMBERED = 500
# By which of its keys a kind that cannot be searched is reached, and from which kind.
_REACHED = MappingProxyType(
    {
        Kind.BOOK: (Key.HOUSEHOLD_REF, Kind.HOUSEHOLD),
        Kind.ID_CARD: (Key.PERSON_REF, Kind.PERSON),
        Kind.CARD_APPLICATION: (Key.PERSON_REF, Kind.PERSON),
        Kind.RELOCATION: (Key.PERSON_REF, Kind.PERSON),
        Kind.CHANGE: (Key.PERSON_REF, Kind.PERSON),
    }
)


async def look(registry: Registry) -> Records:
    """Return every record of the registry with every canonical field, broken values included."""
    found: dict[Kind, list[Stored]] = {kind: await _searched(registry, kind) for kind in ORDER}
    for kind, (key, owners) in _REACHED.items():
        refs = sorted({str(owner["ref"]) for owner in found[owners]})
        found[kind] = await _read(registry, kind, key, refs)
    return found


async def _searched(registry: Registry, kind: Kind) -> list[Stored]:
    fields = _fields(kind)
    at = fields.index(ORDER[kind]), fields.index("ref")
    rows: list[Row] = []
    after: tuple[str, str] | None = None
    while True:
        page = await registry.search(Criteria(kind), fields, Page(_PAGE, after))
        rows += page.rows
        if not page.more:
            return [dict(zip(fields, row, strict=True)) for row in rows]
        after = str(page.rows[-1][at[0]]), str(page.rows[-1][at[1]])


async def _read(registry: Registry, kind: Kind, by: Key, keys: Sequence[str]) -> list[Stored]:
    fields, most = _fields(kind), registry.capabilities.max_keys
    found: list[Stored] = []
    for start in range(0, len(keys), most):
        rows = await registry.read(kind, by, keys[start : start + most], fields)
        found += [dict(zip(fields, row, strict=True)) for row in rows]
    return found


def _fields(kind: Kind) -> tuple[str, ...]:
    return tuple(field.name for field in FIELDS[kind])


class SnapshotRegistry(HostileRegistry):
    """Answers like `HostileRegistry`, by index instead of by looking through everything. Nothing in it changes."""

    def __init__(self, city: str, records: Records) -> None:
        super().__init__(city, records)
        self._by_key: dict[tuple[Kind, Key], dict[object, list[Stored]]] = {}
        for kind, keys in KEYS.items():
            for key in keys:
                index = self._by_key[kind, key] = {}
                for record in self.records[kind]:
                    index.setdefault(record.get(key.value), []).append(record)
        self._in_order = {
            kind: sorted((((str(one[order]), str(one["ref"])), one) for one in self.records[kind]), key=_place)
            for kind, order in ORDER.items()
        }
        self._fitting: dict[Criteria, list[tuple[tuple[str, str], Stored]]] = {}

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Return the rows by key; a key asked for twice gives its rows once."""
        index = self._by_key[kind, by]
        found = [record for key in dict.fromkeys(keys) for record in index.get(key, ())]
        return [tuple(record.get(field) for field in fields) for record in found]

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        """Return one page in (order value, ref) order."""
        fitting = self._looked_up(criteria)
        start = 0 if page.after is None else bisect_right(fitting, page.after, key=_place)
        chosen = fitting[start : start + page.first]
        rows = [tuple(one.get(field) for field in fields) for _, one in chosen]
        return Found(rows, len(fitting) > start + page.first, len(fitting) if page.count else None)

    def _looked_up(self, criteria: Criteria) -> list[tuple[tuple[str, str], Stored]]:
        known = self._fitting.get(criteria)
        if known is None:
            if len(self._fitting) > _REMEMBERED:
                self._fitting.clear()
            listed = self._in_order[criteria.kind]
            known = [(place, one) for place, one in listed if all(_fits(one, each) for each in criteria.where)]
            self._fitting[criteria] = known
        return known


def _place(entry: tuple[tuple[str, str], Stored]) -> tuple[str, str]:
    return entry[0]


def _fits(record: Stored, condition: Condition) -> bool:
    value, wanted = record.get(condition.field), condition.value
    if value is None or isinstance(value, BrokenRecord):
        return False
    match condition.match:
        case Match.EQUALS:
            return value == wanted
        case Match.STARTS_WITH:
            return str(value).startswith(str(wanted))
        case Match.AT_LEAST:
            return value >= wanted  # type: ignore[operator]  # both dates
        case Match.AT_MOST:
            return value <= wanted  # type: ignore[operator]  # both dates
