"""Applies numbered SQL files to one database, each exactly once."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import asyncpg

FILE_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")
LEDGER_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# A script runs inside one transaction; ending that from within would leave it half-applied on an error.
OWN_TRANSACTION = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION)\s*;", re.IGNORECASE | re.MULTILINE)


class MigrationError(Exception):
    """A script cannot be applied; the text names the file and says why."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Script:
    """One numbered file: its name, its text, and the sha256 of its bytes in hex."""

    name: str
    text: str
    sha256: str


async def migrate(
    connection: asyncpg.Connection, scripts: Traversable, ledger: str = "tongban_migrations"
) -> list[str]:
    """Apply the files `NNNN_name.sql` of the folder `scripts` that are not yet applied; return their names in order.

    Each runs in a transaction of its own, which also notes name and sha256 in the table `ledger`. Several runners at
    once wait for each other. Use one ledger for each folder of scripts. Raises MigrationError: nothing of the failing
    file is applied, the files before it are.
    """
    if not LEDGER_NAME.fullmatch(ledger):
        raise ValueError(f"{ledger!r} is not a plain table name")
    wanted = read_scripts(scripts)
    lock = int.from_bytes(hashlib.sha256(ledger.encode()).digest()[:8], signed=True)
    await connection.execute("SELECT pg_advisory_lock($1)", lock)
    try:
        known = await _applied(connection, ledger)
        missing = _missing(wanted, known)
        for script in missing:
            await _apply(connection, script, ledger)
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock($1)", lock)
    return [script.name for script in missing]


def read_scripts(folder: Traversable) -> list[Script]:
    """Return the scripts of a folder in the order of their numbers; other files than `*.sql` are left alone."""
    return list(
        _in_order(sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name))
    )


def _in_order(files: list[Traversable]) -> Iterator[Script]:
    numbers: dict[str, str] = {}
    for file in files:
        match = FILE_NAME.fullmatch(file.name)
        if match is None:
            raise MigrationError(file.name, "the name must be like 0001_what_it_does.sql")
        first = numbers.setdefault(match["number"], file.name)
        if first != file.name:
            raise MigrationError(file.name, f"has the number of {first}")
        content = file.read_bytes()
        text = content.decode()
        if OWN_TRANSACTION.search(text):
            raise MigrationError(file.name, "must not begin or end a transaction, it runs in one")
        yield Script(file.name, text, hashlib.sha256(content).hexdigest())


async def _applied(connection: asyncpg.Connection, ledger: str) -> dict[str, str]:
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS {ledger} ("
        "name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch(f"SELECT name, sha256 FROM {ledger}")  # noqa: S608  a checked name
    return {row["name"]: row["sha256"] for row in rows}


def _missing(wanted: list[Script], known: dict[str, str]) -> list[Script]:
    for script in wanted:
        if known.get(script.name, script.sha256) != script.sha256:
            raise MigrationError(script.name, "was changed after it had been applied; put it back and add a new file")
    return [script for script in wanted if script.name not in known]


async def _apply(connection: asyncpg.Connection, script: Script, ledger: str) -> None:
    note = f"INSERT INTO {ledger} (name, sha256) VALUES ($1, $2)"  # noqa: S608  a checked name
    try:
        async with connection.transaction():
            await connection.execute(script.text)
            await connection.execute(note, script.name, script.sha256)
    except asyncpg.PostgresError as error:
        raise MigrationError(script.name, f"{error.sqlstate} {error}") from error
