"""run.py: what it refuses, what it prepares, and what it leaves alone."""

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

import run
from gateway import cli

ROOT = Path(__file__).parent.parent
# No index answers, and the machine's own settings of pip do not help out.
OFFLINE = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_DEFAULT_TIMEOUT": "1"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment, in a folder with a difficult name."""
    folder = tmp_path / "check out 通办"
    folder.mkdir()
    for name in ("run.py", "pyproject.toml", "requirements.txt", "requirements-test.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def started(
    checkout: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run run.py there to its end, without this machine's own settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TONGBAN_", "PIP_"))}
    command = [sys.executable, str(checkout / "run.py"), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env={**kept, **(environment or {})}
    )


def with_finished_environment(checkout: Path) -> None:
    """Pretend that an earlier start had finished; its interpreter only says how it was called."""
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    interpreter = binaries / "python"
    interpreter.write_text('#!/bin/sh\necho "$@ | $TONGBAN_HOME | $TONGBAN_PORT"\n')
    interpreter.chmod(0o755)
    question = "import json, run; print(json.dumps(run.wanted_stamp(('gateway',))))"
    stamp = subprocess.check_output([sys.executable, "-c", question], cwd=checkout, text=True)
    (checkout / ".venv" / "tongban-stamp.json").write_text(stamp)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_fitting_python_is_let_in(version: tuple[int, int]) -> None:
    assert run.unsupported(version, []) is None


@pytest.mark.parametrize(
    ("version", "found", "sentence"),
    [
        (
            (3, 10),
            ["python3.12", "python3.13"],
            "Python 3.10 does not fit, Tongban needs 3.11, 3.12 or 3.13: start run.py with python3.12, which is here",
        ),
        (
            (3, 14),
            [],
            f"Python 3.14 does not fit, Tongban needs 3.11, 3.12 or 3.13: install one of {', '.join(run.FITTING)}",
        ),
    ],
)
def test_another_python_is_told_what_would_fit(version: tuple[int, int], found: list[str], sentence: str) -> None:
    assert run.unsupported(version, found) == sentence


def test_an_old_python_can_read_the_file_far_enough_to_refuse() -> None:
    tree = ast.parse((ROOT / "run.py").read_text("utf-8"), feature_version=(3, 6))
    names = [getattr(node, "name", "") for node in tree.body]
    before = tree.body[: names.index("unsupported")]
    assert {type(node) for node in before} == {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign}
    refusal = tree.body[names.index("unsupported") + 2]
    assert ast.unparse(refusal) == "if _REFUSAL and __name__ == '__main__':\n    sys.exit(_REFUSAL)"


def test_an_unwritable_home_is_one_line(checkout: Path) -> None:
    done = started(checkout, "demo", environment={"TONGBAN_HOME": "/dev/null/home"})
    assert done.returncode == 1
    assert done.stderr == (
        "run.py: cannot write to /dev/null/home (Not a directory); choose a folder with TONGBAN_HOME\n"
    )


def test_a_taken_port_is_one_line_before_the_long_work(checkout: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = started(checkout, "demo", environment={"TONGBAN_PORT": str(port)})
    assert done.returncode == 1
    assert done.stderr == (
        f"run.py: port {port} is taken (address already in use); choose another one with TONGBAN_PORT\n"
    )
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80 00"])
def test_a_port_that_is_no_port_is_one_line(checkout: Path, port: str) -> None:
    done = started(checkout, "demo", environment={"TONGBAN_PORT": port})
    assert done.returncode == 1
    assert done.stderr == f"run.py: TONGBAN_PORT must be a number from 1 to 65535, not {port!r}\n"


def test_a_half_finished_start_is_redone_and_no_network_is_one_line(checkout: Path) -> None:
    left = checkout / ".venv" / "lib" / "half"
    left.mkdir(parents=True)
    done = started(checkout, "token", "citizen", environment=OFFLINE)
    assert done.returncode == 1
    assert done.stderr == (
        "run.py: packages could not be fetched: no network, and the first start needs it "
        f"(see {checkout / '.venv' / 'install.log'})\n"
    )
    assert "Making .venv anew: it is half-finished, moved, or of another Python.\n" in done.stdout
    assert not left.exists()
    assert not (checkout / ".venv" / "tongban-stamp.json").exists()


def test_a_finished_environment_is_used_as_it_is_without_a_network(checkout: Path) -> None:
    with_finished_environment(checkout)
    done = started(checkout, "token", "yiwu officer", environment=OFFLINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"-P -m gateway.cli token yiwu officer | {checkout / '.tongban'} | \n"


def test_the_demo_gets_home_and_port(checkout: Path, tmp_path: Path) -> None:
    with_finished_environment(checkout)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    home = tmp_path / "a home"
    chosen = {**OFFLINE, "TONGBAN_HOME": str(home), "TONGBAN_PORT": port}
    done = started(checkout, "demo", "--scale", "100", environment=chosen)
    assert done.stdout == f"-P -m gateway.cli demo --scale 100 | {home} | {port}\n"
    assert list(home.iterdir()) == []


def test_a_changed_requirement_is_installed_and_a_failed_fetch_keeps_the_old_state(checkout: Path) -> None:
    with_finished_environment(checkout)
    stamp = checkout / ".venv" / "tongban-stamp.json"
    before = stamp.read_text()
    (checkout / ".venv" / "bin" / "python").write_text("#!/bin/sh\necho ERROR: Could not find it\nexit 1\n")
    (checkout / "requirements.txt").write_text("other==1\n")
    done = started(checkout, "token", environment=OFFLINE)
    assert done.returncode == 1
    assert done.stderr.startswith("run.py: packages could not be installed: Could not find it (see ")
    assert json.loads(stamp.read_text()) == json.loads(before)


FINISHED = {"python": "3.11", "root": "/a", "gateway": "g1"}


@pytest.mark.parametrize(
    ("stamp", "wanted", "work"),
    [
        (None, FINISHED, "rebuild"),
        (FINISHED, FINISHED, "nothing"),
        ({**FINISHED, "test": "t1"}, FINISHED, "nothing"),
        (FINISHED, {**FINISHED, "test": "t1"}, "install"),
        (FINISHED, {**FINISHED, "gateway": "g2"}, "install"),
        (FINISHED, {**FINISHED, "python": "3.12"}, "rebuild"),
        (FINISHED, {**FINISHED, "root": "/b"}, "rebuild"),
    ],
)
def test_only_what_is_needed_is_done(stamp: dict[str, str] | None, wanted: dict[str, str], work: str) -> None:
    assert run.work_needed(stamp, wanted) == work


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution",
            "packages could not be fetched: no network, and the first start needs it",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES",
            "packages could not be installed: THESE PACKAGES DO NOT MATCH THE HASHES",
        ),
        (
            "/usr/bin/python3: No module named pip",
            "this Python has neither ensurepip nor pip: install python3-venv or python3-pip",
        ),
        ("\nKilled\n\n", "packages could not be installed: Killed"),
    ],
)
def test_what_pip_says_becomes_one_sentence(log: str, sentence: str) -> None:
    assert run.pip_trouble(log) == sentence


