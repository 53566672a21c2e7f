"""The demo as a user starts it: first start, second start, half-finished start, outages, clean end."""

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
from uuid import uuid4

import asyncpg
import httpx
import pytest
from graphql import parse, validate

from gateway.demo.greeting import QUERY, greeting
from gateway.demo.notes import read_notes, write_note
from gateway.demo.personas import PERSONAS, STORY_NUMBER
from gateway.postgres import PostgresServer
from gateway.postgres_home import data_place
from schema.build import build_schema

ROOT = Path(__file__).parent.parent
SMALL = 20_000
APPLY = """mutation($input: ApplyHouseholdBookInput!) { applyHouseholdBook(input: $input) {
  case { number state } refusals { code } } }"""
APPLICATION = {
    "business": "D02",
    "subjectNumber": STORY_NUMBER,
    "station": "330782001000",
    "materials": ["OLD_HB"],
    "oldBookSurrendered": True,
}
# Stands in for the long work, so that only the start of PostgreSQL is seen.
SHORT_DEMO = """
import sys
from pathlib import Path
from gateway import postgres_binaries
from gateway.demo import start
async def prepare(*_): raise start.DemoProblem("that is enough")
postgres_binaries.REACHABLE, start.prepare = Path(sys.argv[1]), prepare
sys.exit(start.run_demo(Path(sys.argv[2]), 0))
"""
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

    def ask(self, query: str, variables: dict[str, object]) -> dict[str, object]:
        """Ask as the counter in Yiwu; return the data."""
        headers = {"Authorization": f"Bearer {self.token('yiwu-officer')}", "Tongban-Purpose": "D02"}
        url, body = f"http://127.0.0.1:{self.port}/graphql", {"query": query, "variables": variables}
        data = httpx.post(url, json=body, headers=headers, timeout=30).json()["data"]
        assert isinstance(data, dict)
        return data

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
        person = demo.ask(QUERY, {"n": STORY_NUMBER})["person"]
        assert isinstance(person, dict)
        assert person["source"] == {"city": "wenzhou"}
        assert person["household"]["book"] == {"state": "VALID"}
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


def at_once(home: Path, *statements: str, database: str = "postgres") -> object:
    """Run statements as the superuser while a demo runs; return the first value of the last one."""
    folder = home / "postgres"

    async def run() -> object:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=int((folder / "port").read_text()), database=database, user="postgres",
            password=(folder / "password").read_text(),
        )  # fmt: skip
        try:
            return [await connection.fetchval(sql) for sql in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(run())


def keeper_of(home: Path) -> int:
    """The process that keeps the server of a running demo."""
    postmaster = (data_place(home / "postgres") / "postmaster.pid").read_text().split("\n")[0]
    status = Path(f"/proc/{postmaster}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])


def test_a_stopped_city_stops_nothing_else_and_its_case_goes_on_when_it_is_back(home: Path) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'wenzhou'"
    with running(home) as demo:
        at_once(home, "ALTER DATABASE wenzhou ALLOW_CONNECTIONS false", cut)
        applied = demo.ask(APPLY, {"input": {**APPLICATION, "idempotencyKey": str(uuid4())}})["applyHouseholdBook"]
        assert isinstance(applied, dict)
        assert (applied["case"]["state"], applied["refusals"]) == ("PENDING_REGISTRY", [])
        demo.process.kill()
    number = applied["case"]["number"]
    look = f"SELECT state FROM cases WHERE number = '{number}'"  # noqa: S608
    with running(home) as demo:
        assert "  wenzhou cannot be reached; it is served when it is back\n" in demo.printed
        assert demo.ask("query($n: ID!) { case(number: $n) { state } }", {"n": number}) == {
            "case": {"state": "PENDING_REGISTRY"}
        }
        state = at_once(home, "ALTER DATABASE wenzhou ALLOW_CONNECTIONS true")
        while state != "READY_TO_PRINT":
            state = at_once(home, look, database="ledger")
            assert state in {"PENDING_REGISTRY", "READY_TO_PRINT"}
        rows = f"SELECT count(*) FROM hjls_hjywlsb WHERE wbajh = '{number}'"  # noqa: S608
        assert at_once(home, rows, database="wenzhou") == 1
    with running(home) as demo:
        assert "cannot be reached" not in demo.printed


def test_a_ledger_that_cannot_be_reached_is_one_line(home: Path) -> None:
    mark(home, "ALTER DATABASE ledger ALLOW_CONNECTIONS false")
    order, environment, _ = command(home)
    done = subprocess.run(order, env=environment, cwd="/", capture_output=True, text=True, check=False)
    mark(home, "ALTER DATABASE ledger ALLOW_CONNECTIONS true")
    assert (done.returncode, done.stderr) == (
        1, "demo: the gateway's own database cannot be reached (ObjectNotInPrerequisiteStateError)\n"
    )  # fmt: skip


def test_when_its_server_is_killed_the_demo_ends_with_one_line(home: Path) -> None:
    with running(home) as demo:
        os.kill(keeper_of(home), signal.SIGKILL)
        printed, errors = demo.process.communicate(timeout=60)
        told = [line for line in errors.splitlines() if not line.startswith("{")]
        log = home / "postgres" / "log"
        assert told == [f"demo: PostgreSQL has ended (see {log}); the data is kept, start again"]
        assert (demo.process.returncode, "stopped" in printed) == (1, False)
    with running(home) as demo:
        assert demo.ended_by(signal.SIGINT) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's stand-in can be kept out of a home")
def test_data_that_is_kept_outside_the_home_is_told_the_first_time(
    tmp_path: Path, new_home: Callable[[], Path]
) -> None:
    closed, place = tmp_path / "closed", new_home() / "open"
    closed.mkdir(mode=0o700)
    command = [sys.executable, "-P", "-c", SHORT_DEMO, str(place), str(closed)]
    lines = []
    for _ in range(2):
        done = subprocess.run(
            command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (1, "demo: that is enough\n")
        lines.append([line for line in done.stdout.splitlines() if "kept in" in line])
    data = (closed / "postgres" / "elsewhere").read_text().strip()
    assert Path(data).is_relative_to(place)
    told = f"  The data is kept in {data}: the account that runs PostgreSQL cannot enter {closed}"
    assert lines == [[told], []]
