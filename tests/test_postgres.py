"""The embedded server: who may enter, and what is left after every kind of end."""

import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway import postgres_home
from gateway.postgres import PostgresServer
from gateway.postgres_binaries import WHEEL, PostgresProblem, choose_account, find_binaries, installations
from gateway.postgres_home import HomeInUse

ROOT = Path(__file__).parent.parent
NewHome = Callable[[], Path]

START_AND_WAIT = """
import sys
from pathlib import Path
from gateway.postgres import PostgresServer
server = PostgresServer.start(Path(sys.argv[1]))
print(server.port, flush=True)
sys.stdin.read()
"""


def started_elsewhere(home: Path) -> "subprocess.Popen[str]":
    """Start the server of `home` in another process; it is ready when this returns."""
    command = [sys.executable, "-c", START_AND_WAIT, str(home)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip().isdigit()
    return process


def postmaster(home: Path) -> int:
    data = postgres_home.data_place(home / "postgres")
    return int((data / "postmaster.pid").read_text().split("\n")[0])


def killed(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def seconds_until_gone(pid: int) -> float:
    """Wait for the end of a process that is not a child."""
    begun = time.monotonic()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return 0.0
    try:
        gone, _, _ = select.select([descriptor], [], [], 20)
        assert gone, "the server lives on"
    finally:
        os.close(descriptor)
    return time.monotonic() - begun


async def test_data_and_port_survive_a_restart_of_less_than_two_seconds(new_home: NewHome) -> None:
    home = new_home()
    server = PostgresServer.start(home)
    connection = await asyncpg.connect(await server.ensure_database("kept", "keeper", "first"))
    await connection.execute("CREATE TABLE note AS SELECT 'still here' AS text")
    await connection.close()
    server.stop()
    begun = time.monotonic()
    again = PostgresServer.start(home)
    assert time.monotonic() - begun < 2
    connection = await asyncpg.connect(again.url("kept", "keeper", "first"))
    assert await connection.fetchval("SELECT text FROM note") == "still here"
    await connection.close()
    again.stop()
    assert again.port == server.port
    assert not again.is_running
    assert not again.socket_folder.exists()


async def test_the_server_dies_with_a_killed_parent_and_starts_again(new_home: NewHome) -> None:
    home = new_home()
    parent = started_elsewhere(home)
    first = postmaster(home)
    killed(parent)
    begun = time.monotonic()
    again = PostgresServer.start(home)
    assert time.monotonic() - begun < 2
    assert seconds_until_gone(first) == 0.0
    assert postmaster(home) != first
    again.stop()


async def test_the_server_dies_when_its_keeper_is_killed_too(new_home: NewHome) -> None:
    home = new_home()
    parent = started_elsewhere(home)
    pid = postmaster(home)
    status = Path(f"/proc/{pid}/status").read_text()
    keeper = int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])
    os.kill(keeper, signal.SIGKILL)
    assert seconds_until_gone(pid) < 10
    killed(parent)
    sockets = Path((home / "postgres" / "sockets").read_text())
    assert sockets.exists()
    PostgresServer.start(home).stop()
    assert not sockets.exists()


async def test_a_killed_server_leaves_a_pid_file_that_does_not_matter(
    postgres: PostgresServer, new_home: NewHome
) -> None:
    home = new_home()
    parent = started_elsewhere(home)
    pid = postmaster(home)
    os.kill(pid, signal.SIGKILL)
    seconds_until_gone(pid)
    killed(parent)
    # The worst case after a restart of the machine: the number belongs to another server of the same account by now.
    pidfile = postgres_home.data_place(home / "postgres") / "postmaster.pid"
    lines = pidfile.read_text().split("\n")
    pidfile.write_text("\n".join([str(postmaster(postgres.folder.parent)), *lines[1:]]))
    server = PostgresServer.start(home)
    connection = await asyncpg.connect(server.admin_url())
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()
    server.stop()


def test_one_home_serves_one_process(new_home: NewHome) -> None:
    home = new_home()
    parent = started_elsewhere(home)
    with pytest.raises(HomeInUse, match=rf"is in use by process {parent.pid}; stop it, or use another TONGBAN_HOME"):
        PostgresServer.start(home)
    os.kill(postmaster(home), 0)  # it is alive
    killed(parent)


def test_two_homes_are_served_side_by_side(postgres: PostgresServer, new_home: NewHome) -> None:
    other = PostgresServer.start(new_home())
    assert other.port != postgres.port
    assert postgres.is_running
    other.stop()