def test_without_a_command_it_explains_itself(checkout: Path) -> None:
    done = started(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert "python3 run.py demo" in done.stdout


def test_help_lists_every_command_of_tongban_without_an_environment(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    commands: dict[str, str] = {}
    for group in ([], ["adapter"]):
        with pytest.raises(SystemExit):
            cli.main([*group, "--help"])
        found = re.findall(r"^    ([a-z]+) +(\S.*)$", capsys.readouterr().out, re.MULTILINE)
        commands |= {" ".join([*group, name]): says for name, says in found}
    assert {"serve", "adapter check"} < commands.keys()
    done = started(checkout, "--help")
    assert not (checkout / ".venv").exists()
    listed = dict(re.findall(r"^python3 run.py ([a-z ]+?)(?: [A-Z]+)?  +(\S.*)$", done.stdout, re.MULTILINE))
    assert listed == {name: says for name, says in commands.items() if name not in {"demo", "adapter"}}
    assert "python3 run.py demo " in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["--port", "8000"]])
def test_a_taken_port_that_is_not_needed_does_not_matter(checkout: Path, arguments: list[str]) -> None:
    with_finished_environment(checkout)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = started(checkout, "demo", *arguments, environment={**OFFLINE, "TONGBAN_PORT": port})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"-P -m gateway.cli demo {' '.join(arguments)} | {checkout / '.tongban'} | {port}\n"
    assert (checkout / ".tongban").exists() == (arguments != ["--help"])


