"""What the gateway sends back: GraphQL-shaped JSON with its status, media type and headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.failures import Failure

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
_NOBODY_STORES = [(b"cache-control", b"no-store"), (b"vary", b"accept, authorization")]
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer as an ASGI application; nobody may store it."""

    body: bytes
    status: int
    media_type: str
    headers: Mapping[str, str] | None = None

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        headers = [
            *_NOBODY_STORES,
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", self.media_type.encode() + b"; charset=utf-8"),
        ]
        if self.headers:
            headers += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def answer(
    body: Mapping[str, object], status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer. Raises TypeError or ValueError for a body that is no JSON."""
    return Answer(_encode(body), status, media_type, headers)


def refusal(
    failures: Sequence[Failure], status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer without data: the request was not executed."""
    return answer({"errors": [failure.as_json() for failure in failures]}, status, media_type, headers)


@lru_cache(64)
def negotiate(accept: str | None) -> str | None:
    """Choose between the two media types by `Accept`; None if neither will do. A tie, `*/*` and no header: the newer.

    Raises nothing: what cannot be understood in the header is not counted.
    """
    if accept is None or not accept.strip():
        return GRAPHQL_JSON
    ranges = [_range(part) for part in accept.split(",")]
    newer, older = _quality(GRAPHQL_JSON, ranges), _quality(JSON, ranges)
    if max(newer, older) <= 0:
        return None
    return GRAPHQL_JSON if newer >= older else JSON


def _range(part: str) -> tuple[str, float]:
    """Split `type/subtype;q=0.5` into its type and quality; parameters other than q and charset rule the range out."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
        elif key == "charset" and value.strip('"') not in {"utf-8", "utf8"}:
            quality = 0.0
    return name, quality


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that covers the media type."""
    by_name = dict(reversed(ranges))
    for name in (media_type, "application/*", "*/*"):
        if name in by_name:
            return by_name[name]
    return 0.0
