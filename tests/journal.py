"""A registry in memory that can be written: it keeps the contract, and loses calls where a test asks for it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from tests.hostile import HostileRegistry, Stored
from tongban_adapters.errors import Refused, Unavailable, UnknownOutcome
from tongban_adapters.model import (
    Act,
    Capabilities,
    Cell,
    Entry,
    EntryId,
    EntryState,
    Kind,
    Operation,
    Phase,
    Prepared,
    Receipt,
)
from tongban_adapters.vocabulary import RefusalCode

T = TypeVar("T")
WRITTEN_AT = datetime(2021, 6, 1, 1, 2, 3, tzinfo=UTC)
METHODS = ("read", "prepare", "commit", "cancel", "status")


class Lost:
    """A call that fails once: `applied` says whether the registry still did what was asked."""

    def __init__(self, *, applied: bool) -> None:
        self.applied = applied


class JournalRegistry(HostileRegistry):
    """One city's records and journal. `down` makes every call Unavailable; `faults` lose single calls of a method."""

    def __init__(self, city: str, records: Mapping[Kind, Sequence[Stored]] | None = None) -> None:
        super().__init__(city, records)
        self.capabilities = Capabilities(self.capabilities.reads, {}, frozenset(Act), prepare=True, max_keys=500)
        self.down = False
        self.faults: dict[str, list[Lost]] = {method: [] for method in METHODS}
        self.asked: list[str] = []
        self.entries: dict[EntryId, Entry] = {}
        self.phases: dict[EntryId, Phase] = {}
        self.receipts: dict[EntryId, Receipt] = {}
        self.on: dict[str, Callable[[], None]] = {}
        self.refuses: RefusalCode | None = None

    @property
    def journal(self) -> list[Receipt]:
        """What was written, in order."""
        return list(self.receipts.values())

    def record(self, kind: Kind, ref: str) -> dict[str, Cell]:
        """Return the stored record, to be looked at or changed by somebody else."""
        [found] = [record for record in self.records[kind] if record["ref"] == ref]
        assert isinstance(found, dict)
        return found

    async def _begin(self, call: str, kind: Kind, size: int) -> None:
        await super()._begin(call, kind, size)
        self._arrive("read")

    async def prepare(self, entry: Entry) -> Prepared:
        """Hold everything, or refuse as the contract says."""
        # Other tasks come between the calls of one case, as they do on a wire.
        await asyncio.sleep(0)
        return self._once("prepare", lambda: self._prepare(entry))

    async def commit(self, entry_id: EntryId) -> Receipt:
        """Write once; the same receipt ever after."""
        return self._once("commit", lambda: self._commit(entry_id))

    async def cancel(self, entry_id: EntryId) -> None:
        """Release, also before prepare."""
        self._once("cancel", lambda: self._cancel(entry_id))

    async def status(self, entry_id: EntryId) -> EntryState:
        """Tell the phase."""
        phase = self._once("status", lambda: self.phases.get(entry_id, Phase.NEVER_SEEN))
        entry = self.entries.get(entry_id)
        return EntryState(phase, self.receipts.get(entry_id), entry.digest() if entry else None)

    def _arrive(self, method: str) -> None:
        self.asked.append(method)
        if (happens := self.on.pop(method, None)) is not None:
            happens()
        if self.down:
            raise Unavailable(self.city, "down")

    def _once(self, method: str, act: Callable[[], T]) -> T:
        self._arrive(method)
        if not self.faults[method]:
            return act()
        if self.faults[method].pop(0).applied:
            act()
        raise UnknownOutcome(self.city, "lost")

    def _prepare(self, entry: Entry) -> Prepared:
        phase = self.phases.get(entry.id)
        if phase is Phase.CANCELLED:
            raise Refused(self.city, RefusalCode.CASE_STATE, "cancelled")
        if phase is not None and self.entries[entry.id] != entry:
            raise Refused(self.city, RefusalCode.IDEMPOTENCY_CONFLICT, "another entry has this case and step")
        if phase is None:
            if self.refuses is not None:
                raise Refused(self.city, self.refuses, "so it is")
            for other, held in self.entries.items():
                if self.phases[other] is Phase.PREPARED and held.expected == entry.expected:
                    raise Refused(self.city, RefusalCode.RECORD_LOCKED, "held")
            self._check_versions(entry)
            self.entries[entry.id], self.phases[entry.id] = entry, Phase.PREPARED
        return Prepared(entry.id)

    def _check_versions(self, entry: Entry) -> None:
        touched = [(expected.kind, expected.ref, expected.version) for expected in entry.expected]
        touched += [(change.kind, change.ref, change.version or "") for change in entry.changes if change.ref]
        for kind, ref, version in touched:
            if self.record(kind, ref)["version"] != version:
                raise Refused(self.city, RefusalCode.STALE_VERSION, "changed")

    def _commit(self, entry_id: EntryId) -> Receipt:
        if self.phases.get(entry_id) is Phase.COMMITTED:
            return self.receipts[entry_id]
        if self.phases.get(entry_id) is not Phase.PREPARED:
            raise Refused(self.city, RefusalCode.CASE_STATE, "not prepared")
        self._check_versions(self.entries[entry_id])
        inserted = []
        for change in self.entries[entry_id].changes:
            if change.operation is Operation.UPDATE:
                record = self.record(change.kind, change.ref or "")
                record.update(change.values)
                record["version"] = f"{record['version']}+"
            else:
                inserted.append(f"{change.kind}-{len(self.records[change.kind]) + 1}")
                self.records[change.kind].append({"ref": inserted[-1], "version": "1", **change.values})
        receipt = Receipt(entry_id, f"{self.city}-{len(self.receipts) + 1}", WRITTEN_AT, tuple(inserted))
        self.receipts[entry_id], self.phases[entry_id] = receipt, Phase.COMMITTED
        return receipt

    def _cancel(self, entry_id: EntryId) -> None:
        if self.phases.get(entry_id) is Phase.COMMITTED:
            raise Refused(self.city, RefusalCode.CASE_STATE, "committed")
        self.phases[entry_id] = Phase.CANCELLED
