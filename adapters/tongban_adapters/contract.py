"""What every registry must do, whatever system stands behind it."""

from collections.abc import Sequence
from typing import Protocol

from tongban_adapters.model import (
    Capabilities,
    Criteria,
    Entry,
    EntryId,
    EntryState,
    Found,
    Health,
    Key,
    Kind,
    Page,
    Prepared,
    Receipt,
    Row,
)


class Registry(Protocol):
    """One city's registry. Every method raises only the errors of `tongban_adapters.errors`."""

    @property
    def city(self) -> str:
        """The slug of the city, as in the name of its TOML file."""

    @property
    def capabilities(self) -> Capabilities:
        """What this registry can do."""

    async def read(self, kind: Kind, by: Key, keys: Sequence[str], fields: Sequence[str]) -> list[Row]:
        """Return the current records whose `by` is one of `keys`: one row per record, cells in the order of `fields`.

        A record in any state is returned as long as its version is current. Unknown keys give no row. The order of
        rows is free: ask for the `by` field to tell them apart. A cell that fits nothing is a BrokenRecord.
        """

    async def search(self, criteria: Criteria, fields: Sequence[str], page: Page) -> Found:
        """Return one page in (ORDER[kind], ref) order by code point, strictly after `page.after`."""

    async def prepare(self, entry: Entry) -> Prepared:
        """Check and hold everything the entry needs; nothing visible changes. Idempotent on `entry.id`.

        Raises Refused if a version is stale, a record is missing or held by another entry, or the entry was cancelled;
        Refused(IDEMPOTENCY_CONFLICT) if a different entry was prepared under this id.
        """

    async def commit(self, entry_id: EntryId) -> Receipt:
        """Write the prepared entry and its journal row in one transaction. Idempotent: the same receipt again."""

    async def cancel(self, entry_id: EntryId) -> None:
        """Release a prepared entry. Accepted before its prepare arrived: a late prepare is then refused.

        Raises Refused(CASE_STATE) if the entry is committed already.
        """

    async def status(self, entry_id: EntryId) -> EntryState:
        """Tell where the entry of this id stands, with the digest of what was prepared; the way out of UnknownOutcome.

        The gateway takes the answer for its own only if the digest is that of its entry.
        """

    async def health(self) -> Health:
        """Ask the registry for a sign of life; never raises."""

    async def close(self) -> None:
        """Give back connections; the registry is not used afterwards."""
