"""The gateway as one ASGI application: what it is made of, in the order a request meets it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from gateway.answers import Answer
from gateway.auth import Authenticator, KeyFile
from gateway.cities_asked import cities_asked, may_be_told
from gateway.endpoint import GraphQLEndpoint, SchemaText
from gateway.executor_counts import ExecutorCounts
from gateway.health import ReadinessWatch, Watched, live
from gateway.limits import Limits
from gateway.paths import Paths
from gateway.playground.page import PersonaToken, playground_routes
from gateway.province import open_province
from gateway.settings import Settings
from gateway.telemetry import Metrics, RequestLog
from resolvers.audit import settle
from resolvers.caller import Caller, Purpose
from resolvers.clock import Clock, SystemClock
from resolvers.province import City, Province
from resolvers.registry_work import Worker
from resolvers.visit import Visit
from schema.build import build_schema
from schema.context import Context
from schema.executor.compiled import CompiledSchema


def build_app(
    settings: Settings, clock: Clock | None = None, personas: Callable[[], Sequence[PersonaToken]] | None = None
) -> Paths:
    """Return the application. `personas` is given by the demo only: the playground then offers their tokens."""
    schema = CompiledSchema(build_schema())
    metrics = Metrics()
    metrics.registry.register(ExecutorCounts(schema.counts))
    gateway = Gateway(settings, clock or SystemClock(), metrics)
    endpoint = GraphQLEndpoint(
        schema,
        gateway.start_visit,
        gateway.authenticator(),
        Limits(deadline_s=settings.deadline_s),
        gateway.before_answer,
    )
    others = Starlette(
        routes=[
            Route("/graphql", endpoint),  # only for those who write /graphql/
            Route("/", RedirectResponse("/playground")),
            Route("/schema.graphql", SchemaText(schema.as_str() + "\n")),
            Route("/health/live", live),
            Route("/health/ready", gateway.ready),
            Route("/metrics", metrics),
            *playground_routes(personas),
        ],
        middleware=[Middleware(RequestLog, metrics=metrics)],
        lifespan=gateway.lifespan,
    )
    # The router and its middleware are a tenth of what a small query costs.
    return Paths({"/graphql": RequestLog(endpoint, metrics)}, others)


@dataclass(slots=True)
class Gateway:
    """One running process: the province is open between start-up and shutdown."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    _province: Province | None = None
    _watch: ReadinessWatch | None = None

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Open the province, hear of changes, carry cases on; then stop in the opposite order."""
        async with open_province(self.settings, self.clock) as province:
            self._province, self._watch = province, _watch(province)
            duties = [asyncio.create_task(province.locator.listen()), asyncio.create_task(Worker(province).run())]
            try:
                yield
            finally:
                for duty in duties:
                    duty.cancel()
                await asyncio.gather(*duties, return_exceptions=True)

    def authenticator(self) -> Authenticator:
        """Return who may be believed."""
        issuers = [KeyFile.read(issuer.name, issuer.keys) for issuer in self.settings.issuers]
        return Authenticator(issuers, self.settings.audience, self.clock.now)

    def start_visit(
        self,
        caller: Caller,
        purpose: Purpose | None,
        deadline: float,
        request_id: str,
        workstation: str | None,
        tells_cities: bool,
    ) -> Context:
        """Begin one request."""
        province = self._opened()
        visit = Visit.start(province, caller, purpose, deadline, request_id, workstation)
        return Context(province, visit, tells_cities and may_be_told(caller))

    async def before_answer(self, context: object) -> Mapping[str, object] | None:
        """Count the registry calls, and return once it is durable whom the request looked at; may tell the cities.

        Raises TryLater(AUDIT_UNAVAILABLE): then nothing of the request may leave.
        """
        if isinstance(context, Context):
            for outcome in context.visit.outcomes:
                self.metrics.registry_call(outcome.city, outcome.status, outcome.elapsed_ms)
            await settle(context.province, context.visit)
            if context.tells_cities:
                return {"cities": cities_asked(context.visit.outcomes)}
        return None

    async def ready(self, request: Request) -> Answer:
        """Answer /health/ready."""
        if self._watch is None:
            raise RuntimeError("asked before start-up")
        return await self._watch.ready(request)

    def _opened(self) -> Province:
        if self._province is None:
            raise RuntimeError("asked before start-up")
        return self._province


def _watch(province: Province) -> ReadinessWatch:
    cities = [Watched(city.slug, city.registry.health, partial(_breaker, city)) for city in province.cities.values()]
    return ReadinessWatch(province.ledger.health, cities)


def _breaker(city: City) -> str:
    return city.line.state.value
