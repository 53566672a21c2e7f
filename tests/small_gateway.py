"""A gateway in small: the real endpoint on a real server over a schema of a few fields."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import NewType

import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gateway.auth import Authenticator
from gateway.endpoint import GraphQLEndpoint, SchemaText
from gateway.limits import Limits
from gateway.paths import Paths
from gateway.server import config_of, listen
from gateway.telemetry import Metrics, RequestLog
from resolvers.caller import Caller, Purpose
from resolvers.clock import SystemClock
from resolvers.problems import FixInput, TryLater

CitizenNumber = NewType("CitizenNumber", str)


def refuse_number(_text: object) -> str:
    """Refuse every number, as a scalar does for a bad one."""
    raise FixInput("the check character does not fit", code="NUMBER_INVALID", place="number", fault="CHECKSUM")


@strawberry.enum
class Town(Enum):
    """Two towns."""

    YIWU = "YIWU"
    LUCHENG = "LUCHENG"


@dataclass
class Visit:
    """What the endpoint started a request with, and what ran in it."""

    caller: Caller
    purpose: Purpose | None
    deadline: float
    request_id: str
    workstation: str | None
    tells_cities: bool


@dataclass
class Journal:
    """What happened behind the endpoint."""

    visits: list[Visit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


JOURNAL = Journal()


@strawberry.type
class Link:
    """A link of an endless chain."""

    name: str

    @strawberry.field
    def next(self) -> "Link":
        """Go on."""
        return Link(name=self.name)


@strawberry.type
class Query:
    """Fields that go well or wrong."""

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        """Greet."""
        return f"hello {name}"

    @strawberry.field
    def first(self, first: int, town: Town | None = None) -> int:
        """Return the argument."""
        return first

    @strawberry.field
    def born(self, on: date) -> date:
        """Return the argument."""
        return on

    @strawberry.field
    def person(self, number: CitizenNumber) -> str | None:
        """Fail on the argument."""
        return "never reached"

    @strawberry.field
    def chain(self) -> Link:
        """Begin the chain."""
        return Link(name="link")

    @strawberry.field
    def away(self) -> str | None:
        """Fail with a problem."""
        raise TryLater("wenzhou does not answer", code="REGISTRY_UNAVAILABLE", place="person", city="wenzhou")

    @strawberry.field
    def crash(self) -> str | None:
        """Fail without one."""
        raise RuntimeError("row of 33030219751120904X")

    @strawberry.field
    def crash_required(self) -> str:
        """Fail where null is not allowed."""
        raise RuntimeError("row of 33030219751120904X")

    @strawberry.field
    async def never(self) -> str:
        """Wait for ever."""
        await asyncio.Event().wait()
        return "unreachable"


@strawberry.type
class Mutation:
    """One visible effect."""

    @strawberry.mutation
    def note(self, text: str) -> str:
        """Leave a trace."""
        JOURNAL.notes.append(text)
        return text


@strawberry.type
class Subscription:
    """Not served yet."""

    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        """Tick once."""
        yield 1


class QuietSchema(strawberry.Schema):
    """A schema that leaves reporting to the endpoint, as the real one does."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Print nothing: strawberry would print the document with its values."""


def small_schema() -> strawberry.Schema:
    """Return the schema."""
    scalars: dict[object, object] = {CitizenNumber: strawberry.scalar(name="CitizenNumber", parse_value=refuse_number)}
    config = StrawberryConfig(scalar_map=scalars)  # type: ignore[arg-type]
    return QuietSchema(Query, Mutation, Subscription, config=config)


def start_visit(
    caller: Caller,
    purpose: Purpose | None,
    deadline: float,
    request_id: str,
    workstation: str | None,
    tells_cities: bool,
) -> Visit:
    """Note the visit and return it as context."""
    JOURNAL.visits.append(Visit(caller, purpose, deadline, request_id, workstation, tells_cities))
    return JOURNAL.visits[-1]


async def before_answer(visit: object) -> Mapping[str, object] | None:
    """Say which request was executed."""
    return {"requestSeen": visit.request_id} if isinstance(visit, Visit) else None


def small_app(
    authenticator: Authenticator | None = None,
    limits: Limits | None = None,
    before: Callable[[object], Awaitable[Mapping[str, object] | None]] = before_answer,
) -> Paths:
    """Compose the application as gateway/app.py does."""
    schema, metrics = small_schema(), Metrics()
    endpoint = GraphQLEndpoint(
        schema,
        start_visit,
        authenticator or Authenticator((), "tongban", SystemClock().now),
        limits or Limits(body_bytes=20_000, grace_s=0.01, shortest_deadline_s=0.01),
        before,
    )
    routes = [
        Route("/schema.graphql", SchemaText(schema.as_str())),
        Route("/metrics", metrics),
        Route("/broken", Broken()),
    ]
    others = Starlette(routes=routes, middleware=[Middleware(RequestLog, metrics=metrics)])
    return Paths({"/graphql": RequestLog(endpoint, metrics)}, others)


class Broken:
    """A route that fails outside of GraphQL."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Fail."""
        raise RuntimeError("row of 33030219751120904X")


@contextlib.asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[str]:
    """Serve the application on a free port, on this event loop; gives its address."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(config_of(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110  uvicorn has no event to wait for
        await asyncio.sleep(0)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()
