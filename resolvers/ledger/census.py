"""The workspace of a locator rebuild: who was seen where, and the one transaction that makes it the locator."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from resolvers.ledger.ledger import Ledger, Session
from resolvers.ledger.locator import mark_disputed, tell


@dataclass(frozen=True, slots=True)
class Sighting:
    """One active record: the locator key of its number, the city and the registry's ref."""

    key: bytes
    city: str
    ref: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a rebuild changed: entries learned or moved, numbers in dispute after it."""

    changed: int
    disputed: int


class Census:
    """One connection's list of sightings; nothing of it is visible before `write`."""

    def __init__(self, session: Session, started: datetime) -> None:
        self._session = session
        self._started = started

    @classmethod
    @asynccontextmanager
    async def open(cls, ledger: Ledger) -> AsyncIterator["Census"]:
        """Lend an empty census. Raises TryLater(LEDGER_UNAVAILABLE)."""
        async with ledger.session() as session:
            await session.execute("CREATE TEMPORARY TABLE census (key bytea, city text, ref text)")
            try:
                yield cls(session, await session.fetchval("SELECT clock_timestamp()"))
            finally:
                if not session.is_closed():
                    await session.execute("DROP TABLE IF EXISTS pg_temp.census")

    async def add(self, sightings: Sequence[Sighting]) -> None:
        """Note what was seen."""
        rows = [(seen.key, seen.city, seen.ref) for seen in sightings]
        await self._session.copy_records_to_table("census", records=rows)

    async def repeated(self) -> list[Sighting]:
        """Return the sightings of every key that was seen more than once."""
        rows = await self._session.fetch(_REPEATED)
        return [Sighting(row["key"], row["city"], row["ref"]) for row in rows]

    async def drop(self, gone: Iterable[Sighting]) -> None:
        """Take back what turned out not to hold (any more)."""
        rows = [(seen.key, seen.city, seen.ref) for seen in gone]
        await self._session.executemany("DELETE FROM census WHERE key = $1 AND city = $2 AND ref = $3", rows)

    async def write(self) -> Written:
        """Make the sightings the locator, in one transaction; what changed since the census began is left alone."""
        async with self._session.transaction():
            changed = await self._session.fetchval(_LEARN, self._started)
            await self._session.execute(_CLOSE_TASKS)
            disputes = await self._session.fetch(_CLAIMS)
            for row in disputes:
                await mark_disputed(self._session, row["key"], row["cities"])
            await tell(self._session, None)
        return Written(changed, len(disputes))


_REPEATED = """
SELECT key, city, ref FROM census WHERE key IN (SELECT key FROM census GROUP BY key HAVING count(*) > 1)
 ORDER BY key, city, ref
"""
_LEARN = """
WITH changed AS (
    INSERT INTO locator AS l (key, city)
    SELECT key, min(city) FROM census GROUP BY key HAVING count(*) = 1 ORDER BY key
    ON CONFLICT (key) DO UPDATE
       SET city = excluded.city, disputed = false, version = l.version + 1, since = clock_timestamp()
     WHERE (l.city <> excluded.city OR l.disputed) AND l.since < $1
    RETURNING 1)
SELECT count(*) FROM changed
"""
_CLOSE_TASKS = """
UPDATE dispute d SET closed_at = clock_timestamp()
  FROM locator l WHERE l.key = d.key AND NOT l.disputed AND d.closed_at IS NULL
"""
_CLAIMS = """
SELECT key, array_agg(DISTINCT city ORDER BY city) AS cities
  FROM census GROUP BY key HAVING count(*) > 1 ORDER BY key
"""
