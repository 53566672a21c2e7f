"""Runs several gateway processes on one listening socket, and replaces one that dies.

As a module it is one of them: `python -m gateway.workers DESCRIPTOR` serves on the inherited socket, says so on
standard output, and ends when its standard input does.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable

import structlog

from gateway.app import build_app
from gateway.server import SHUTDOWN_S, end_with_parent, serve
from gateway.settings import environment, load
from gateway.telemetry import configure_logging

MOST = 64
MODULE = "gateway.workers"
# A worker that lived shorter than this is replaced after a pause, not at once.
SHORT_LIFE_S = 5.0
PAUSE_S = 1.0
log = structlog.stdlib.get_logger("tongban.workers")


class WorkerFailed(Exception):
    """A worker did not start; its own line says why."""


def serve_with(workers: int, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, then let the workers end; `on_ready` is called when all of them answer.

    They share the socket, so a connection waits for whoever is free, and one that dies takes no waiting one along.
    Raises WorkerFailed if one of them cannot even start.
    """
    configure_logging()
    listener.listen(2048)
    try:
        asyncio.run(_keep_all(workers, listener.fileno(), on_ready))
    finally:
        listener.close()


async def _keep_all(workers: int, descriptor: int, on_ready: Callable[[], None]) -> None:
    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    ready = [asyncio.Event() for _ in range(workers)]
    announcing = asyncio.create_task(_announce(ready, on_ready))
    keeping = [asyncio.create_task(_keep(descriptor, event)) for event in ready]
    stopping = asyncio.create_task(_until(stop))
    try:
        done, _ = await asyncio.wait([stopping, *keeping], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # a worker that could not start
    finally:
        for task in (announcing, stopping, *keeping):
            task.cancel()
        await asyncio.gather(announcing, stopping, *keeping, return_exceptions=True)


async def _announce(ready: list[asyncio.Event], on_ready: Callable[[], None]) -> None:
    for event in ready:
        await event.wait()
    on_ready()


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


async def _keep(descriptor: int, ready: asyncio.Event) -> None:
    """Keep one worker alive until cancelled. Raises WorkerFailed if the first one never answers."""
    clock = asyncio.get_running_loop().time
    while True:
        begun = clock()
        async with _worker(descriptor) as process:
            if process.stdout is not None and await process.stdout.readline():
                ready.set()
            elif not ready.is_set():
                raise WorkerFailed("a worker did not start")
            status = await process.wait()
        log.warning("a worker ended and is replaced", exit_status=status)
        if clock() - begun < SHORT_LIFE_S:
            await asyncio.sleep(PAUSE_S)


@contextlib.asynccontextmanager
async def _worker(descriptor: int) -> AsyncIterator[Process]:
    command = [sys.executable, "-P", "-m", MODULE, str(descriptor)]
    # A session of its own: Ctrl-C reaches the parent, which ends its workers when it is done.
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, pass_fds=(descriptor,), start_new_session=True
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(SHUTDOWN_S + 5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def main() -> None:
    """Be one worker."""
    end_with_parent()
    with socket.socket(fileno=int(sys.argv[1])) as listener:
        serve(build_app(load(environment())), listener, lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
