"""Who a bearer token makes of its holder, and every way a token can be wrong."""

import base64
import json
import stat
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from gateway.auth import LEEWAY_S, Authenticator, KeyFile
from gateway.demo.personas import PERSONAS, STORY_NUMBER, claims_of
from gateway.settings import SettingsError
from gateway.tokens import AUDIENCE, ISSUER, NoIssuer, ensure_issuer, sign
from resolvers.caller import ANONYMOUS, Caller, Role
from resolvers.problems import AskForRight

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SUBJECT_KEY = bytes(range(16))
OFFICER = {"sub": "officer:7", "name": "Officer", "role": "OFFICER", "station": "330782001000"}
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})


def authenticator(*keys: Key, now: datetime = NOW) -> Authenticator:
    return Authenticator((KeyFile("city-login", keys or (ED, RSA, EC)),), "tongban", lambda: now)


def token(key: Key = ED, alg: str = "Ed25519", claims: Mapping[str, object] | None = None) -> str:
    """Sign what an officer's token holds, with `claims` on top (None takes one away)."""
    seconds = int(NOW.timestamp())
    whole = {**OFFICER, "iss": "city-login", "aud": "tongban", "exp": seconds + 60, "nbf": seconds, **(claims or {})}
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, kept, key, algorithms=[alg])


def caller(text: str, now: datetime = NOW) -> Caller:
    return authenticator(now=now).authenticate({"authorization": f"Bearer {text}"})


def reason(header: str, now: datetime = NOW) -> str:
    with pytest.raises(AskForRight) as caught:
        authenticator(now=now).authenticate({"authorization": header})
    assert caught.value.code == "UNAUTHENTICATED"
    assert header.partition(" ")[2] == "" or header not in caught.value.message
    return caught.value.more["reason"]


def test_no_token_is_anonymous() -> None:
    assert authenticator().authenticate({}) == ANONYMOUS
    assert authenticator().authenticate({"authorization": " "}) == ANONYMOUS


def test_an_officers_token_makes_an_officer() -> None:
    assert caller(token()) == Caller(Role.OFFICER, "officer:7", "Officer", station="330782001000")


def test_a_citizens_token_carries_the_key_of_the_own_number() -> None:
    made = caller(token(claims={"role": "CITIZEN", "station": None, "subject_key": SUBJECT_KEY.hex()}))
    assert (made.role, made.subject_key, made.station) == (Role.CITIZEN, SUBJECT_KEY, None)


@pytest.mark.parametrize(("key", "alg"), [(ED, "Ed25519"), (RSA, "RS256"), (EC, "ES256")])
def test_the_allowed_algorithms(key: Key, alg: str) -> None:
    assert caller(token(key, alg)).id == "officer:7"


def test_the_older_name_of_ed25519_is_allowed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        assert caller(token(ED, "EdDSA")).id == "officer:7"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme: str) -> None:
    assert authenticator().authenticate({"authorization": f"{scheme} {token()}"}).id == "officer:7"


@pytest.mark.parametrize(
    "header", ["Bearer", "Basic YTpi", "Bearer x", "Bearer a.b.c", "Bearer ..", "Bearer é.é.é", "Bearer " + "a" * 9000]
)
def test_what_is_no_token_is_malformed(header: str) -> None:
    assert reason(header) == "TOKEN_MALFORMED"


def test_a_token_ends_with_its_hour_and_a_bounded_skew() -> None:
    last = NOW + timedelta(seconds=60 + LEEWAY_S - 1)
    assert caller(token(), now=last).id == "officer:7"
    assert reason(f"Bearer {token()}", now=last + timedelta(seconds=1)) == "TOKEN_EXPIRED"


def test_a_token_does_not_begin_early() -> None:
    early = NOW - timedelta(seconds=LEEWAY_S)
    assert caller(token(), now=early).id == "officer:7"
    assert reason(f"Bearer {token()}", now=early - timedelta(seconds=1)) == "TOKEN_INVALID"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "elsewhere"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"sub": None},
        {"sub": ""},
        {"role": None},
        {"role": "ANONYMOUS"},
        {"role": "KING"},
        {"role": ["OFFICER"]},
        {"station": None},
        {"station": "3307"},
        {"station": 330782001000},
        {"role": "CITIZEN"},
        {"role": "CITIZEN", "subject_key": "00"},
        {"role": "CITY_IT"},
        {"role": "APPROVER", "station": None},
        {"sub": STORY_NUMBER},
    ],
)
def test_claims_that_do_not_hold_here(claims: dict[str, object]) -> None:
    assert reason(f"Bearer {token(claims=claims)}") == "TOKEN_INVALID"


