"""What the gateway remembers of who is registered where: the locator table and the memory in front of it."""

import asyncio
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from resolvers.ledger.ledger import UNREACHABLE, Ledger, Session
from resolvers.problems import TryLater

log = logging.getLogger(__name__)

CHANNEL = "tongban_locator"
EVERYTHING = "*"
KEY_BYTES = 16
MIN_SECRET_BYTES = 32
HEARTBEAT_S = 5.0
PAUSE_S = 0.5


@dataclass(frozen=True, slots=True)
class Owner:
    """Where a person is registered, as remembered. Of a disputed number `cities` names all that claim it."""

    cities: tuple[str, ...]
    disputed: bool
    version: int

    @property
    def city(self) -> str:
        """The slug of the owning city."""
        return self.cities[0]


def key_of(secret: bytes, number: str) -> bytes:
    """Return the 16-byte keyed hash of a normalised citizen number."""
    return hmac.digest(secret, number.encode(), hashlib.sha256)[:KEY_BYTES]


class _KeyedHash:
    """HMAC-SHA-256 with the work on the key done once: a list is hashed person by person."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        block = hashlib.sha256().block_size
        padded = (secret if len(secret) <= block else hashlib.sha256(secret).digest()).ljust(block, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, message: bytes) -> bytes:
        """Return the first KEY_BYTES bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()[:KEY_BYTES]


class Locator:
    """The locator. It remembers up to `capacity` owners in the process, as long as it hears of every change."""

    def __init__(self, ledger: Ledger, secret: bytes, capacity: int = 65_536) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"the locator key has {len(secret)} bytes, at least {MIN_SECRET_BYTES} are needed")
        self._ledger = ledger
        self._hash = _KeyedHash(secret)
        self._capacity = capacity
        self._memory: OrderedDict[bytes, Owner] = OrderedDict()
        self._hearing = False
        # Grows with every word heard; what was read before a word may be older than the word.
        self._words = 0

    def key(self, number: str) -> bytes:
        """Return the 16-byte keyed hash of a normalised citizen number: all that is ever stored of it."""
        return self._hash.digest(number.encode())

    @property
    def hearing(self) -> bool:
        """Whether changes by other processes are heard, and the memory is therefore used."""
        return self._hearing

    async def find(self, key: bytes) -> Owner | None:
        """Return the remembered owner. Raises TryLater(LEDGER_UNAVAILABLE)."""
        owner = self._memory.get(key) if self._hearing else None
        if owner is not None:
            self._memory.move_to_end(key)
            return owner
        words = self._words
        async with self._ledger.session() as session:
            row = await session.fetchrow(_FIND, key)
        if row is None:
            return None
        cities = tuple(row["cities"]) if row["disputed"] else (row["city"],)
        owner = Owner(cities, row["disputed"], row["version"])
        if self._hearing and words == self._words:
            self._memory[key] = owner
            if len(self._memory) > self._capacity:
                self._memory.popitem(last=False)
        return owner

    async def learn(self, key: bytes, city: str, seen: Owner | None) -> None:
        """Remember that `city` owns `key`, unless the entry changed since it was `seen`; never ends a dispute."""
        async with self._ledger.transaction() as session:
            if seen is None:
                changed = await session.fetchval(_INSERT, key, city)
            else:
                changed = await session.fetchval(_SWITCH, key, city, seen.version)
            if changed:
                await tell(session, key)

    async def dispute(self, key: bytes, cities: Sequence[str]) -> None:
        """Mark `key` as claimed by all these cities and open one task for people to decide."""
        async with self._ledger.transaction() as session:
            await mark_disputed(session, key, cities)
            await tell(session, key)

    async def listen(self) -> None:
        """Hear of changes, for as long as the process lives; without hearing nothing is answered from memory."""
        while True:
            with suppress(TryLater):
                async with self._ledger.session() as session, self._ear(session) as lost:
                    await _until_lost(session, lost)
            log.warning("locator: the ledger's notifications are lost, memory dropped")
            await asyncio.sleep(PAUSE_S)

    @asynccontextmanager
    async def _ear(self, session: Session) -> AsyncIterator[asyncio.Event]:
        lost = asyncio.Event()

        def on_loss(_connection: object) -> None:
            self._deaf()
            lost.set()

        def on_word(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            self._forget(str(payload))

        session.add_termination_listener(on_loss)
        await session.add_listener(CHANNEL, on_word)
        self._hearing = True
        try:
            yield lost
        finally:
            self._deaf()
            if not session.is_closed():
                session.remove_termination_listener(on_loss)
                with suppress(*UNREACHABLE):
                    await session.remove_listener(CHANNEL, on_word)

    def _deaf(self) -> None:
        self._hearing = False
        self._words += 1
        self._memory.clear()

    def _forget(self, word: str) -> None:
        self._words += 1
        if word == EVERYTHING:
            self._memory.clear()
        else:
            self._memory.pop(bytes.fromhex(word), None)


async def _until_lost(session: Session, lost: asyncio.Event) -> None:
    """Return when the connection is gone; a sign of life now and then finds a connection that died silently."""
    while not lost.is_set():
        try:
            await asyncio.wait_for(lost.wait(), HEARTBEAT_S)
        except TimeoutError:
            await session.execute("SELECT 1", timeout=HEARTBEAT_S)


async def tell(session: Session, key: bytes | None) -> None:
    """Tell every process, at commit, that this entry changed; None means any entry may have changed."""
    await session.execute("SELECT pg_notify($1, $2)", CHANNEL, EVERYTHING if key is None else key.hex())


async def mark_disputed(session: Session, key: bytes, cities: Sequence[str]) -> None:
    """Within the caller's transaction: mark `key` disputed and open or widen its task."""
    await session.execute(_DISPUTE, key, cities[0])
    await session.execute(_OPEN_TASK, key, list(cities))


async def switch(session: Session, key: bytes, city: str, version: int) -> bool:
    """Within the caller's transaction: move `key` to `city` if it still has `version`; False if it has not."""
    changed = await session.fetchval(_SWITCH, key, city, version)
    if changed:
        await tell(session, key)
    return changed is not None


_FIND = """
SELECT l.city, l.disputed, l.version, coalesce(d.cities, ARRAY[l.city]) AS cities
  FROM locator l LEFT JOIN dispute d ON l.disputed AND d.key = l.key AND d.closed_at IS NULL
 WHERE l.key = $1
"""
_INSERT = "INSERT INTO locator (key, city) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING version"
_SWITCH = """
UPDATE locator SET city = $2, version = version + 1, since = clock_timestamp()
 WHERE key = $1 AND version = $3 AND NOT disputed AND city <> $2
RETURNING version
"""
_DISPUTE = """
INSERT INTO locator AS l (key, city, disputed) VALUES ($1, $2, true)
ON CONFLICT (key) DO UPDATE SET disputed = true, version = l.version + 1, since = clock_timestamp()
 WHERE NOT l.disputed
"""
_OPEN_TASK = """
INSERT INTO dispute AS d (key, cities) VALUES ($1, $2)
ON CONFLICT (key) WHERE closed_at IS NULL DO UPDATE SET cities = excluded.cities
"""
