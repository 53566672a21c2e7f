"""GraphQL over HTTP: one ASGI application that takes a request through every check to execution."""

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.types import Receive, Scope, Send

from gateway.auth import Authenticator
from gateway.limits import Limits
from resolvers.caller import Caller, Purpose
from strawberry.types.execution import ExecutionResult


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
    ) -> object: ...


class GraphQLEndpoint:
    """Mounted as `Route("/graphql", GraphQLEndpoint(...))`; answers every method itself."""

    def __init__(
        self,
        schema: GraphQLRunner,
        start_visit: StartVisit,
        authenticator: Authenticator,
        limits: Limits,
        extensions_of: Callable[[object], Mapping[str, object] | None] = lambda _: None,
    ) -> None:
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        raise NotImplementedError