def test_a_key_nobody_knows() -> None:
    stranger = OKPKey.generate_key("Ed25519", {"kid": "stranger"})
    assert reason(f"Bearer {token(stranger)}") == "TOKEN_INVALID"
    assert reason(f"Bearer {token(OKPKey.generate_key('Ed25519', {'kid': ''}))}") == "TOKEN_INVALID"


def test_a_stranger_who_borrows_a_known_kid() -> None:
    stranger = OKPKey.generate_key("Ed25519", {"kid": "ed"})
    assert reason(f"Bearer {token(stranger)}") == "TOKEN_INVALID"


def test_changed_claims_do_not_verify() -> None:
    header, payload, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "role": "AUDITOR"}).encode()).rstrip(b"=").decode()
    assert reason(f"Bearer {header}.{forged}.{signature}") == "TOKEN_INVALID"


def test_an_unsigned_token_is_refused() -> None:
    _, payload, _ = token().split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"ed"}').rstrip(b"=").decode()
    assert reason(f"Bearer {header}.{payload}.") == "TOKEN_INVALID"


def test_a_public_key_used_as_a_shared_secret_is_refused() -> None:
    secret = OctKey.import_key(json.dumps(ED.as_dict(private=False)), {"kid": "ed"})
    assert reason(f"Bearer {token(secret, 'HS256')}") == "TOKEN_INVALID"


def test_the_key_of_one_issuer_does_not_speak_for_another() -> None:
    issuers = (KeyFile("city-login", (ED,)), KeyFile("portal", (RSA,)))
    both = Authenticator(issuers, "tongban", lambda: NOW)
    with pytest.raises(AskForRight):
        both.authenticate({"authorization": f"Bearer {token(RSA, 'RS256')}"})


@pytest.fixture
def demo_home(tmp_path: Path) -> Path:
    ensure_issuer(tmp_path)
    return tmp_path


def test_the_demo_key_is_made_once_and_for_the_owner_only(demo_home: Path) -> None:
    before = (demo_home / "issuer.key.json").read_bytes()
    issuer = ensure_issuer(demo_home)
    assert (demo_home / "issuer.key.json").read_bytes() == before
    assert stat.S_IMODE((demo_home / "issuer.key.json").stat().st_mode) == 0o600
    assert '"d"' not in issuer.keys.read_text("utf-8")


@pytest.mark.parametrize("slug", PERSONAS)
def test_every_persona_gets_in_with_a_token_that_holds_no_number(demo_home: Path, slug: str) -> None:
    persona = PERSONAS[slug]
    text = sign(demo_home, claims_of(persona, lambda _: SUBJECT_KEY), NOW)
    payload = base64.urlsafe_b64decode(text.split(".")[1] + "==").decode()
    assert STORY_NUMBER not in payload
    issuer = KeyFile.read(ISSUER, demo_home / "issuer.jwks.json")
    made = Authenticator((issuer,), AUDIENCE, lambda: NOW).authenticate({"authorization": f"Bearer {text}"})
    assert (made.role, made.station, made.division) == (persona.role, persona.station, persona.division)
    assert made.subject_key == (SUBJECT_KEY if slug == "citizen" else None)


def test_the_personas_are_those_of_the_contract() -> None:
    assert list(PERSONAS) == [
        "citizen",
        "yiwu-officer",
        "wenzhou-approver",
        "hangzhou-officer",
        "auditor",
        "policy-owner",
        "city-it",
    ]


def test_a_token_is_valid_for_one_to_twelve_hours(demo_home: Path) -> None:
    for hours in (0.5, 13):
        with pytest.raises(ValueError, match="1 to 12 hours"):
            sign(demo_home, OFFICER, NOW, timedelta(hours=hours))


def test_a_home_without_a_key_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(NoIssuer, match=r"run\.py demo"):
        sign(tmp_path, OFFICER, NOW)


@pytest.mark.parametrize("text", ["{}", "[]", '{"keys": [{"kty": "none"}]}', "no json", '{"keys": 1}'])
def test_a_file_that_is_no_key_set_says_what_would_fit(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        KeyFile.read("city-login", path)
    assert str(caught.value) == f"{path}: keys of city-login: does not fit; a JWK set with public keys would"


def test_a_key_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keys of city-login: cannot be read: No such file"):
        KeyFile.read("city-login", tmp_path / "keys.json")
