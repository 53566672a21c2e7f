"""GraphQL over HTTP: takes a request through every check to execution."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import msgspec
from graphql import GraphQLError, OperationType
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gateway import question as q
from gateway.answers import GRAPHQL_JSON, Answer, answer, negotiate, refusal
from gateway.auth import Authenticator
from gateway.documents import Documents
from gateway.failures import of_graphql, of_internal, of_problem
from gateway.limits import Limits
from gateway.telemetry import RequestNotes, current_request
from resolvers.caller import Caller, Purpose
from resolvers.problems import AskForRight, FixInput, Problem, TryLater

METHODS = "GET, POST, OPTIONS"


class GraphQLRunner(Protocol):
    """What of a strawberry Schema the endpoint uses."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """Run one operation."""


class QuickRunner(GraphQLRunner, Protocol):
    """A runner that may have the whole answer ready."""

    async def respond(
        self,
        query: str | None,
        variable_values: dict[str, object] | None = None,
        context_value: object | None = None,
        operation_name: str | None = None,
    ) -> bytes | ExecutionResult:
        """Run one operation; return the body `{"data": …}` as JSON, or a result where there is more to say."""


class StartVisit(Protocol):
    """Makes the context of one request; `deadline` is loop time in seconds, `tells_cities` a wish of the caller's."""

    def __call__(
        self,
        caller: Caller,
        purpose: Purpose | None,
        deadline: float,
        request_id: str,
        workstation: str | None,
        tells_cities: bool,
    ) -> object:
        """Return what resolvers find in `info.context`."""


async def nothing_more(_context: object) -> Mapping[str, object] | None:
    """Do nothing, and say nothing beside data and errors."""
    return None


