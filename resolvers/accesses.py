"""Whom one request has looked at: every access noted once, until it is durable."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tongban_adapters.model import Kind


@dataclass(frozen=True, slots=True)
class Look:
    """What was done and what was read, whoever it concerned. `fields` are sorted, each once."""

    operation: str
    kind: Kind
    city: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """One look at these subjects, none of them twice; `at` is when the first of them was noted (UTC)."""

    look: Look
    at: datetime
    subject_keys: list[bytes]


Write = Callable[[Sequence[Noted]], "asyncio.Future[None]"]


class Accesses:
    """The accesses of one request. What is noted again adds nothing, whether the first note is durable yet or not."""

    def __init__(self, key_of: Callable[[str], bytes]) -> None:
        self._key_of = key_of
        self._keys: dict[str, bytes] = {}
        self._known: dict[Look, set[bytes]] = {}
        self._open: dict[Look, Noted] = {}
        self._flight: asyncio.Future[None] | None = None

    def key(self, subject: str) -> bytes:
        """Return the key a subject is accounted under; hashed once in a request, however often it is needed."""
        key = self._keys.get(subject)
        if key is None:
            key = self._keys[subject] = self._key_of(subject)
        return key

    def keys(self, subjects: Sequence[str]) -> list[bytes]:
        """Return the keys of many subjects."""
        known, key_of = self._keys, self._key_of
        return [known.get(subject) or known.setdefault(subject, key_of(subject)) for subject in subjects]

    def note(self, look: Look, at: datetime, subject_keys: Iterable[bytes]) -> None:
        """Note that these subjects were looked at; it has to be settled before anything of it leaves."""
        known = self._known.setdefault(look, set())
        new = [key for key in dict.fromkeys(subject_keys) if key not in known]
        if new:
            known.update(new)
            self._open.setdefault(look, Noted(look, at, [])).subject_keys.extend(new)

    @property
    def settled(self) -> bool:
        """Whether everything noted so far is durable."""
        return not self._open and self._flight is None

    async def settle(self, write: Write) -> None:
        """Return once everything noted so far is durable. Raises what `write` ends in: then it stays to be settled.

        One write of a request is under way at a time. It goes on where its waiter is cancelled; the next one waits
        for it instead of writing the same again.
        """
        while not self.settled:
            if self._flight is None:
                self._flight = write(tuple(self._open.values()))
                self._flight.add_done_callback(partial(self._landed, self._open))
                self._open = {}
            await asyncio.shield(self._flight)

    def _landed(self, sent: dict[Look, Noted], flight: "asyncio.Future[None]") -> None:
        self._flight = None
        if not flight.cancelled() and flight.exception() is None:
            return
        for look, later in self._open.items():
            sent.setdefault(look, Noted(look, later.at, [])).subject_keys.extend(later.subject_keys)
        self._open = sent
