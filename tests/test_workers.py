"""Several worker processes on one socket: what one of them learns the others know, and what dies is replaced."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from gateway.demo.personas import STORY_NUMBER
from gateway.postgres import PostgresServer
from gateway.server import listen
from gateway.settings import CHECKOUT, HomeSettings, Settings, load, write_settings
from resolvers.ledger.locator import key_of
from tests.cities_down import stopped
from tests.gateways import LOCATOR_KEY, SEAL_KEY, Client, persona_tokens
from tests.journal_rows import journals

PERSON = "query($n: CitizenNumber!) { person(number: $n) { source { city } } }"
STATE = "query($n: ID!) { case(number: $n) { state } }"
APPLY = """mutation($input: ApplyHouseholdBookInput!) {
  applyHouseholdBook(input: $input) { case { number state } refusals { code } } }"""


@dataclass(frozen=True, slots=True)
class Serving:
    """A running `tongban serve --workers 2`."""

    process: "subprocess.Popen[str]"
    port: int
    settings: Settings

    def workers(self) -> set[int]:
        """The processes that serve now."""
        return children_of(self.process.pid)

    @asynccontextmanager
    async def at(self, worker: int) -> AsyncIterator[Client]:
        """A client whose one connection is served by this worker: the others are held while it connects."""
        tokens = persona_tokens(self.settings, datetime.now(UTC))
        url = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=1)) as http:
            with held(self.workers() - {worker}):
                assert (await http.get(f"{url}/health/live")).status_code == 200
            yield Client(url, http, tokens)


def children_of(pid: int) -> set[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return set()
    return {int(child) for child in text.split()}


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def held(pids: set[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110  the kernel tells nobody
            await asyncio.sleep(0)


@pytest.fixture(scope="module")
async def home_settings(
    postgres: PostgresServer, registries: Mapping[str, str], new_home: Callable[[], Path], gateway_settings: Settings
) -> Settings:
    """A home over the seeded registries whose ledger knows nobody yet."""
    home = new_home()
    ledger = await postgres.ensure_database("workers", "workers", "secret")
    # The test's issuer signs with the key of the other home.
    port = free_port()
    write_settings(home, HomeSettings(port, ledger, registries, LOCATOR_KEY, SEAL_KEY, gateway_settings.issuers))
    settings = load({"TONGBAN_HOME": str(home)})
    assert settings.ledger_url == ledger
    return settings


def free_port() -> int:
    with listen("127.0.0.1", 0) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def serving(home_settings: Settings, gateway_settings: Settings) -> Iterator[Serving]:
    environment = {"PATH": os.environ["PATH"], "TONGBAN_HOME": str(home_settings.home)}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.cli", "serve", "--workers", "2"],
        cwd=CHECKOUT,
        env={**environment, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'adapters'}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.endswith("2 workers\n"), line
    yield Serving(process, home_settings.port, gateway_settings)
    process.terminate()
    process.communicate(timeout=60)


async def test_what_one_worker_finds_out_about_an_owner_the_other_one_hears(
    serving: Serving, home_settings: Settings, registries: Mapping[str, str]
) -> None:
    here, there = sorted(serving.workers())
    number = await number_in(registries["hangzhou"])
    async with serving.at(here) as first, serving.at(there) as second:
        for _ in range(3):  # found everywhere, looked up, remembered
            answer = await second.ask(PERSON, {"n": number})
            assert answer.at("person", "source", "city") == "hangzhou"
        ledger = await asyncpg.connect(home_settings.ledger_url)
        async with doubled(registries["ningbo"], number):
            # Without a word: only the first worker, which looks the person up anew, can find out.
            await ledger.execute("DELETE FROM locator WHERE key = $1", key_of(LOCATOR_KEY, number))
            assert (await first.ask(PERSON, {"n": number})).codes == ["DISPUTED"]
            async with asyncio.timeout(30):
                while (await second.ask(PERSON, {"n": number})).codes != ["DISPUTED"]:
                    pass
        await ledger.close()


async def number_in(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        found: str = await connection.fetchval(
            "SELECT id_number FROM person WHERE status = 'active' AND household_id IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        return found
    finally:
        await connection.close()


@asynccontextmanager
async def doubled(url: str, number: str) -> AsyncIterator[None]:
    """Let another registry have an active person of this number for a while."""
    connection = await asyncpg.connect(url)
    copy = "INSERT INTO person (id_number, name, status) VALUES ($1, '双', 'active') RETURNING id"
    added = await connection.fetchval(copy, number)
    try:
        yield
    finally:
        await connection.execute("DELETE FROM person WHERE id = $1", added)
        await connection.close()


async def test_a_case_accepted_by_one_worker_is_finished_once_and_seen_by_the_other(
    serving: Serving, postgres: PostgresServer, registries: Mapping[str, str]
) -> None:
    here, there = sorted(serving.workers())
    application = {
        "idempotencyKey": str(uuid4()),
        "business": "D02",
        "subjectNumber": STORY_NUMBER,
        "station": "330782001000",
        "materials": ["OLD_HB"],
        "oldBookSurrendered": True,
    }
    before = await journals(registries)
    async with serving.at(here) as first, serving.at(there) as second:
        await first.ask(PERSON, {"n": STORY_NUMBER})
        async with stopped(postgres, "wenzhou"):
            accepted = (await first.ask(APPLY, {"input": application})).at("applyHouseholdBook", "case")
            assert isinstance(accepted, dict)
            assert accepted["state"] == "PENDING_REGISTRY"
        async with asyncio.timeout(60):
            while (await second.ask(STATE, {"n": accepted["number"]})).at("case", "state") != "READY_TO_PRINT":
                pass
        again = (await second.ask(APPLY, {"input": application})).at("applyHouseholdBook", "case")
        assert again == {"number": accepted["number"], "state": "READY_TO_PRINT"}
    assert await journals(registries) == {"wenzhou": before["wenzhou"] + 1, "jinhua": before["jinhua"]}


async def test_a_worker_that_dies_is_replaced_while_the_other_one_serves(serving: Serving) -> None:
    dying, living = sorted(serving.workers())
    os.kill(dying, signal.SIGKILL)
    async with httpx.AsyncClient(timeout=30) as http:
        assert (await http.get(f"http://127.0.0.1:{serving.port}/health/live")).status_code == 200
    await until(lambda: len(serving.workers() - {dying}) == 2)
    (new,) = serving.workers() - {dying, living}
    async with serving.at(new) as client:
        assert (await client.ask("{ me { role } }")).at("me", "role") == "OFFICER"


async def test_without_their_parent_the_workers_end_and_the_port_is_free(serving: Serving) -> None:
    workers = serving.workers()
    serving.process.kill()
    await until(lambda: not any(map(is_running, workers)))
    with listen("127.0.0.1", serving.port):
        pass


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_all_of_them_stop_cleanly(serving: Serving, ending: signal.Signals) -> None:
    workers = serving.workers()
    assert len(workers) == 2
    serving.process.send_signal(ending)
    _, errors = await asyncio.to_thread(serving.process.communicate, timeout=60)
    assert (serving.process.returncode, "Traceback" in errors) == (0, False)
    assert not any(map(is_running, workers))


def test_workers_that_cannot_start_are_one_line(tmp_path: Path, home_settings: Settings) -> None:
    # No keys: every worker ends before it answers.
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "gateway.cli", "serve", "--workers", "2"],
        cwd=CHECKOUT,
        env={
            "TONGBAN_HOME": str(home_settings.home),
            "TONGBAN_ISSUER": "nobody",
            "TONGBAN_ISSUER_KEYS": os.devnull,
            "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'adapters'}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == "tongban: a worker did not start"


@pytest.mark.parametrize("workers", ["0", "-1", "65", "1000000"])
def test_a_number_of_workers_that_does_not_fit(workers: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "gateway.cli", "serve", "--workers", workers],
        cwd=CHECKOUT,
        env={"TONGBAN_HOME": str(tmp_path), "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'adapters'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "tongban: --workers does not fit; 1 to 64 would\n")