def only_programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Let nothing be found but these shell scripts, by name with _ for -."""
    for name, text in scripts.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_root_on_debian_gets_the_missing_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "asked"
    only_programs(tmp_path, monkeypatch, apt_get=f'echo "$@" >> "{asked}"', fc_list="echo font")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    run.prepare_browser()
    quiet = "-qq -o DPkg::Lock::Timeout=60"
    assert asked.read_text().splitlines() == [
        f"{quiet} update",
        f"{quiet} install -y --no-install-recommends chromium",
    ]
    assert capsys.readouterr().out == "Installing chromium with apt-get ...\n"


@pytest.mark.parametrize(
    ("user", "reason"), [(0, "apt-get: no such package"), (1000, "chromium and fonts-noto-cjk missing")]
)
def test_a_browser_that_cannot_be_had_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    user: int,
    reason: str,
) -> None:
    only_programs(tmp_path, monkeypatch, apt_get="echo no such package; exit 100")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    run.prepare_browser()
    assert capsys.readouterr().out.splitlines()[-1] == f"Browser tests will be skipped: {reason}"


@pytest.mark.parametrize(
    ("npm", "reason"), [({}, "npm is not installed"), ({"npm": "echo no registry >&2; exit 1"}, "npm: no registry")]
)
def test_a_playground_without_bundles_is_one_line(
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    npm: dict[str, str],
    reason: str,
) -> None:
    for name in ("package.json", "package-lock.json", "assets.mjs"):
        (checkout / name).write_text("{}")
    monkeypatch.setattr(run, "PLAYGROUND", checkout)
    only_programs(tmp_path, monkeypatch, **npm)
    run.prepare_playground()
    assert capsys.readouterr().out.splitlines()[-1] == f"The playground stays without its editor: {reason}"
    assert not (checkout / "assets").exists()


def test_bundles_are_fetched_once(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("package.json", "package-lock.json", "assets.mjs"):
        (checkout / name).write_text("{}")
    monkeypatch.setattr(run, "PLAYGROUND", checkout)
    asked = tmp_path / "asked"
    only_programs(tmp_path, monkeypatch, npm=f'echo "$1 $2" >> "{asked}"; /bin/mkdir -p assets')
    run.prepare_playground()
    run.prepare_playground()
    assert asked.read_text().splitlines() == ["ci --ignore-scripts", "run assets"]
    (checkout / "package-lock.json").write_text("{ }")
    run.prepare_playground()
    assert len(asked.read_text().splitlines()) == 4


PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)(?: ;[^\\]*)? \\$")


def pins(name: str) -> dict[str, str]:
    """Return package and version of every pin, after checking that the file says nothing else."""
    found: dict[str, str] = {}
    lines = (ROOT / name).read_text().splitlines()
    for number, line in enumerate(lines):
        if pin := PIN.match(line):
            assert lines[number + 1].startswith("    --hash=sha256:"), line
            found[pin[1]] = pin[2]
        else:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?|    #.*", line), f"{name}:{number + 1}"
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_lock_files_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"://|index-url|find-links|@ ", text)


def test_lock_files_hold_what_the_project_asks_for() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    gateway, everything = pins("requirements.txt"), pins("requirements-test.txt")
    assert gateway.items() <= everything.items()
    for asked, locked in ((groups["gateway"], gateway), (groups["test"], everything)):
        for requirement in asked:
            if isinstance(requirement, str):
                name, _, version = requirement.split(";")[0].partition("==")
                assert locked[name] == (version or locked[name])
