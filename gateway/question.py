"""Turns an HTTP request into a GraphQL request, or says which part of it is wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from graphql import Lexer, Source, TokenKind
from starlette.types import Receive, Scope

from gateway.limits import Limits
from gateway.redaction import holds_number, is_like_number
from resolvers.caller import Purpose
from resolvers.problems import FixInput, Problem
from tongban_adapters.citizen_number import normalise

_PURPOSE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
_WORKSTATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Question:
    """A well-formed GraphQL-over-HTTP request."""

    query: str
    operation_name: str | None
    variables: dict[str, object]


class BadRequest(Exception):
    """The HTTP part of the request is wrong: a problem, with the status and headers that go with it."""

    def __init__(self, status: int, problem: Problem, **headers: str) -> None:
        super().__init__(problem.message)
        self.status = status
        self.problem = problem
        self.headers = headers


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers by their lower-case names; of one that is given several times, the first."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


async def read_body(headers: Mapping[str, str], receive: Receive, limits: Limits) -> bytes:
    """Read the whole body within its limits of size and time; raises BadRequest 400, 408 or 413."""
    declared = headers.get("content-length", "")
    too_large = declared.isdecimal() and int(declared[:20]) > limits.body_bytes
    if too_large and "expect" in headers:
        raise _too_large(limits)  # the sender waits for leave to send: it gets the refusal instead
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_s):
            async for chunk in _chunks(receive):
                size += len(chunk)
                if size > limits.discard_bytes:
                    break
                if size <= limits.body_bytes:
                    chunks.append(chunk)
    except TimeoutError:
        raise BadRequest(408, FixInput("the body did not arrive in time", code="BODY_TIMEOUT")) from None
    if size > limits.body_bytes:
        raise _too_large(limits)
    return b"".join(chunks)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest(400, FixInput("the body broke off", code="BODY_INCOMPLETE"))
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _too_large(limits: Limits) -> BadRequest:
    problem = FixInput(f"the body is larger than {limits.body_bytes} bytes", code="BODY_TOO_LARGE", place="body")
    return BadRequest(413, problem, connection="close")


def from_body(headers: Mapping[str, str], body: bytes) -> Question:
    """Read a POST; raises BadRequest 415 for anything but plain JSON in UTF-8, 400 for a wrong shape."""
    _require_json(headers)
    try:
        members = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise _bad("the body is not valid JSON", "BAD_JSON", "body") from None
    if isinstance(members, list):
        raise _bad("a batch of operations is not accepted: send them one by one", "BATCH_NOT_SUPPORTED", "body")
    if not isinstance(members, dict):
        raise _bad("the body must be a JSON object", "BAD_REQUEST", "body")
    return _question(members)


def from_url(query_string: bytes) -> Question:
    """Read a GET; raises BadRequest 400, also for a URL that holds something like a citizen number."""
    try:
        text = query_string.decode("ascii")
        written = unquote_plus(text)
        if holds_number(written) or holds_number(normalise(written)):
            raise _number_in_url()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise _bad("the query string cannot be read", "BAD_REQUEST", "url") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise _bad("a parameter is given twice", "BAD_REQUEST", "url")
    members: dict[str, object] = {name: text for name, text in given.items() if text}
    for name in ("variables", "extensions"):
        if name in members:
            members[name] = _decoded(given[name], name)
    question = _question(members)
    if any(is_like_number(text) for text in _texts([question.variables, members.get("extensions")])):
        raise _number_in_url()  # written with escapes, but a number all the same
    return question


def require_no_number(document: str) -> None:
    """Refuse a document of a GET that holds a citizen number or takes one; raises BadRequest, or GraphQLSyntaxError."""
    lexer = Lexer(Source(document))
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        takes_one = token.kind is TokenKind.NAME and token.value == "CitizenNumber"
        if takes_one or (token.value is not None and is_like_number(token.value)):
            raise _number_in_url()


def purpose_of(headers: Mapping[str, str]) -> Purpose | None:
    """Return the purpose of `Tongban-Purpose`: a catalogue code or a case number; raises BadRequest 400."""
    text = headers.get("tongban-purpose", "").strip()
    if not text:
        return None
    if not _PURPOSE.fullmatch(text) or holds_number(text):
        raise _bad("a purpose is a catalogue code (D02, Q01) or a case number", "BAD_PURPOSE", "Tongban-Purpose")
    return Purpose(text)


def workstation_of(headers: Mapping[str, str]) -> str | None:
    """Return the name of the counter's machine from `Tongban-Workstation`; raises BadRequest 400."""
    text = headers.get("tongban-workstation", "").strip()
    if not text:
        return None
    if not _WORKSTATION.fullmatch(text) or holds_number(text):
        raise _bad("a workstation is up to 64 letters, digits and . _ : -", "BAD_HEADER", "Tongban-Workstation")
    return text


