"""The demo as a user starts it: first start, second start, half-finished start, clean end."""

import asyncio
import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest
from graphql import parse, validate

from gateway.demo.greeting import QUERY, greeting
from gateway.demo.notes import read_notes, write_note
from gateway.demo.personas import PERSONAS, STORY_NUMBER
from gateway.postgres import PostgresServer
from schema.build import build_schema

ROOT = Path(__file__).parent.parent
SMALL = 20_000
CITIES = {
    "hangzhou", "ningbo", "wenzhou", "jiaxing", "huzhou", "shaoxing", "jinhua", "quzhou", "zhoushan", "taizhou",
    "lishui",
}  # fmt: skip


@dataclass
class Demo:
    """A running demo: its process, its address, and what it printed until it was ready."""

    process: "subprocess.Popen[str]"
    port: int
    printed: str

    def token(self, persona: str) -> str:
        """The token it printed for a persona."""
        found = re.search(rf"^  {persona}: .*\n  (\S+)$", self.printed, re.MULTILINE)
        assert found
        return found[1]

    def ended_by(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code; there may be nothing but the log of requests."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        assert {json.loads(line)["event"] for line in errors.splitlines()} <= {"request"}
        assert STORY_NUMBER not in errors
        return self.process.returncode


def command(home: Path, *arguments: str) -> tuple[list[str], dict[str, str], int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {**os.environ, "TONGBAN_HOME": str(home), "TONGBAN_PORT": str(port)}
    return [sys.executable, "-P", "-m", "gateway.cli", "demo", *arguments], environment, port


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[Demo]:
    """Start the demo and wait until it says that it is ready."""
    order, environment, port = command(home, *arguments)
    process = subprocess.Popen(
        order, env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if line.startswith("Ctrl-C ends it"):
                break
        else:
            pytest.fail(printed + process.communicate()[1])
        yield Demo(process, port, printed)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Path]) -> Path:
    """A home that a first start has filled."""
    made = new_home() / "deep" / "home of the demo"
    made.parent.mkdir()
    made.parent.chmod(0o711)
    with running(made, "--scale", str(SMALL)) as demo:
        assert re.search(r"^  Registries .* people$", demo.printed, re.MULTILINE)
        assert re.search(r"^  Locator .* people found$", demo.printed, re.MULTILINE)
        assert demo.ended_by(signal.SIGINT) == 0
    return made


def mark(home: Path, sql: str, city: str = "wenzhou") -> object:
    """Run a statement in a city's database while no demo runs."""
    server = PostgresServer.start(home)

    async def run() -> object:
        connection = await asyncpg.connect(server.admin_url(city))
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    finally:
        server.stop()


def test_the_story_is_answered_from_wenzhou_and_sigterm_ends_it(home: Path) -> None:
    with running(home) as demo:
        headers = {"Authorization": f"Bearer {demo.token('yiwu-officer')}", "Tongban-Purpose": "D02"}
        url = f"http://127.0.0.1:{demo.port}/graphql"
        body = {"query": QUERY, "variables": {"n": STORY_NUMBER}}
        answered = httpx.post(url, json=body, headers=headers, timeout=30).json()
        assert answered["data"]["person"]["source"] == {"city": "wenzhou"}
        assert answered["data"]["person"]["household"]["book"] == {"state": "VALID"}
        assert set(re.findall(r"^  ([a-z-]+): ", demo.printed, re.MULTILINE)) == set(PERSONAS)
        assert demo.ended_by(signal.SIGTERM) == 0


def test_the_second_start_keeps_data_and_keys_and_fills_nothing(home: Path) -> None:
    mark(home, "CREATE TABLE kept_mark ()")
    files = [path for path in (home / "secrets").iterdir() if path.is_file()]
    before = {path.name: path.read_bytes() for path in files}
    with running(home) as demo:
        assert "Registries" not in demo.printed
        assert "Locator" not in demo.printed
        assert demo.ended_by(signal.SIGINT) == 0
    assert {path.name: path.read_bytes() for path in (home / "secrets").iterdir()} == before
    assert mark(home, "DROP TABLE kept_mark") is None


def test_every_city_has_its_own_database_and_role(home: Path) -> None:
    sql = (
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database JOIN pg_roles owner ON owner.oid = datdba "
        "WHERE owner.rolname = datname AND NOT rolsuper AND datname <> 'postgres'"
    )
    assert set(str(mark(home, sql)).split()) == CITIES | {"ledger"}


def test_a_half_filled_registry_is_made_anew_and_the_locator_with_it(home: Path) -> None:
    server = PostgresServer.start(home)
    try:
        asyncio.run(write_note(server, "lishui", ""))
    finally:
        server.stop()
    mark(home, "CREATE TABLE left_over ()", "lishui")
    with running(home) as demo:
        assert re.search(r"^  Registries .* people$", demo.printed, re.MULTILINE)
        assert "Locator" in demo.printed
        assert demo.ended_by(signal.SIGINT) == 0
    assert mark(home, "SELECT to_regclass('left_over')", "lishui") is None
    server = PostgresServer.start(home)
    try:
        notes = asyncio.run(read_notes(server))
    finally:
        server.stop()
    assert {notes[city] for city in CITIES} == {f"Tongban stand-in registry, complete, 1:{SMALL}"}


@pytest.mark.parametrize(
    ("scale", "line"),
    [
        ("1000", f"demo: this home was filled with --scale {SMALL}; use that, or another TONGBAN_HOME\n"),
        ("9", "demo: --scale is the N of 1:N and at least 10\n"),
    ],
)
def test_a_scale_that_cannot_be_is_one_line(home: Path, scale: str, line: str) -> None:
    order, environment, _ = command(home, "--scale", scale)
    done = subprocess.run(order, env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, line)


def test_a_home_in_use_is_one_line(home: Path) -> None:
    server = PostgresServer.start(home)
    try:
        order, environment, _ = command(home)
        done = subprocess.run(order, env=environment, cwd="/", capture_output=True, text=True, check=False)
    finally:
        server.stop()
    assert done.returncode == 1
    assert done.stderr == f"demo: {home} is in use by process {os.getpid()}; stop it, or use another TONGBAN_HOME\n"


def test_what_the_home_keeps_secret_is_for_its_owner_only(home: Path) -> None:
    secret = [*(home / "secrets").iterdir(), home / "settings.toml", home / "postgres" / "password"]
    assert len(secret) == len(CITIES) + 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700


def test_the_greetings_query_fits_the_schema() -> None:
    assert validate(build_schema()._schema, parse(QUERY)) == []  # noqa: SLF001  strawberry's only way to graphql-core


@pytest.mark.parametrize(
    ("home", "call"),
    [
        (ROOT / ".tongban", "$(python3 run.py token yiwu-officer)"),
        (Path("/a b"), "$(TONGBAN_HOME='/a b' python3 run.py token yiwu-officer)"),
    ],
)
def test_the_greetings_command_can_be_pasted(home: Path, call: str) -> None:
    text = greeting(8000, home, ROOT / ".tongban", {})
    assert f"-H \"Authorization: Bearer {call}\" -H 'Tongban-Purpose: D02'" in text
    words = shlex.split(text[text.index("  curl") : text.index("Ctrl-C")].replace("\\\n", ""))
    assert words[:3] == ["curl", "-s", "http://127.0.0.1:8000/graphql"]
    assert STORY_NUMBER in words[-1]
