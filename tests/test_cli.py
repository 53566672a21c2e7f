"""The `tongban` command as a person at a terminal meets it."""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from gateway import cli
from gateway.auth import Authenticator, KeyFile
from gateway.server import listen
from gateway.settings import CHECKOUT, HomeSettings, Settings, write_settings
from gateway.tokens import AUDIENCE, ensure_issuer
from resolvers.caller import Role
from resolvers.ledger.locator import key_of
from schema.build import build_schema

LOCATOR_KEY = bytes(range(32))
STORY_NUMBER = "33030219751120904X"
SLUGS = sorted(path.stem for path in (CHECKOUT / "cities").glob("*.toml"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home whose registries are not there, and use it."""
    urls = {slug: f"postgresql://{slug}:secret@127.0.0.1:1/{slug}" for slug in SLUGS}
    issuers = [ensure_issuer(tmp_path)]
    write_settings(
        tmp_path, HomeSettings(8123, "postgresql://u:secret@127.0.0.1:1/l", urls, LOCATOR_KEY, bytes(64), issuers)
    )
    monkeypatch.setenv("TONGBAN_HOME", str(tmp_path))
    return tmp_path


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must fail with one line and nothing else; return the line."""
    assert cli.main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tongban: ")
    assert err.count("\n") == 1
    assert "secret" not in err
    return err.removeprefix("tongban: ").rstrip("\n")


def test_a_token_opens_the_gateway_for_its_persona(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "citizen"]) == 0
    token = capsys.readouterr().out.strip()
    issuer = KeyFile.read("tongban-demo", home / "issuer.jwks.json")
    authenticator = Authenticator((issuer,), AUDIENCE, lambda: datetime.now(UTC))
    caller = authenticator.authenticate({"authorization": f"Bearer {token}"})
    assert (caller.role, caller.subject_key) == (Role.CITIZEN, key_of(LOCATOR_KEY, STORY_NUMBER))
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == 12 * 3600
    assert STORY_NUMBER not in json.dumps(claims)


def test_the_hours_of_a_token_are_bounded(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["token", "auditor", "--hours", "1"]) == 0
    capsys.readouterr()
    assert complaint(capsys, "token", "auditor", "--hours", "13") == "--hours: a token is valid for 1 to 12 hours"


def test_an_unknown_persona_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["token", "mayor"])
    assert caught.value.code == 2
    assert "choose from 'citizen', 'yiwu-officer'" in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == 0
    assert capsys.readouterr().out.strip() == build_schema().as_str().strip()


def test_a_plan_names_cities_and_reasons_without_asking(capsys: pytest.CaptureFixture[str]) -> None:
    query = """
      query($c: [CityKey!]) { person(number: "x") { name } ...More me { role } }
      fragment More on Query {
        households(city: wenzhou) { edges { cursor } }
        searchPersons(cities: $c, filter: {nameStartsWith: "陈"}) { edges { cursor } }
      }
    """
    assert cli.main(["plan", query, "--variables", '{"c": ["jinhua", "hangzhou"]}']) == 0
    person, households, search, me = json.loads(capsys.readouterr().out)
    assert (person["field"], person["cities"], person["why"]) == ("person", SLUGS, "ALL")
    assert "locator" in person["note"]
    assert (households["cities"], households["why"]) == (["wenzhou"], "ARGUMENT")
    assert (search["cities"], search["why"]) == (["hangzhou", "jinhua"], "ARGUMENT")
    assert me["cities"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{ person"], "Syntax Error: Expected Name, found <EOF>."),
        (["{ nope }"], "Cannot query field 'nope' on type 'Query'. Did you mean 'node'?"),
        (
            ['{ households(city: "atlantis") { edges { cursor } } }'],
            "cities must name at least one of " + ", ".join(SLUGS),
        ),
        (
            ["query($c: CityKey!) { households(city: $c) { edges { cursor } } }"],
            "give the argument `city`, or its variable",
        ),
        (
            ["query A { me { role } } query B { me { role } }"],
            "the document holds several operations: say which one with operationName",
        ),
        (["{ me }", "--variables", "[]"], "--variables must be a JSON object"),
    ],
)
def test_a_plan_that_cannot_be_made(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert complaint(capsys, "plan", *arguments) == says


def test_the_cities_are_listed_with_their_layout(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["adapter", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == SLUGS
    assert lines[9].split() == ["wenzhou", "330300", "postgres", "legacy", "Wenzhou"]


def test_a_registry_that_is_down_fails_the_check(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["adapter", "check", "wenzhou"]) == 1
    out, err = capsys.readouterr()
    mapping, health, last = out.splitlines()
    assert mapping == "ok    mapping: wenzhou.toml, transport postgres, layout legacy"
    assert health.startswith("FAIL  health: does not answer: ")
    assert last == "This is a first look; the conformance kit is not part of this version."
    assert "secret" not in out + err


def test_an_unknown_city(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = complaint(capsys, "adapter", "check", "atlantis")
    assert line == f"there is no such city; one of {', '.join(SLUGS)} would fit"


@pytest.mark.parametrize("command", [["serve"], ["token", "citizen"], ["adapter", "check", "wenzhou"]])
def test_a_home_that_was_never_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.setenv("TONGBAN_HOME", str(tmp_path))
    line = complaint(capsys, *command)
    assert line == f"{tmp_path / 'settings.toml'}: file: is missing; `python3 run.py demo` makes it"


def test_a_port_that_is_taken(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("TONGBAN_PORT", str(port))
        line = complaint(capsys, "serve")
    assert line == f"cannot listen on 127.0.0.1:{port} (Address already in use); set TONGBAN_PORT to a free port"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_its_own_database_it_says_so_and_serves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], workers: str
) -> None:
    with listen("127.0.0.1", 0) as free:
        monkeypatch.setenv("TONGBAN_PORT", str(free.getsockname()[1]))
    line = complaint(capsys, "serve", "--workers", workers)
    assert line == "the gateway's own database cannot be reached (ConnectionRefusedError)"


def test_it_says_that_it_serves_when_it_does(gateway_settings: Settings, tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    cities = {city.config.slug: city.url for city in gateway_settings.cities}
    keys = (gateway_settings.locator_key, gateway_settings.seal_key)
    write_settings(tmp_path, HomeSettings(port, gateway_settings.ledger_url, cities, *keys, gateway_settings.issuers))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gateway.cli", "serve"],
        cwd=CHECKOUT,
        env={"TONGBAN_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == f"Tongban serves http://127.0.0.1:{port}/graphql\n"
        assert httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=30).json()["ready"] is True
        process.terminate()
        assert "Traceback" not in process.communicate(timeout=60)[1]
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_it_runs_as_a_module_and_wrong_usage_is_2() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gateway.cli", "dance"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: tongban ")
    assert "Traceback" not in done.stderr