async def test_a_wrong_password_is_refused_on_both_ways_in(postgres: PostgresServer) -> None:
    await postgres.ensure_database("guarded", "guard", "right")
    door: dict[str, Any] = {"port": postgres.port, "user": "guard", "database": "guarded", "passfile": "/dev/null"}
    for host in ("127.0.0.1", str(postgres.socket_folder)):
        for wrong in ("wrong", ""):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(**door, host=host, password=wrong)
        connection = await asyncpg.connect(**door, host=host, password="right")
        assert await connection.fetchval("SELECT current_user") == "guard"
        await connection.close()


async def test_the_role_of_one_city_cannot_enter_the_database_of_another(postgres: PostgresServer) -> None:
    await postgres.ensure_database("city_a", "a", "secret of a")
    await postgres.ensure_database("city_b", "b", "secret of b")
    for database in ("city_b", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(postgres.url(database, "a", "secret of a"))
    connection = await asyncpg.connect(postgres.url("city_a", "a", "secret of a"))
    rights = await connection.fetchrow("SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'a'")
    assert rights is not None
    assert tuple(rights) == (False, False, False)
    await connection.close()


async def test_a_database_and_its_role_are_made_once_and_the_password_follows(postgres: PostgresServer) -> None:
    first = await postgres.ensure_database("twice", "twin", "one")
    connection = await asyncpg.connect(first)
    await connection.execute("CREATE TABLE mark ()")
    await connection.close()
    second = await postgres.ensure_database("twice", "twin", "it's / an:odd @one")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(first)
    connection = await asyncpg.connect(second)
    assert await connection.fetchval("SELECT count(*) FROM mark") == 0
    await connection.close()


async def test_prepared_transactions_and_code_point_order_are_on(postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres.admin_url())
    assert await connection.fetchval("SHOW max_prepared_transactions") == "64"
    assert (
        await connection.fetchval("SELECT string_agg(c, '' ORDER BY c) FROM unnest(ARRAY['一','a','Z','é']) c")
        == "Zaé一"
    )
    await connection.close()


async def test_a_failing_statement_leaves_no_word_in_the_log(postgres: PostgresServer) -> None:
    connection = await asyncpg.connect(postgres.admin_url())
    await connection.execute("CREATE TEMP TABLE unique_word (word text PRIMARY KEY)")
    for fault in ("INSERT INTO unique_word VALUES ('tell-tale'), ('tell-tale')", "SELECT 'tell-tale'::date"):
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(fault)
    await connection.close()
    assert "tell-tale" not in (postgres.folder / "log").read_text()


def test_secrets_in_the_home_are_for_the_owner_only(postgres: PostgresServer) -> None:
    password = postgres.folder / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert len(password.read_text()) == 32
    command_lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in command_lines if password.read_bytes() in line]


def test_the_pinned_wheel_comes_before_the_machines_programs() -> None:
    first = next(installations())
    assert WHEEL in first.folder.parts
    assert first.major == 18


def test_data_of_another_major_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresProblem, match=r"was made by PostgreSQL 9, found here: 18.*; use another TONGBAN_HOME"):
        find_binaries(tmp_path, choose_account(tmp_path))


def test_a_half_made_data_folder_is_made_anew(new_home: NewHome) -> None:
    home = new_home()
    half = home / "postgres" / "unfinished-x"
    half.mkdir(parents=True)
    half.parent.chmod(0o711)
    (half / "PG_VERSION").write_text("18\n")
    server = PostgresServer.start(home)
    server.stop()
    assert not half.exists()


def test_a_missing_password_is_told_in_one_line(new_home: NewHome) -> None:
    home = new_home()
    PostgresServer.start(home).stop()
    (home / "postgres" / "password").unlink()
    with pytest.raises(PostgresProblem, match=r"password is missing but .* has data; put it back"):
        PostgresServer.start(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's stand-in can be kept out of a home")
def test_root_keeps_data_elsewhere_if_the_home_is_closed(
    tmp_path: Path, new_home: NewHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.postgres_binaries.REACHABLE", new_home() / "open")
    closed = tmp_path / "closed home"
    closed.mkdir(mode=0o700)
    server = PostgresServer.start(closed)
    server.stop()
    place = Path((closed / "postgres" / "elsewhere").read_text().strip())
    assert (place / "PG_VERSION").read_text() == "18\n"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    PostgresServer.start(closed).stop()
    assert not (closed / "postgres" / "data").exists()
