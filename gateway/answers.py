"""What the gateway sends back: GraphQL-shaped JSON with its status, media type and headers."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.responses import Response

from gateway.failures import Failure

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


def answer(
    body: Mapping[str, object], status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response that nobody may store. Raises TypeError or ValueError for a body that is no JSON."""
    return Response(
        msgspec.json.encode(body),
        status,
        {"cache-control": "no-store", "vary": "accept, authorization", **(headers or {})},
        f"{media_type}; charset=utf-8",
    )


def refusal(
    failures: Sequence[Failure], status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer without data: the request was not executed."""
    return answer({"errors": [failure.as_json() for failure in failures]}, status, media_type, headers)


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
