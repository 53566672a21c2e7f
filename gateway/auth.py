"""Turns the Authorization header into a Caller."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from joserfc import jws, jwt
from joserfc.errors import DecodeError, ExpiredTokenError, InvalidPayloadError, JoseError
from joserfc.jwk import Key, KeySet

from gateway.redaction import holds_number
from gateway.settings import SettingsError
from resolvers.caller import ANONYMOUS, Caller, Role
from resolvers.problems import AskForRight

# Asymmetric only: with a shared secret everyone who can verify could sign.
ALGORITHMS = ("Ed25519", "EdDSA", "RS256", "ES256")
LEEWAY_S = 30
LONGEST_TOKEN = 8192
MOST_REMEMBERED = 4096
_SHAPES = {
    "station": re.compile(r"[0-9]{12}"),
    "division": re.compile(r"[0-9]{4}|[0-9]{6}"),
    "subject_key": re.compile(r"[0-9a-f]{32}"),
}


class Issuer(Protocol):
    """Who signs tokens: the `iss` claim it uses, and where its public keys come from."""

    @property
    def name(self) -> str:
        """The `iss` claim."""

    def key(self, kid: str) -> Key | None:
        """Return the public key of that id, None if there is none."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An issuer whose public keys lie in a JWK set file."""

    name: str
    keys: tuple[Key, ...]

    @classmethod
    def read(cls, name: str, path: Path) -> "KeyFile":
        """Read the file; raises SettingsError."""
        try:
            key_set = KeySet.import_key_set(json.loads(path.read_text("utf-8")))
        except OSError as error:
            raise SettingsError(str(path), f"keys of {name}", f"cannot be read: {error.strerror}") from None
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise SettingsError(
                str(path), f"keys of {name}", "does not fit; a JWK set with public keys would"
            ) from None
        return cls(name, tuple(key_set.keys))

    def key(self, kid: str) -> Key | None:
        """Return the public key of that id, None if there is none."""
        return next((key for key in self.keys if key.kid == kid), None)


@dataclass(frozen=True, slots=True)
class _Believed:
    """A caller whose token was verified at `since` and expires at `until` (Unix seconds), and the key it was with."""

    caller: Caller
    since: float
    until: float
    issuer: Issuer
    kid: str
    key: Key

    def holds(self, now: float) -> bool:
        return self.since <= now < self.until and self.issuer.key(self.kid) is self.key


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What a token must satisfy here: one of the issuers signed it, for this audience, and it is in force.

    A verified token is remembered until it expires, as long as its issuer still has the key: a signature costs more
    than all the rest of a small request.
    """

    issuers: Sequence[Issuer]
    audience: str
    now: Callable[[], datetime]
    _believed: "OrderedDict[str, _Believed]" = field(default_factory=OrderedDict, repr=False, compare=False)

    def authenticate(self, headers: Mapping[str, str]) -> Caller:
        """Return ANONYMOUS without a token; raises AskForRight(UNAUTHENTICATED, reason=TOKEN_*) for a wrong one."""
        header = headers.get("authorization", "").strip()
        if not header:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise _refused("TOKEN_MALFORMED", "the Authorization header must be `Bearer` and a token") from None
        now = self.now().timestamp()
        believed = self._believed.get(token)
        if believed is not None and believed.holds(now):
            self._believed.move_to_end(token)
            return believed.caller
        self._believed.pop(token, None)
        return self._verified(token, now)

    def _verified(self, token: str, now: float) -> Caller:
        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
            for issuer in self.issuers:
                key = issuer.key(kid) if isinstance(kid, str) else None
                if key is not None and isinstance(kid, str):
                    claims = self._claims(token, issuer.name, key, now)
                    return self._remembered(token, _Believed(caller_of(claims), now, _expiry(claims), issuer, kid, key))
        except (DecodeError, InvalidPayloadError):
            raise _refused("TOKEN_MALFORMED", "the token is not a signed JWT") from None
        except ExpiredTokenError:
            raise _refused("TOKEN_EXPIRED", "the token has expired: get a new one") from None
        except JoseError:
            raise _refused("TOKEN_INVALID", "the token's signature or claims do not hold here") from None
        raise _refused("TOKEN_INVALID", "the token is signed with a key nobody here knows") from None

    def _claims(self, token: str, issuer: str, key: Key, now: float) -> Mapping[str, object]:
        claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": self.audience},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(claims)
        return claims

    def _remembered(self, token: str, believed: _Believed) -> Caller:
        self._believed[token] = believed
        if len(self._believed) > MOST_REMEMBERED:
            self._believed.popitem(last=False)
        return believed.caller


def _expiry(claims: Mapping[str, object]) -> float:
    """Return when the token expires, without leeway: after that it is looked at anew each time."""
    expiry = claims["exp"]
    return float(expiry) if isinstance(expiry, int | float) else 0.0


def caller_of(claims: Mapping[str, object]) -> Caller:
    """Return the caller that verified claims describe; raises AskForRight if they do not describe one."""
    try:
        role = Role(str(claims.get("role", "")))
    except ValueError:
        raise _refused("TOKEN_INVALID", "the token names no role of the gateway") from None
    texts = {name: _text(claims, name) for name in ("sub", "name", "station", "division", "subject_key")}
    subject_key = texts["subject_key"]
    if _lacks_its_place(role, texts) or holds_number(texts["sub"] or ""):
        raise _refused("TOKEN_INVALID", f"the token lacks what the role {role} needs") from None
    return Caller(
        role=role,
        id=texts["sub"] or "",
        name=texts["name"] or "",
        station=texts["station"],
        division=texts["division"],
        subject_key=bytes.fromhex(subject_key) if subject_key else None,
    )


def _text(claims: Mapping[str, object], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    shape = _SHAPES.get(name)
    if not isinstance(value, str) or len(value) > 200 or (shape is not None and not shape.fullmatch(value)):
        raise _refused("TOKEN_INVALID", f"the claim {name} has the wrong shape") from None
    return value


def _lacks_its_place(role: Role, texts: Mapping[str, str | None]) -> bool:
    match role:
        case Role.ANONYMOUS:
            return True
        case Role.CITIZEN:
            return texts["subject_key"] is None
        case Role.OFFICER:
            return texts["station"] is None
        case Role.APPROVER:
            return texts["station"] is None and texts["division"] is None
        case Role.CITY_IT:
            return texts["division"] is None
        case _:
            return False


def _refused(reason: str, message: str) -> AskForRight:
    return AskForRight(message, code="UNAUTHENTICATED", place="Authorization", reason=reason)
