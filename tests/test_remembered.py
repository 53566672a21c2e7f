"""What the endpoint remembers from one request to the next: callers by token, documents by text, and for how long."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from graphql import GraphQLSyntaxError
from joserfc import jwt
from joserfc.jwk import Key, OKPKey
from starlette.applications import Starlette
from strawberry.types.execution import ExecutionResult

from gateway import auth
from gateway.auth import Authenticator
from gateway.documents import Documents
from gateway.endpoint import GraphQLEndpoint
from gateway.limits import Limits, read_document
from gateway.paths import Paths
from resolvers.problems import AskForRight, FixInput
from tests.small_gateway import running, start_visit

NOW = datetime(2021, 6, 1, 9, tzinfo=UTC)
KEY = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)


class Rotating:
    """An issuer whose key can be taken away."""

    name = "tests"

    def __init__(self) -> None:
        self.key_now: Key | None = KEY

    def key(self, kid: str) -> Key | None:
        return self.key_now if kid == KEY.kid else None


@dataclass
class Desk:
    """An authenticator with its clock and issuer at hand."""

    issuer: Rotating = field(default_factory=Rotating)
    moment: datetime = NOW

    def __post_init__(self) -> None:
        self.authenticator = Authenticator((self.issuer,), "tongban", lambda: self.moment)

    def role(self, token: str) -> str:
        return self.authenticator.authenticate({"authorization": f"Bearer {token}"}).role.value

    def reason(self, token: str) -> str:
        with pytest.raises(AskForRight) as caught:
            self.role(token)
        return caught.value.more["reason"]


def token(sub: str = "auditor", minutes: int = 60) -> str:
    times = {"nbf": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=minutes)).timestamp())}
    claims = {"iss": "tests", "aud": "tongban", "sub": sub, "role": "AUDITOR", **times}
    return jwt.encode({"alg": "Ed25519", "kid": KEY.kid}, claims, KEY, algorithms=["Ed25519"])


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the signatures that are checked."""
    seen: list[str] = []
    decode = jwt.decode

    def counting(value: str, key: Key, algorithms: list[str]) -> object:
        seen.append(value)
        return decode(value, key, algorithms=algorithms)

    monkeypatch.setattr("gateway.auth.jwt.decode", counting)
    return seen


def test_a_signature_is_checked_once(checked: list[str]) -> None:
    desk, one = Desk(), token()
    assert [desk.role(one), desk.role(one), desk.role(one)] == ["AUDITOR"] * 3
    assert len(checked) == 1


def test_a_token_is_not_believed_longer_than_it_lasts(checked: list[str]) -> None:
    desk, one = Desk(), token(minutes=5)
    desk.role(one)
    desk.moment = NOW + timedelta(minutes=5)
    desk.role(one)  # within the leeway, but looked at anew
    assert len(checked) == 2
    desk.moment = NOW + timedelta(minutes=5, seconds=auth.LEEWAY_S + 1)
    assert desk.reason(one) == "TOKEN_EXPIRED"


def test_a_clock_that_is_set_back_finds_the_token_not_yet_in_force() -> None:
    desk, one = Desk(), token()
    desk.role(one)
    desk.moment = NOW - timedelta(minutes=5)
    assert desk.reason(one) == "TOKEN_INVALID"


def test_with_its_key_a_token_falls_at_once() -> None:
    desk, one = Desk(), token()
    desk.role(one)
    desk.issuer.key_now = None
    assert desk.reason(one) == "TOKEN_INVALID"
    desk.issuer.key_now = OKPKey.generate_key("Ed25519", {"use": "sig", "kid": KEY.kid or ""})
    assert desk.reason(one) == "TOKEN_INVALID"


def test_a_refused_token_is_not_remembered(checked: list[str]) -> None:
    desk = Desk()
    head, claims, _ = token().split(".")
    forged = f"{head}.{claims}.{token('other').split('.')[2]}"
    assert [desk.reason(forged), desk.reason(forged)] == ["TOKEN_INVALID"] * 2
    assert len(checked) == 2


def test_the_token_not_used_for_the_longest_time_is_forgotten(
    checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MOST_REMEMBERED", 2)
    desk = Desk()
    first, second, third = token("first"), token("second"), token("third")
    for one in (first, second, first, third, first, second):
        desk.role(one)
    assert [checked.count(one) for one in (first, second, third)] == [1, 2, 1]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the documents that are parsed."""
    seen: list[str] = []
    read = read_document

    def counting(text: str, limits: Limits) -> object:
        seen.append(text)
        return read(text, limits)

    monkeypatch.setattr("gateway.documents.read_document", counting)
    return seen


def test_a_document_is_measured_once_and_each_operation_found_in_it(parsed: list[str]) -> None:
    known, text = Documents(Limits()), "query A { a } mutation B { b }"
    found = [known.operation(text, name).type.value for name in ("A", "B", "A")]
    assert (found, len(parsed)) == (["query", "mutation", "query"], 1)
    with pytest.raises(FixInput) as caught:
        known.operation(text, None)
    assert caught.value.code == "OPERATION_NAME_REQUIRED"


def test_a_document_that_is_refused_is_refused_each_time(parsed: list[str]) -> None:
    known = Documents(Limits(depth=1))
    for _ in range(2):
        with pytest.raises(FixInput):
            known.operation("{ a { b } }", None)
        with pytest.raises(GraphQLSyntaxError):
            known.operation("{ a", None)
    assert (len(parsed), len(known)) == (4, 0)


def test_documents_are_forgotten_by_number_and_by_size(parsed: list[str]) -> None:
    few = Documents(Limits(), most_documents=2)
    for text in ("{ a }", "{ b }", "{ a }", "{ c }", "{ a }", "{ b }"):
        few.operation(text, None)
    assert (len(few), parsed.count("{ a }"), parsed.count("{ b }")) == (2, 1, 2)
    small = Documents(Limits(), most_characters=100)
    for number in range(20):
        small.operation(f"{{ a{number} # {'x' * 45}\n}}", None)
    assert len(small) == 1


class Ready:
    """A runner that has its answer ready, as the compiled reads do."""

    async def execute(self, *_given: object, **_named: object) -> ExecutionResult:
        raise AssertionError("respond is there")

    async def respond(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        operation_name: str | None = None,
    ) -> bytes | ExecutionResult:
        return b'{"data":{"name": "\xe5\x8f\xb6"}}'


@pytest.mark.parametrize(
    ("extensions", "sent"),
    [
        (None, '{"data":{"name": "叶"}}'),
        ({"seen": True}, '{"data":{"name": "叶"},"extensions":{"seen":true}}'),
    ],
)
async def test_a_ready_answer_is_sent_as_it_is(extensions: dict[str, object] | None, sent: str) -> None:
    settled: list[object] = []

    async def before(context: object) -> dict[str, object] | None:
        settled.append(context)
        await asyncio.sleep(0)
        return extensions

    desk = Desk()
    endpoint = GraphQLEndpoint(Ready(), start_visit, desk.authenticator, Limits(), before)
    async with running(Paths({"/graphql": endpoint}, Starlette())) as url, httpx.AsyncClient() as client:
        answer = await client.post(f"{url}/graphql", json={"query": "{ name }"})
    assert (answer.status_code, answer.text, len(settled)) == (200, sent, 1)
    assert answer.headers["content-length"] == str(len(sent.encode()))