class GraphQLEndpoint:
    """An ASGI application for one path; answers every method itself.

    `before_answer(context)` is awaited after execution, however it ended, and before the first byte of the answer; it
    returns the `extensions` of the answer. A problem it raises is the whole answer: then no data leaves.
    """

    def __init__(
        self,
        schema: GraphQLRunner,
        start_visit: StartVisit,
        authenticator: Authenticator,
        limits: Limits | None = None,
        before_answer: Callable[[object], Awaitable[Mapping[str, object] | None]] = nothing_more,
    ) -> None:
        self._run = schema.respond if _is_quick(schema) else schema.execute
        self._start_visit = start_visit
        self._authenticator = authenticator
        self._limits = limits or Limits()
        self._before_answer = before_answer
        self._documents = Documents(self._limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing but a broken connection gets out of here."""
        notes = current_request()
        headers = q.headers_of(scope)
        media_type = negotiate(headers.get("accept"))
        response: Answer | Response
        try:
            response = await self._respond(scope, headers, receive, media_type, notes)
        except q.BadRequest as bad:
            failures = [of_problem(bad.problem, notes.id)]
            response = refusal(failures, bad.status, media_type or GRAPHQL_JSON, bad.headers)
        except Problem as problem:
            response = refusal([of_problem(problem, notes.id)], _status(problem), media_type or GRAPHQL_JSON)
        except Exception as error:
            response = refusal([of_internal(error, notes.id)], 500, media_type or GRAPHQL_JSON)
        await response(scope, receive, send)

    async def _respond(
        self,
        scope: Scope,
        headers: Mapping[str, str],
        receive: Receive,
        media_type: str | None,
        notes: RequestNotes,
    ) -> Answer | Response:
        method = scope["method"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"allow": METHODS})
        if method not in {"GET", "POST"}:
            raise q.BadRequest(405, FixInput("use POST or GET", code="METHOD_NOT_ALLOWED"), allow=METHODS)
        body = await q.read_body(headers, receive, self._limits)
        if media_type is None:
            text = "the answer is application/graphql-response+json or application/json"
            raise q.BadRequest(406, FixInput(text, code="NOT_ACCEPTABLE", place="Accept"))
        question = q.from_body(headers, body) if method == "POST" else q.from_url(scope["query_string"])
        caller = self._caller(headers, notes)
        visit = _Arrival(
            caller,
            q.purpose_of(headers),
            q.budget_of(headers, self._limits),
            notes.id,
            q.workstation_of(headers),
            q.tells_cities(headers),
        )
        try:
            operation = self._documents.operation(question.query, question.operation_name)
        except GraphQLError as error:
            return refusal([of_graphql(error, notes.id)], _request_error_status(media_type), media_type)
        notes.operation, notes.kind = operation.label, operation.type.value
        if method == "GET":
            q.require_no_number(question.query)
        if operation.type is OperationType.MUTATION and method == "GET":
            raise q.BadRequest(
                405, FixInput("a mutation must be sent by POST", code="METHOD_NOT_ALLOWED"), allow="POST"
            )
        if operation.type is OperationType.SUBSCRIPTION:
            raise FixInput("subscriptions are not served here", code="SUBSCRIPTION_NOT_SUPPORTED", place="query")
        return await self._answer(question, visit, media_type)

    def _caller(self, headers: Mapping[str, str], notes: RequestNotes) -> Caller:
        try:
            caller = self._authenticator.authenticate(headers)
        except AskForRight as problem:
            raise q.BadRequest(401, problem, **{"www-authenticate": 'Bearer error="invalid_token"'}) from None
        notes.role = caller.role.value
        return caller

    async def _answer(self, question: q.Question, visit: "_Arrival", media_type: str) -> Answer:
        deadline = asyncio.get_running_loop().time() + visit.budget_s
        context = self._start_visit(
            visit.caller, visit.purpose, deadline, visit.request_id, visit.workstation, visit.tells_cities
        )
        try:
            result = await self._execute(question, context, deadline)
        except Exception:
            await self._before_answer(context)  # what was read was read, whatever became of the answer
            raise
        extensions = await self._before_answer(context)
        if isinstance(result, bytes):
            return Answer(_extended(result, extensions), 200, media_type)
        errors = [of_graphql(error, visit.request_id) for error in result.errors or ()]
        if _is_request_error(result):
            internal = any(failure.extensions["code"] == "INTERNAL" for failure in errors)
            return refusal(errors, 500 if internal else _request_error_status(media_type), media_type)
        body: dict[str, object] = {"data": result.data}
        if errors:
            body["errors"] = [failure.as_json() for failure in errors]
        if extensions:
            body["extensions"] = extensions
        return answer(body, 200, media_type)

    async def _execute(self, question: q.Question, context: object, deadline: float) -> bytes | ExecutionResult:
        try:
            async with asyncio.timeout_at(deadline + self._limits.grace_s):
                return await self._run(
                    question.query, question.variables, context, operation_name=question.operation_name
                )
        except TimeoutError:
            text = "the request took longer than it was given; a mutation may be repeated with the same idempotencyKey"
            raise TryLater(text, code="DEADLINE_EXCEEDED") from None


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What the headers said."""

    caller: Caller
    purpose: Purpose | None
    budget_s: float
    request_id: str
    workstation: str | None
    tells_cities: bool


@dataclass(frozen=True, slots=True)
class SchemaText:
    """Serves the printed schema; mounted as `Route("/schema.graphql", SchemaText(sdl))`."""

    sdl: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await PlainTextResponse(self.sdl, headers={"cache-control": "no-cache"})(scope, receive, send)


def _is_quick(schema: GraphQLRunner) -> TypeGuard[QuickRunner]:
    return hasattr(schema, "respond")


def _extended(body: bytes, extensions: Mapping[str, object] | None) -> bytes:
    """Add the extensions to a ready body `{…}`."""
    return body[:-1] + b',"extensions":' + msgspec.json.encode(extensions) + b"}" if extensions else body


def _is_request_error(result: ExecutionResult) -> bool:
    """Tell whether nothing was executed: pre-execution errors, or variables that fit no type (errors without path)."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())


def _request_error_status(media_type: str) -> int:
    """GraphQL over HTTP: application/json answers 200 to every well-formed request."""
    return 400 if media_type == GRAPHQL_JSON else 200


def _status(problem: Problem) -> int:
    if isinstance(problem, TryLater):
        return 504 if problem.code == "DEADLINE_EXCEEDED" else 503
    return 403 if isinstance(problem, AskForRight) else 400
