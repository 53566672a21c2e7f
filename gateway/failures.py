"""What an error looks like on the wire: a code, a place, the request's id, and never a person or a trace."""

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from gateway.redaction import redact, without_echo
from resolvers.problems import Problem

log = structlog.stdlib.get_logger("tongban.failure")

INTERNAL = "INTERNAL"


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
    fault: BaseException | None = None
    for cause in _causes(error):
        if isinstance(cause, Problem):
            return of_problem(cause, request_id)
        if fault is None and not isinstance(cause, GraphQLError):
            fault = cause
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


def _is_the_clients(error: GraphQLError, fault: BaseException | None) -> bool:
    if error.path is None:
        # Before execution everything is about the document and its values; a scalar's ValueError is about a value too.
        return fault is None or isinstance(fault, ValueError)
    return fault is None and error.message.startswith("Argument ")


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if error.path is not None or error.message.startswith(("Variable ", "Too many errors processing", "Argument ")):
        return "BAD_USER_INPUT"
    if isinstance(error.original_error, (GraphQLError, ValueError)):
        return "BAD_USER_INPUT"
    return "GRAPHQL_VALIDATION_FAILED"
