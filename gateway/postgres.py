"""Runs the embedded PostgreSQL server of one home folder.

Everything is kept in `HOME/postgres`: `data` (or, if root starts it and the account that runs the server cannot reach
the home, a pointer `elsewhere`), the superuser's `password`, the `port`, the `log`, and the `lock` that lets one
process at a time use the home.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode

import asyncpg

from gateway import postgres_keeper
from gateway.postgres_binaries import (
    Account,
    Binaries,
    PostgresProblem,
    choose_account,
    find_binaries,
)
from gateway.postgres_home import (
    choose_port,
    clear_leftovers,
    data_place,
    open_folder,
    superuser_password,
    take_lock,
)

SUPERUSER = "postgres"
START_SECONDS = 300  # recovery after a crash of a large home
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
    "max_prepared_transactions": "64",
    "shared_buffers": "128MB",
    "wal_level": "minimal",  # nobody replicates; a bulk load into a new table writes no log twice
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    # No statement, parameter or detail reaches the log: they could hold a citizen's number.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class PostgresServer:
    """A running server; make it with `start`, end it with `stop`. It also ends when this process ends, however."""

    def __init__(
        self, folder: Path, keeper: "subprocess.Popen[bytes]", socket_folder: Path, port: int, secret: str
    ) -> None:
        self.folder = folder
        self.socket_folder = socket_folder
        self.port = port
        self._keeper = keeper
        self._password = secret

    @classmethod
    def start(cls, home: Path, port: int | None = None, options: Mapping[str, str] | None = None) -> Self:
        """Start the server of `home`, which is made on first use; `port` None: the one of last time, if it is free.

        `options` are server settings on top of OPTIONS. Raises HomeInUse or PostgresProblem, both one line.
        """
        try:
            return cls._start(home.resolve(), port, {**OPTIONS, **(options or {})})
        except PermissionError as error:
            raise PostgresProblem(
                f"{error.filename or home} cannot be used by this user; use another TONGBAN_HOME"
            ) from error

    @classmethod
    def _start(cls, home: Path, port: int | None, options: Mapping[str, str]) -> Self:
        folder = open_folder(home)
        lock = take_lock(folder)
        try:
            data = data_place(folder)
            account = choose_account(data)
            binaries = find_binaries(data, account)
            secret = superuser_password(folder, data)
            if not data.exists():
                _initialise(data, account, binaries, secret)
            clear_leftovers(folder, data)
            chosen = choose_port(folder, port)
            socket_folder = _socket_folder(account)
            (folder / "sockets").write_text(str(socket_folder))
            settings = {**options, "port": str(chosen), "unix_socket_directories": str(socket_folder)}
            command = [binaries.program("postgres"), "-D", str(data)]
            command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            keeper = _keep(command, account, socket_folder, lock, folder / "log")
            server = cls(folder, keeper, socket_folder, chosen, secret)
            _wait_until_ready(server, data)
        finally:
            os.close(lock)  # the keeper and the server hold it now
        return server

    @property
    def is_running(self) -> bool:
        """Whether the server's keeper is alive."""
        return self._keeper.poll() is None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the server's keeper has ended, for so many seconds at most; return whether it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._keeper.wait(seconds)
        return not self.is_running

    def url(self, database: str, role: str, password: str) -> str:
        """Return the address of a database for `role`, over the unix socket."""
        place = urlencode({"host": str(self.socket_folder), "port": self.port})
        return f"postgresql://{quote(role)}:{quote(password, safe='')}@/{quote(database)}?{place}"

    def admin_url(self, database: str = "postgres") -> str:
        """Return the address of a database for the superuser."""
        return self.url(database, SUPERUSER, self._password)

    async def ensure_role(self, role: str, password: str) -> None:
        """Make a login role without any right of its own, or give the existing one this password."""
        async with self._as_superuser() as connection:
            await _ensure_role(connection, role, password)

    async def ensure_database(self, name: str, owner: str, password: str) -> str:
        """Make a database that only its own role `owner` may enter; return that role's address of it."""
        async with self._as_superuser() as connection:
            await _ensure_role(connection, owner, password)
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                await connection.execute(f"CREATE DATABASE {_identifier(name)} OWNER {_identifier(owner)}")
            for database in (name, "postgres", "template1"):
                await connection.execute(f"REVOKE ALL ON DATABASE {_identifier(database)} FROM PUBLIC")
        return self.url(name, owner, password)

    async def drop_database(self, name: str) -> None:
        """Remove a database with everything in it; connections to it are ended."""
        async with self._as_superuser() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    async def begin_checkpoint(self) -> None:
        """Have everything written to disk in the background, so that a stop that comes soon has little left to do."""
        async with self._as_superuser() as connection:
            with contextlib.suppress(TimeoutError):  # who asked need not wait: the checkpointer goes on
                await connection.execute("CHECKPOINT", timeout=0.2)

    @asynccontextmanager
    async def _as_superuser(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.admin_url())
        try:
            yield connection
        finally:
            await connection.close()

    def stop(self) -> None:
        """Shut the server down and wait for its end; calling it twice is fine."""
        if self._keeper.stdin:
            self._keeper.stdin.close()
        self._keeper.wait(60)
        (self.folder / "lock").write_text("")  # a process that is the last to let go is waited for, not refused


