"""Turns the Authorization header into a Caller."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from resolvers.caller import Caller


class Issuer(Protocol):
    """Who signs tokens: the `iss` claim it uses, and its public keys."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What a token must satisfy here."""

    issuers: Sequence[Issuer]
    audience: str
    now: Callable[[], datetime]

    def authenticate(self, headers: Mapping[str, str]) -> Caller:
        """Return ANONYMOUS without a token; raises AskForRight(UNAUTHENTICATED, reason=TOKEN_*) for a wrong one."""
        raise NotImplementedError
