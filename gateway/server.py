"""Runs the ASGI application on uvicorn until it is told to stop."""

import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from gateway.telemetry import configure_logging

SHUTDOWN_S = 10
# New objects between two looks for garbage in cycles. One answer is made of thousands, and hardly any is a cycle.
YOUNG_OBJECTS = 10_000


class CannotListen(Exception):
    """The address cannot be had; the text is one line that says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Bind the address before anything slow starts; raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host}:{port} ({error.strerror}); set TONGBAN_PORT to a free port"
        ) from None
    return listener


def config_of(app: ASGIApp) -> uvicorn.Config:
    """Return how uvicorn runs here: one worker, no access log (it prints query strings), no foreign log format."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        spare_collector()
        self._on_ready()


def spare_collector() -> None:
    """Let the garbage collector pass over what was made at start-up, which stays, and look less often at the rest.

    Without this it walks the whole schema and every imported module now and then while requests wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def end_with_parent() -> None:
    """Let this process stop as SIGTERM would when its standard input ends: also when its parent is killed."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def serve(app: ASGIApp, listener: socket.socket, on_ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM, then let running requests end for up to 10 seconds.

    `on_ready` is called once, when the application has started and requests are answered.
    """
    configure_logging()
    # After its clean stop uvicorn raises the signal once more: both end as the one exception that is expected.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = _Server(config_of(app), on_ready)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