def tells_cities(headers: Mapping[str, str]) -> bool:
    """Return whether `Tongban-Debug` asks for the cities that were asked; raises BadRequest 400."""
    text = headers.get("tongban-debug", "").strip()
    if text not in {"", "cities"}:
        raise _bad("only `cities` fits", "BAD_HEADER", "Tongban-Debug")
    return text == "cities"


def budget_of(headers: Mapping[str, str], limits: Limits) -> float:
    """Return the seconds the request may take: what the client asked for, never more than the gateway allows."""
    text = headers.get("tongban-timeout-ms", "").strip()
    if not text:
        return limits.deadline_s
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) / 1000 < limits.shortest_deadline_s:
        lowest = round(limits.shortest_deadline_s * 1000)
        raise _bad(f"a whole number of milliseconds from {lowest} fits", "BAD_HEADER", "Tongban-Timeout-Ms")
    return min(int(text) / 1000, limits.deadline_s)


def _require_json(headers: Mapping[str, str]) -> None:
    if headers.get("content-type") == "application/json" and "content-encoding" not in headers:
        return
    content_type, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    charsets = {value.strip('"') for key, _, value in (p.partition("=") for p in parameters) if key == "charset"}
    if content_type != "application/json" or not charsets <= {"utf-8", "utf8"}:
        text = "the body must be application/json in UTF-8"
        raise BadRequest(415, FixInput(text, code="UNSUPPORTED_MEDIA_TYPE", place="Content-Type"))
    if headers.get("content-encoding", "identity").lower() != "identity":
        text = "the body must not be compressed"
        raise BadRequest(415, FixInput(text, code="UNSUPPORTED_MEDIA_TYPE", place="Content-Encoding"))


def _question(members: dict[str, object]) -> Question:
    """Check the four members the specification names; others are left alone."""
    query, name = members.get("query"), members.get("operationName")
    variables, extensions = members.get("variables"), members.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise _bad("`query` must be the text of a GraphQL document", "BAD_REQUEST", "query")
    if name is not None and not isinstance(name, str):
        raise _bad("`operationName` must be text", "BAD_REQUEST", "operationName")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("`variables` must be an object", "BAD_REQUEST", "variables")
    if extensions is not None and not isinstance(extensions, dict):
        raise _bad("`extensions` must be an object", "BAD_REQUEST", "extensions")
    question = Question(query, name or None, variables or {})
    if any("\0" in text for text in _texts(question.variables)):
        raise _bad("text must not hold the character U+0000", "BAD_REQUEST", "variables")  # no registry can store it
    return question


def _texts(value: object) -> list[str]:
    """Return every string in a JSON value, keys too."""
    texts: list[str] = []
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                texts.append(text)
            case list() as items:
                waiting.extend(items)
            case dict() as members:
                waiting.extend(members.keys())
                waiting.extend(members.values())
    return texts


def _decoded(text: str, name: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        raise _bad(f"`{name}` is not valid JSON", "BAD_JSON", name) from None


def _number_in_url() -> BadRequest:
    return _bad("a citizen number must not travel in a URL: send the query by POST", "NUMBER_IN_URL", "url")


def _bad(message: str, code: str, place: str) -> BadRequest:
    return BadRequest(400, FixInput(message, code=code, place=place))
