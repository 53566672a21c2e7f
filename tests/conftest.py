"""The real parts that tests share."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.postgres import PostgresServer

# Tests may lose their data: durability only costs time there.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.fixture(scope="session")
def new_home() -> Iterator[Callable[[], Path]]:
    """Make home folders outside pytest's own, which the account that runs PostgreSQL for root cannot enter."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="tongban home "))
        folder.chmod(0o711)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(new_home: Callable[[], Path]) -> Iterator[PostgresServer]:
    """One server for the whole run; a test makes databases of its own in it."""
    server = PostgresServer.start(new_home(), options=FORGETFUL)
    yield server
    server.stop()
