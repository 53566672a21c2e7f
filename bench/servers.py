"""Runs one of the compared servers as a process of its own; as a module it is that process.

    python -m bench.servers gateway|limit|stock HOME

It prints its port when it answers, and ends when its standard input does.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from bench.cities import Cities, open_cities
from bench.limit import limit_app
from bench.stock import stock_app
from gateway.app import build_app
from gateway.server import end_with_parent, listen, serve
from gateway.settings import CHECKOUT, Settings, environment, load

KINDS = ("gateway", "limit", "stock")
START_S = 60


class NotStarted(Exception):
    """A server did not come up; the text names its log."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers on loopback."""

    kind: str
    pid: int
    port: int

    @property
    def url(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self.port}/graphql"


@contextmanager
def running(kind: str, home: Path) -> Iterator[RunningServer]:
    """Run a server over the registries of `home`; its log is `HOME/KIND.log`. Raises NotStarted."""
    log = home / f"{kind}.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", __name__, kind, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=CHECKOUT,
            start_new_session=True,  # Ctrl-C reaches the measuring process, which ends this one
        )
    if process.stdin is None or process.stdout is None:
        raise NotStarted(f"{kind}: no pipes")
    try:
        port = process.stdout.readline().strip()
        if not port:
            raise NotStarted(f"the server {kind} did not start: see {log}")
        yield RunningServer(kind, process.pid, int(port))
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()
        process.stdout.close()


class OverCities:
    """An application that has the registries open between start-up and shutdown."""

    def __init__(self, settings: Settings, build: Callable[[Cities], ASGIApp]) -> None:
        self._settings = settings
        self._build = build
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or open and close."""
        if scope["type"] != "lifespan":
            if self._app is None:
                raise RuntimeError("asked before start-up")
            await self._app(scope, receive, send)
            return
        await receive()
        async with AsyncExitStack() as opened:
            self._app = self._build(await opened.enter_async_context(open_cities(self._settings)))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def app_of(kind: str, settings: Settings) -> ASGIApp:
    """Return the application of one of KINDS."""
    if kind == "gateway":
        return build_app(settings)
    return OverCities(settings, limit_app if kind == "limit" else stock_app)


def main(arguments: Sequence[str]) -> None:
    """Serve until standard input ends."""
    kind, home = arguments
    settings = load({**environment(), "TONGBAN_HOME": home})
    listener = listen("127.0.0.1", 0)
    end_with_parent()
    serve(app_of(kind, settings), listener, lambda: print(listener.getsockname()[1], flush=True))


if __name__ == "__main__":
    main(sys.argv[1:])
