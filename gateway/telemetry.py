"""Logs as JSON lines and metrics: what the gateway tells about itself, never about a person."""

import logging
import secrets
import sys
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.answers import JSON, refusal
from gateway.failures import frames_of, of_internal
from gateway.redaction import redact

REQUEST_ID_HEADER = b"tongban-request-id"
_EVERY_ANSWER = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_LETTERS = bytes(ord("a") + byte % 26 for byte in range(256))


@dataclass(slots=True)
class RequestNotes:
    """What the log says about the request being answered; the endpoint fills it in as it finds out."""

    id: str
    operation: str | None = None
    kind: str | None = None
    role: str | None = None


_current: ContextVar[RequestNotes | None] = ContextVar("current_request", default=None)
log = structlog.stdlib.get_logger("tongban.request")


def new_request_id() -> str:
    """Return a fresh id of 20 letters: without digits it can never look like a citizen number."""
    return secrets.token_bytes(20).translate(_LETTERS).decode("ascii")


def current_request() -> RequestNotes:
    """Return the notes of the request being answered, or fresh ones outside of any."""
    return _current.get() or RequestNotes(new_request_id())


def configure_logging(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send the gateway's log lines, and those of the libraries, as JSON lines to `stream` (stderr)."""
    structlog.configure(
        processors=[
            add_request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, FromLibraries)]
    root.addHandler(FromLibraries(logging.WARNING))
    silent = logging.getLogger("strawberry.execution")  # it prints errors with the document; the endpoint logs its own
    silent.handlers, silent.propagate = [logging.NullHandler()], False


class FromLibraries(logging.Handler):
    """Takes the lines of libraries: first line only and frames without texts, for both may repeat values."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        more: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            more |= {"fault": type(error).__qualname__, "frames": frames_of(error)}
        first_line = record.getMessage().partition("\n")[0]
        structlog.stdlib.get_logger().log(record.levelno, first_line, **more)


def add_request(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Say in every line what is known of the request it belongs to."""
    notes = _current.get()
    if notes is not None:
        for name, value in (("operation", notes.operation), ("kind", notes.kind), ("role", notes.role)):
            if value is not None:
                event.setdefault(name, value)
    return event


redactions = Counter(
    "tongban_log_redactions", "Log values that had to be hidden; anything but 0 is a fault", registry=None
)


def redact_event(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Hide what looks like a citizen number, and count it: a line that needs this is a fault elsewhere."""
    for name, value in event.items():
        clean = _redacted(value)
        if clean != value:
            redactions.inc()
            event[name] = clean
    return event


def _redacted(value: object) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if redact(str(value)) == str(value) else redact(str(value))
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    if isinstance(value, dict):
        return {redact(str(key)): _redacted(item) for key, item in value.items()}
    return value


class Metrics:
    """The gateway's numbers for Prometheus; no label ever comes from a client's text."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("tongban_requests", "Requests answered", ["status", "kind"], registry=self.registry)
        self._seconds = Histogram("tongban_request_seconds", "Time to answer", ["kind"], registry=self.registry)
        self._in_flight = Gauge("tongban_requests_in_flight", "Requests being answered", registry=self.registry)
        self._calls = Counter(
            "tongban_registry_calls", "Calls to registries", ["city", "status"], registry=self.registry
        )
        self._call_seconds = Histogram(
            "tongban_registry_call_seconds", "Time of a registry's answer", ["city"], registry=self.registry
        )
        self.registry.register(redactions)
        # Looking a label up costs more than counting.
        self._known: dict[tuple[int, str], tuple[Counter, Histogram]] = {}
        self._known_calls: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def request_started(self) -> None:
        """Count a request in."""
        self._in_flight.inc()

    def request_ended(self, status: int, kind: str, seconds: float) -> None:
        """Count a request out; `kind` is query, mutation or other."""
        self._in_flight.dec()
        counted, timed = self._of_requests(status, kind)
        counted.inc()
        timed.observe(seconds)

    def _of_requests(self, status: int, kind: str) -> tuple[Counter, Histogram]:
        known = self._known.get((status, kind))
        if known is None:
            known = self._requests.labels(str(status), kind), self._seconds.labels(kind)
            self._known[status, kind] = known
        return known

    def registry_call(self, city: str, status: str, elapsed_ms: float) -> None:
        """Count one registry call; the hook the fan-out is given."""
        counted, timed = self._of_calls(city, status)
        counted.inc()
        timed.observe(elapsed_ms / 1000)

    def _of_calls(self, city: str, status: str) -> tuple[Counter, Histogram]:
        known = self._known_calls.get((city, status))
        if known is None:
            known = self._calls.labels(city, status), self._call_seconds.labels(city)
            self._known_calls[city, status] = known
        return known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the numbers, for `Route("/metrics", metrics)`."""
        response = Response(generate_latest(self.registry), headers={"content-type": CONTENT_TYPE_LATEST})
        await response(scope, receive, send)


class RequestLog:
    """Outermost middleware: gives each request its id, one log line, its count, and a typed answer to a crash."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HTTP requests on; other scopes (lifespan) are left alone."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        notes = RequestNotes(new_request_id())
        token = _current.set(notes)
        sender = _Sender(send, notes.id)
        started = time.perf_counter()
        self.metrics.request_started()
        try:
            await self._run(scope, receive, sender, notes.id)
        finally:
            self._end(scope, sender.status, time.perf_counter() - started, notes)
            _current.reset(token)

    async def _run(self, scope: Scope, receive: Receive, sender: "_Sender", request_id: str) -> None:
        try:
            await self.app(scope, receive, sender)
        except Exception as error:
            failure = of_internal(error, request_id)
            if sender.status == 0:
                await refusal([failure], 500, JSON)(scope, receive, sender)

    def _end(self, scope: Scope, status: int, seconds: float, notes: RequestNotes) -> None:
        self.metrics.request_ended(status, notes.kind or "other", seconds)
        log.info(
            "request",
            method=scope["method"],
            path=redact(scope["path"][:200]),
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=notes.id,
        )


class _Sender:
    """Sends on, remembers the status, and adds the headers every answer carries."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            named = (REQUEST_ID_HEADER, self._request_id.encode("ascii"))
            message["headers"] = [*message["headers"], named, *_EVERY_ANSWER]
        await self._send(message)
