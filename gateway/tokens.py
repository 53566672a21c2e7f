"""The demo's own token issuer: an Ed25519 key in the home."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from gateway.private_files import write_private
from gateway.settings import IssuerSettings

ISSUER = "tongban-demo"
AUDIENCE = "tongban"
SHORTEST, LONGEST = timedelta(hours=1), timedelta(hours=12)
_PRIVATE = "issuer.key.json"
_PUBLIC = "issuer.jwks.json"


class NoIssuer(Exception):
    """The home holds no key to sign with; the text says what makes one."""


def ensure_issuer(home: Path) -> IssuerSettings:
    """Make the key once (0600) with its public half beside it; returns what settings need. Raises OSError."""
    private, public = home / _PRIVATE, home / _PUBLIC
    if not private.exists():
        key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
        write_private(public, json.dumps(KeySet([key]).as_dict(private=False)))
        write_private(private, json.dumps(key.as_dict(private=True)))
    return IssuerSettings(ISSUER, public)


def sign(home: Path, claims: Mapping[str, str], now: datetime, validity: timedelta = LONGEST) -> str:
    """Return a token with these claims, in force from `now` for 1 to 12 hours; raises NoIssuer or ValueError."""
    if not SHORTEST <= validity <= LONGEST:
        raise ValueError("a token is valid for 1 to 12 hours")
    try:
        key = OKPKey.import_key(json.loads((home / _PRIVATE).read_text("utf-8")))
    except FileNotFoundError:
        raise NoIssuer(f"{home / _PRIVATE} is missing: `python3 run.py demo` makes it") from None
    issued = int(now.timestamp())
    times = {"iat": issued, "nbf": issued, "exp": issued + int(validity.total_seconds())}
    header = {"alg": "Ed25519", "kid": key.kid}
    return jwt.encode(header, {**claims, **times, "iss": ISSUER, "aud": AUDIENCE}, key, algorithms=["Ed25519"])
