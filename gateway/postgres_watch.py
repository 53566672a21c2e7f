"""Ends what runs on an embedded PostgreSQL server when that server ends on its own."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.postgres import PostgresServer
from gateway.postgres_binaries import PostgresProblem

# A lost connection may be noticed before the keeper has ended.
GRACE_S = 0.5


@contextmanager
def while_running(server: PostgresServer) -> Iterator[None]:
    """Run the block; if the server ends on its own, stop it as SIGTERM would.

    Raises PostgresProblem then, in the place of whatever the block raised.
    """
    done = threading.Event()

    def watch() -> None:
        server.wait()
        if not done.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    except KeyboardInterrupt:
        if server.is_running:
            raise
        raise _ended(server) from None
    except Exception:
        if not server.wait(GRACE_S):
            raise
        raise _ended(server) from None
    finally:
        done.set()
    if not server.is_running:
        raise _ended(server)


def _ended(server: PostgresServer) -> PostgresProblem:
    return PostgresProblem(f"PostgreSQL has ended (see {server.folder / 'log'}); the data is kept, start again")
