"""GraphQL over HTTP: takes a request through every check to execution."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gateway import question as q
from gateway.answers import GRAPHQL_JSON, answer, negotiate, refusal
from gateway.auth import Authenticator
from gateway.failures import of_graphql, of_internal, of_problem
from gateway.limits import Limits, read_document
from gateway.redaction import redact
from gateway.telemetry import current_request_id
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


class StartVisit(Protocol):
    """Makes the context of one request; `deadline` is loop time in seconds."""

    def __call__(
        self, caller: Caller, purpose: Purpose | None, deadline: float, request_id: str, workstation: str | None
    ) -> object:
        """Return what resolvers find in `info.context`."""


async def nothing_more(_context: object) -> Mapping[str, object] | None:
    """Do nothing, and say nothing beside data and errors."""
    return None


@dataclass(frozen=True, slots=True)
class GraphQLEndpoint:
    """Mounted as `Route("/graphql", GraphQLEndpoint(...))`; answers every method itself.

    `before_answer(context)` is awaited after execution, however it ended, and before the first byte of the answer; it
    returns the `extensions` of the answer. A problem it raises is the whole answer: then no data leaves.
    """

    schema: GraphQLRunner
    start_visit: StartVisit
    authenticator: Authenticator
    limits: Limits = field(default_factory=Limits)
    before_answer: Callable[[object], Awaitable[Mapping[str, object] | None]] = nothing_more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing but a broken connection gets out of here."""
        request_id = current_request_id()
        headers = Headers(scope=scope)
        media_type = negotiate(headers.get("accept"))
        try:
            response = await self._respond(scope, headers, receive, media_type, request_id)
        except q.BadRequest as bad:
            failures = [of_problem(bad.problem, request_id)]
            response = refusal(failures, bad.status, media_type or GRAPHQL_JSON, bad.headers)
        except Problem as problem:
            response = refusal([of_problem(problem, request_id)], _status(problem), media_type or GRAPHQL_JSON)
        except Exception as error:
            response = refusal([of_internal(error, request_id)], 500, media_type or GRAPHQL_JSON)
        await response(scope, receive, send)

    async def _respond(
        self, scope: Scope, headers: Headers, receive: Receive, media_type: str | None, request_id: str
    ) -> Response:
        method = scope["method"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"allow": METHODS})
        if method not in {"GET", "POST"}:
            raise q.BadRequest(405, FixInput("use POST or GET", code="METHOD_NOT_ALLOWED"), allow=METHODS)
        body = await q.read_body(headers, receive, self.limits)
        if media_type is None:
            text = "the answer is application/graphql-response+json or application/json"
            raise q.BadRequest(406, FixInput(text, code="NOT_ACCEPTABLE", place="Accept"))
        question = q.from_body(headers, body) if method == "POST" else q.from_url(scope["query_string"])
        caller = self._caller(headers)
        visit = _Arrival(
            caller, q.purpose_of(headers), q.budget_of(headers, self.limits), request_id, q.workstation_of(headers)
        )
        try:
            document = read_document(question.query, self.limits)
        except GraphQLError as error:
            return refusal([of_graphql(error, request_id)], _request_error_status(media_type), media_type)
        operation = choose_operation(document, question.operation_name)
        structlog.contextvars.bind_contextvars(operation=_label(operation), kind=operation.operation.value)
        if operation.operation is OperationType.MUTATION and method == "GET":
            raise q.BadRequest(
                405, FixInput("a mutation must be sent by POST", code="METHOD_NOT_ALLOWED"), allow="POST"
            )
        if operation.operation is OperationType.SUBSCRIPTION:
            raise FixInput("subscriptions are not served here", code="SUBSCRIPTION_NOT_SUPPORTED", place="query")
        return await self._execute(question, visit, media_type)

    def _caller(self, headers: Headers) -> Caller:
        try:
            caller = self.authenticator.authenticate(headers)
        except AskForRight as problem:
            raise q.BadRequest(401, problem, **{"www-authenticate": 'Bearer error="invalid_token"'}) from None
        structlog.contextvars.bind_contextvars(role=caller.role.value)
        return caller

    async def _execute(self, question: q.Question, visit: "_Arrival", media_type: str) -> Response:
        deadline = asyncio.get_running_loop().time() + visit.budget_s
        context = self.start_visit(visit.caller, visit.purpose, deadline, visit.request_id, visit.workstation)
        try:
            result = await self._run(question, context, deadline)
        except Exception:
            await self.before_answer(context)  # what was read was read, whatever became of the answer
            raise
        extensions = await self.before_answer(context)
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

    async def _run(self, question: q.Question, context: object, deadline: float) -> ExecutionResult:
        try:
            async with asyncio.timeout_at(deadline + self.limits.grace_s):
                return await self.schema.execute(
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


@dataclass(frozen=True, slots=True)
class SchemaText:
    """Serves the printed schema; mounted as `Route("/schema.graphql", SchemaText(sdl))`."""

    sdl: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await PlainTextResponse(self.sdl, headers={"cache-control": "no-cache"})(scope, receive, send)


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Return the operation to run; raises FixInput rather than guess (stock servers run the first of several)."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        raise FixInput("the document holds no operation", code="OPERATION_NOT_FOUND", place="query")
    if name is None:
        if len(operations) > 1:
            text = "the document holds several operations: say which one with operationName"
            raise FixInput(text, code="OPERATION_NAME_REQUIRED", place="operationName")
        return operations[0]
    for operation in operations:
        if operation.name is not None and operation.name.value == name:
            return operation
    raise FixInput("no operation of the document has that name", code="OPERATION_NOT_FOUND", place="operationName")


def _label(operation: OperationDefinitionNode) -> str:
    return redact(operation.name.value[:64]) if operation.name is not None else "(anonymous)"


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
