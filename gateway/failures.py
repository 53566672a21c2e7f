"""What an error looks like on the wire: a code, a place, the request's id, and never a person or a trace."""

import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog
from graphql import GraphQLError, GraphQLSyntaxError, ObjectFieldNode, ValueNode, VariableNode

from gateway.redaction import redact, without_echo
from resolvers.problems import Problem

log = structlog.stdlib.get_logger("tongban.failure")

INTERNAL = "INTERNAL"
_COERCION = re.compile(
    r"(?:Variable|Argument) '[^']*' has invalid (?:default )?value|Too many errors processing|Variable values"
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One entry of `errors`."""

    message: str
    extensions: Mapping[str, str]
    locations: tuple[tuple[int, int], ...] = ()
    path: tuple[str | int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the entry as the GraphQL specification shapes it."""
        entry: dict[str, object] = {"message": self.message}
        if self.locations:
            entry["locations"] = [{"line": line, "column": column} for line, column in self.locations]
        if self.path:
            entry["path"] = list(self.path)
        entry["extensions"] = dict(self.extensions)
        return entry


def of_problem(problem: Problem, request_id: str) -> Failure:
    """Describe a problem the gateway raised on purpose."""
    extensions = {"code": problem.code, "requestId": request_id}
    if problem.place is not None:
        extensions["place"] = redact(problem.place)
    extensions.update({name: redact(value) for name, value in problem.more.items()})
    return Failure(redact(problem.message), extensions)


def of_internal(error: BaseException, request_id: str) -> Failure:
    """Describe a fault of ours: the log gets the frames, the client only the id to ask about."""
    log.error("internal error", request_id=request_id, fault=type(error).__qualname__, frames=frames_of(error))
    return Failure("internal error", {"code": INTERNAL, "requestId": request_id})


def of_graphql(error: GraphQLError, request_id: str) -> Failure:
    """Describe one error of parsing, validation, coercion or execution."""
    failure = _described(error, request_id)
    locations = tuple((place.line, place.column) for place in error.locations or ())
    return Failure(failure.message, failure.extensions, locations, tuple(error.path or ()))


def frames_of(error: BaseException) -> list[str]:
    """Return where an exception came from, without its text: texts of drivers repeat values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


def _described(error: GraphQLError, request_id: str) -> Failure:
    problem = next((cause for cause in _causes(error) if isinstance(cause, Problem)), None)
    if problem is not None:
        return of_problem(problem, request_id)
    fault = error.original_error
    while isinstance(fault, GraphQLError):
        fault = fault.original_error
    if _is_the_clients(error, fault):
        return Failure(without_echo(error.message), {"code": _code(error), "requestId": request_id})
    return of_internal(fault or error, request_id)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what it was made of."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = current.original_error if isinstance(current, GraphQLError) else None
        current = wrapped or current.__cause__


def _is_the_clients(error: GraphQLError, fault: Exception | None) -> bool:
    if error.path is None:
        # Before execution an error with a place in the document is about that place; without one something broke.
        return fault is None or bool(error.locations)
    return fault is None and _COERCION.match(error.message) is not None


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    about_a_value = any(
        isinstance(node, ValueNode | ObjectFieldNode) and not isinstance(node, VariableNode)
        for node in error.nodes or ()
    )
    # A scalar's own error about a literal comes without nodes.
    if about_a_value or not error.nodes or _COERCION.match(error.message):
        return "BAD_USER_INPUT"
    return "GRAPHQL_VALIDATION_FAILED"