async def _ensure_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    word = await connection.fetchval("SELECT quote_literal($1)", password)
    verb = "ALTER" if known else "CREATE"
    await connection.execute(
        f"{verb} ROLE {_identifier(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {word}"
    )


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _initialise(data: Path, account: Account, binaries: Binaries, secret: str) -> None:
    """Make the data folder; it gets its name only when it is complete, so a half-made one is never used."""
    for left in data.parent.glob("unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=data.parent))
    account.own(unfinished)
    note = _socket_folder(account)  # a short-lived folder of that account
    try:
        pwfile = note / "password"
        with os.fdopen(os.open(pwfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret)
        account.own(pwfile)
        order = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
        made = account.run([
            binaries.program("initdb"), "-D", str(unfinished), "-U", SUPERUSER, "-E", "UTF8", "--locale=C", *order,
            "--auth=scram-sha-256", f"--pwfile={pwfile}",
        ])  # fmt: skip
    finally:
        shutil.rmtree(note, ignore_errors=True)
    if made.returncode != 0:
        raise PostgresProblem(f"initdb failed: {_last_line(made.stderr)}")
    rules = unfinished / "pg_hba.conf"
    rules.write_text("local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n")
    unfinished.rename(data)


def _socket_folder(account: Account) -> Path:
    """Make a folder with a short path (a unix socket's path has 107 bytes at most) that only `account` may enter."""
    folder = Path(tempfile.mkdtemp(prefix="tongban-", dir="/tmp" if os.access("/tmp", os.W_OK) else None))  # noqa: S108
    account.own(folder)
    return folder


def _keep(command: list[str], account: Account, socket_folder: Path, lock: int, log: Path) -> "subprocess.Popen[bytes]":
    if log.exists():
        log.replace(log.with_name("log.previous"))
    user, group = account.numbers
    keeper = [
        sys.executable,
        "-I",
        "-S",
        postgres_keeper.__file__,
        str(user),
        str(group),
        str(socket_folder),
        str(lock),
    ]
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [*keeper, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd="/",
            pass_fds=(lock,),
            start_new_session=True,  # Ctrl-C reaches the gateway, which stops the server when it is done
        )


def _wait_until_ready(server: PostgresServer, data: Path) -> None:
    pidfile = data / "postmaster.pid"
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        with contextlib.suppress(OSError):
            lines = pidfile.read_text().split("\n")
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
        if not server.is_running:
            break
        time.sleep(0.01)
    server.stop()
    log = server.folder / "log"
    raise PostgresProblem(f"PostgreSQL did not start: {_last_line(log.read_text(errors='replace'))} (see {log})")


def _last_line(text: str) -> str:
    """The line that names the trouble: the last FATAL or error, else the last at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line]
    return (telling or lines or ["no output"])[-1]
