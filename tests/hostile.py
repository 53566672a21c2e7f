"""A registry in memory that keeps the contract, and breaks it in every way a test asks for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tongban_adapters.errors import Unsupported
from tongban_adapters.model import (
    FIELDS,
    KEYS,
    ORDER,
    Capabilities,
    Cell,
    Condition,
    Criteria,
    Entry,
    EntryId,
    EntryState,
    Found,
    Health,
    Key,
    Kind,
    Match,
    Page,
    Phase,
    Prepared,
    Receipt,
    Row,
)

Stored = Mapping[str, Cell]


class HostileRegistry:
    """One city's records as plain mappings. `calls` lists what was asked; `before` runs first in every call."""

    def __init__(self, city: str, records: Mapping[Kind, Sequence[Stored]] | None = None, max_keys: int = 500) -> None:
        self.city = city
        self.records: dict[Kind, list[Stored]] = {kind: list((records or {}).get(kind, ())) for kind in Kind}
        self.calls: list[tuple[str, Kind, int]] = []
        self.before: Callable[[], Awaitable[None]] | None = None
        self.rows: Callable[[list[Row]], list[Row]] = list
        self.capabilities = Capabilities(
            reads=frozenset(KEYS),
            searches={kind: frozenset(field.name for field in FIELDS[kind]) for kind in ORDER},
            writes=frozenset(),
            prepare=False,
            max_keys=max_keys,
        )

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Return the rows by key, last stored first: the order is free."""
        await self._begin("read", kind, len(keys))
        found = [record for record in self.records[kind] if record.get(by.value) in keys]
        return self.rows([tuple(record.get(field) for field in fields) for record in reversed(found)])

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        """Return one page in (order value, ref) order."""
        await self._begin("search", criteria.kind, page.first)
        order = ORDER[criteria.kind]

        def place(record: Stored) -> tuple[str, str]:
            return str(record[order]), str(record["ref"])

        fitting = [each for each in self.records[criteria.kind] if all(_fits(each, one) for one in criteria.where)]
        fitting.sort(key=place)
        rest = [record for record in fitting if page.after is None or place(record) > page.after]
        rows = [tuple(record.get(field) for field in fields) for record in rest[: page.first]]
        return Found(self.rows(rows), len(rest) > page.first, len(fitting) if page.count else None)

    async def prepare(self, entry: Entry) -> Prepared:
        """Writing is not what this registry is for."""
        raise Unsupported(self.city, "no writes")

    async def commit(self, entry_id: EntryId) -> Receipt:
        """Writing is not what this registry is for."""
        raise Unsupported(self.city, "no writes")

    async def cancel(self, entry_id: EntryId) -> None:
        """There is never anything to cancel."""

    async def status(self, entry_id: EntryId) -> EntryState:
        """Nothing was ever seen."""
        return EntryState(Phase.NEVER_SEEN)

    async def health(self) -> Health:
        """Always well."""
        return Health(True, 0.0)

    async def close(self) -> None:
        """Nothing to give back."""

    async def _begin(self, call: str, kind: Kind, size: int) -> None:
        self.calls.append((call, kind, size))
        if self.before is not None:
            await self.before()


def _fits(record: Stored, condition: Condition) -> bool:
    value, wanted = record.get(condition.field), condition.value
    if value is None:
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


class Gate:
    """Holds calls until it is opened; `waiting` is set once the first call has come."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()
        self._open = asyncio.Event()
        self.passed = 0

    def open(self) -> None:
        """Let all calls through, those that come later too."""
        self._open.set()

    async def __call__(self) -> None:
        """Wait at the gate."""
        self.waiting.set()
        await self._open.wait()
        self.passed += 1


class Raises:
    """Raises the same error in every call, or in the first `times` calls."""

    def __init__(self, error: Callable[[], Exception], times: int | None = None) -> None:
        self.error = error
        self.left = times

    async def __call__(self) -> None:
        """Raise."""
        if self.left is not None:
            if self.left == 0:
                return
            self.left -= 1
        raise self.error()


async def never() -> None:
    """Hang until cancelled."""
    await asyncio.Event().wait()
