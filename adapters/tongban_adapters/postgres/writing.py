"""Prepare, commit, cancel and tell the state of entries, each in one transaction of the registry's database."""

from collections import defaultdict

from tongban_adapters.errors import Refused, Unsupported
from tongban_adapters.mapping.records import RegistryMap
from tongban_adapters.model import Entry, EntryId, EntryState, Expected, Kind, Operation, Phase, Prepared, Receipt
from tongban_adapters.postgres import entries
from tongban_adapters.postgres.pool import Line, Pool
from tongban_adapters.postgres.storage import Storage
from tongban_adapters.vocabulary import RefusalCode


class Writer:
    """Answers the writing half of `Registry` for one city."""

    def __init__(self, city: str, registry: RegistryMap, pool: Pool) -> None:
        self._city = city
        self._acts = registry.acts
        self._pool = pool
        self._storage = Storage(city, registry)

    async def prepare(self, entry: Entry) -> Prepared:
        """Check and hold; see `Registry.prepare`."""
        if entry.act not in self._acts:
            raise Unsupported(self._city, f"{entry.act} is not written here")
        for change in entry.changes:
            self._storage.columns(change)
        body, digest = entries.encode(entry)
        async with self._pool.transaction() as line:
            if not await entries.insert(line, entry.id, Phase.PREPARED, body, digest):
                await self._seen_before(line, entry.id, digest)
                return Prepared(entry.id)
            expected = _rests_on(entry)
            if not await entries.hold(line, entry.id, [(record.kind, record.ref) for record in expected]):
                raise Refused(self._city, RefusalCode.RECORD_LOCKED, "a record is held by another case")
            await self._check_versions(line, expected, missing=RefusalCode.SUBJECT_NOT_FOUND, lock=False)
        return Prepared(entry.id)

    async def commit(self, entry_id: EntryId) -> Receipt:
        """Write everything and the journal row; see `Registry.commit`."""
        async with self._pool.transaction() as line:
            known = await entries.locked(line, entry_id)
            if known is not None and known.receipt is not None:
                return known.receipt
            if known is None or known.phase is not Phase.PREPARED or known.body is None:
                phase = known.phase if known else Phase.NEVER_SEEN
                raise Refused(self._city, RefusalCode.CASE_STATE, f"the entry is {phase}, not PREPARED")
            entry = entries.decode(known.body)
            # The city's own clerks do not know our holds: only the record's version tells what they did meanwhile.
            await self._check_versions(line, _rests_on(entry), missing=RefusalCode.STALE_VERSION, lock=True)
            receipt = await self._write(line, entry)
            await entries.finish_committed(line, receipt)
        return receipt

    async def cancel(self, entry_id: EntryId) -> None:
        """Release, or refuse in advance; see `Registry.cancel`."""
        async with self._pool.transaction() as line:
            if await entries.insert(line, entry_id, Phase.CANCELLED, None, None):
                return
            known = await entries.locked(line, entry_id)
            if known is not None and known.phase is Phase.COMMITTED:
                raise Refused(self._city, RefusalCode.CASE_STATE, "the entry is COMMITTED")
            await entries.finish_cancelled(line, entry_id)

    async def status(self, entry_id: EntryId) -> EntryState:
        """Tell where the entry stands."""
        return entries.found(entry_id, await self._pool.fetch(entries.FIND, (entry_id.case, entry_id.step)))

    async def _seen_before(self, line: Line, entry_id: EntryId, digest: bytes) -> None:
        known = await entries.locked(line, entry_id)
        if known is None or known.phase is Phase.CANCELLED:
            raise Refused(self._city, RefusalCode.CASE_STATE, "the entry was cancelled")
        if known.digest != digest:
            raise Refused(self._city, RefusalCode.IDEMPOTENCY_CONFLICT, "another entry has this case and step")

    async def _check_versions(
        self, line: Line, expected: tuple[Expected, ...], *, missing: RefusalCode, lock: bool
    ) -> None:
        by_kind: dict[Kind, dict[str, str]] = defaultdict(dict)
        for record in expected:
            by_kind[record.kind][record.ref] = record.version
        for kind in sorted(by_kind):
            found = await self._storage.versions(line, kind, sorted(by_kind[kind]), lock=lock)
            for ref, version in by_kind[kind].items():
                if ref not in found:
                    raise Refused(self._city, missing, f"a {kind} is not there")
                if found[ref] != version:
                    raise Refused(self._city, RefusalCode.STALE_VERSION, f"a {kind} was changed meanwhile")

    async def _write(self, line: Line, entry: Entry) -> Receipt:
        moment = await self._storage.moment(line)
        await self._storage.write_journal(line, entry, moment)
        refs = [await self._storage.write(line, change, moment) for change in entry.changes]
        inserted = tuple(ref for ref in refs if ref is not None)
        return Receipt(entry.id, str(moment.number), moment.at, inserted)


def _rests_on(entry: Entry) -> tuple[Expected, ...]:
    """Return the records an entry expects, with those it updates."""
    updated = (
        Expected(change.kind, change.ref or "", change.version or "")
        for change in entry.changes
        if change.operation is Operation.UPDATE
    )
    return tuple(dict.fromkeys((*entry.expected, *updated)))
