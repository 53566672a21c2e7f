"""Prepares everything Tongban needs in this checkout, then runs the demo, the tests, or the `tongban` command.

python3 run.py demo [--scale N]     the demo; one synthetic person stands for N real ones (N = 1000; at least 10)
python3 run.py test [PYTEST ARGS]   every check of this repository; with arguments, only pytest with these
python3 run.py bench [memory]       measure this machine's gateway beside the fastest server we can write

The other commands are those of `tongban`; each explains itself with --help:

python3 run.py serve                run the gateway on the settings of the home
python3 run.py token PERSONA        print a demo token
python3 run.py schema               print the GraphQL schema
python3 run.py plan QUERY           print which cities a query would ask, without asking them
python3 run.py adapter list         list the cities and how they are connected
python3 run.py adapter check CITY   look at one city's adapter: mapping, health, one page

TONGBAN_HOME is the data folder (.tongban in the checkout), TONGBAN_PORT the port (8000).
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FITTING = ("python3.11", "python3.12", "python3.13")


def unsupported(version: "tuple[int, int]", found: "Sequence[str]") -> "str | None":
    """Say why this Python does not fit and which one would; None if it fits."""
    if (3, 11) <= version < (3, 14):
        return None
    hint = f"start run.py with {found[0]}, which is here" if found else f"install one of {', '.join(FITTING)}"
    return f"Python {version[0]}.{version[1]} does not fit, Tongban needs 3.11, 3.12 or 3.13: {hint}"


# This file has syntax of Python 3.6 only and asks before it evaluates anything newer: a sentence, not a stack trace.
_REFUSAL = unsupported((sys.version_info[0], sys.version_info[1]), [name for name in FITTING if shutil.which(name)])
if _REFUSAL and __name__ == "__main__":
    sys.exit(_REFUSAL)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "tongban-stamp.json"
LOG = VENV / "install.log"
REQUIREMENTS = {"gateway": ROOT / "requirements.txt", "test": ROOT / "requirements-test.txt"}
PLAYGROUND = ROOT / "gateway" / "playground"
CHECKS = {
    "ruff check": ["-m", "ruff", "check"],
    "ruff format": ["-m", "ruff", "format", "--check"],
    "mypy": ["-m", "mypy"],
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Stop(Exception):
    """Nothing can be done; the text is the one line the user reads."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    command, rest = arguments[0], list(arguments[1:])
    try:
        if command == "demo":
            return demo(rest)
        if command == "test":
            return test(rest)
        prepare("gateway")
        become(["-m", "bench", *rest] if command == "bench" else ["-m", "gateway.cli", command, *rest])
    except Stop as stop:
        print(f"run.py: {stop}", file=sys.stderr)
    except KeyboardInterrupt:
        print("run.py: interrupted", file=sys.stderr)
        return 130
    return 1


def demo(arguments: Sequence[str]) -> int:
    """Check what could stop the demo before the long work, then become it."""
    if {"-h", "--help"} & set(arguments):
        prepare("gateway")
        become(["-m", "gateway.cli", "demo", "--help"])
    make_data_folder(os.environ.get("TONGBAN_HOME"))
    if not any(argument.startswith("--p") for argument in arguments):  # with --port the demo itself looks at that one
        check_port(os.environ.get("TONGBAN_PORT") or "8000")
    prepare("gateway")
    prepare_playground()
    become(["-m", "gateway.cli", "demo", *arguments])
    return 1


def test(arguments: Sequence[str]) -> int:
    """Run the checks one after the other and stop at the first that fails; pytest's closing line comes last."""
    prepare("test")
    prepare_playground()
    prepare_browser()
    if not arguments:
        for name, check in CHECKS.items():
            say(f"== {name} ==")
            code = subprocess.call([str(PYTHON), *check], cwd=ROOT)
            if code != 0:
                say(f"run.py: {name} found something; what comes after it was not run")
                return code
    say("== pytest ==")
    return subprocess.call([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT)


def become(arguments: Sequence[str]) -> None:
    """Replace this process; -P keeps a folder of the caller named `schema` from hiding ours."""
    environment = dict(os.environ)
    environment["TONGBAN_HOME"] = str(data_folder_path(environment.get("TONGBAN_HOME")))
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), "-P", *arguments], environment)


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


# What the user chose


def data_folder_path(chosen: "str | None") -> Path:
    """Return the home folder, absolute."""
    return Path(chosen).expanduser().absolute() if chosen else ROOT / ".tongban"


def make_data_folder(chosen: "str | None") -> None:
    """Make the home folder and write into it once."""
    home = data_folder_path(chosen)
    probe = home / f".written-by-{os.getpid()}"
    try:
        if not home.exists():
            home.mkdir(parents=True)
            home.chmod(0o711)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Stop(f"cannot write to {home} ({error.strerror}); choose a folder with TONGBAN_HOME") from error


def check_port(chosen: str) -> None:
    """Listen on the port for a moment."""
    if not chosen.isdigit() or not 0 < int(chosen) < 65536:
        raise Stop(f"TONGBAN_PORT must be a number from 1 to 65535, not {chosen!r}")
    port = int(chosen)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else "not usable"
            raise Stop(f"port {port} is taken ({reason}); choose another one with TONGBAN_PORT") from error


# The environment


def wanted_stamp(groups: Sequence[str]) -> "dict[str, str]":
    """Describe a finished environment: the interpreter, the place, and what was installed from."""
    project = (ROOT / "pyproject.toml").read_bytes()
    stamp = {"python": f"{sys.version_info[0]}.{sys.version_info[1]}", "root": str(ROOT)}
    for group in groups:
        stamp[group] = hashlib.sha256(REQUIREMENTS[group].read_bytes() + project).hexdigest()
    return stamp


def work_needed(stamp: "Mapping[str, str] | None", wanted: "Mapping[str, str]") -> str:
    """Return "nothing", "install" into the present environment, or "rebuild".

    `stamp` is None if there is no environment, or a half-finished one.
    """
    if stamp is None or any(stamp.get(key) != wanted[key] for key in ("python", "root")):
        return "rebuild"
    return "nothing" if all(stamp.get(key) == value for key, value in wanted.items()) else "install"


def read_stamp() -> "dict[str, str] | None":
    """Return the stamp of a finished environment whose interpreter still runs."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    return dict(stamp) if os.access(PYTHON, os.X_OK) else None


def prepare(group: str) -> None:
    """Make `.venv` fit the locked requirements of `group`; does nothing, offline, if it fits already."""
    # The test requirements hold the gateway's as well.
    groups = ("gateway", "test") if group == "test" else ("gateway",)
    with only_one():
        wanted, stamp = wanted_stamp(groups), read_stamp()
        work = work_needed(stamp, wanted)
        if work == "nothing":
            return
        if Path(sys.prefix).resolve() == VENV.resolve():
            raise Stop("start run.py with a Python outside of .venv, it has to be renewed")
        say(f"Installing packages into {VENV} (about a minute; the next start does not need it) ...")
        if work == "rebuild":
            make_environment()
            stamp = None
        install(REQUIREMENTS[group], stamp)
        STAMP.write_text(json.dumps({**(stamp or {}), **wanted}))


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one start at a time work on the environment."""
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise Stop(f"cannot prepare {VENV} ({error.strerror or error})") from error


def make_environment() -> None:
    """Make an empty environment; it counts as finished only when the stamp is written."""
    if VENV.exists():
        say("Making .venv anew: it is half-finished, moved, or of another Python.")
        shutil.rmtree(VENV)
    bare = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    made = subprocess.run([sys.executable, "-m", "venv", *bare, str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Stop(f"python -m venv failed: {last_line(made.stdout + made.stderr)}")


def install(requirements: Path, stamp: "Mapping[str, str] | None") -> None:
    """Install what is locked, then this checkout itself."""
    STAMP.unlink(missing_ok=True)
    try:
        pip("--require-hashes", "-r", str(requirements))
        pip("--no-index", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    except Stop:
        # pip fetches everything before it changes anything: after a failed fetch the environment is as good as before.
        if stamp and "Installing collected packages" not in LOG.read_text(errors="replace"):
            STAMP.write_text(json.dumps(stamp))
        raise


def pip(*arguments: str) -> None:
    """Run `pip install` on the environment; what it says goes to the log."""
    # Some systems ship pip without ensurepip: then the pip outside works on the environment.
    within = [str(PYTHON), "-m", "pip"]
    command = (
        within if importlib.util.find_spec("ensurepip") else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    )
    options = ["--disable-pip-version-check", "--no-input", "--retries", "2", "--progress-bar", "off"]
    order = [*command, "install", *options, *arguments]
    with LOG.open("w") as log:
        done = subprocess.call(order, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
    if done != 0:
        raise Stop(f"{pip_trouble(LOG.read_text(errors='replace'))} (see {LOG})")


def pip_trouble(log: str) -> str:
    """Say in one line what pip could not do."""
    if "No module named pip" in log:
        return "this Python has neither ensurepip nor pip: install python3-venv or python3-pip"
    if any(sign in log for sign in ("connection broken by", "Could not fetch URL", "Temporary failure", "Max retries")):
        return "packages could not be fetched: no network, and the first start needs it"
    errors = [line for line in log.splitlines() if line.startswith("ERROR:")]
    return f"packages could not be installed: {errors[-1][7:] if errors else last_line(log)}"


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no output")


# The extras: their lack costs the playground or the browser tests, nothing else


def prepare_playground() -> None:
    """Fetch the playground's bundles once; a line says so if that is not possible."""
    stamp = PLAYGROUND / "assets" / ".made-from"
    recipe = [PLAYGROUND / name for name in ("package.json", "package-lock.json", "assets.mjs")]
    if not all(path.exists() for path in recipe):
        return
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in recipe)).hexdigest()
    with only_one():
        if stamp.exists() and stamp.read_text() == wanted:
            return
        reason = fetch_bundles()
        if not reason:
            stamp.write_text(wanted)
    if reason:
        say(f"The playground stays without its editor: {reason}")


def fetch_bundles() -> str:
    """Let npm fetch and copy the bundles; return nothing, or why not."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    say("Fetching the playground's bundles with npm ...")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error"]
    return run_quietly([npm, "ci", *quiet], PLAYGROUND) or run_quietly([npm, "run", "assets", "--silent"], PLAYGROUND)


def prepare_browser() -> None:
    """Find a browser for the tests of the playground; root on Debian gets one installed."""
    browser = any(shutil.which(name) for name in BROWSERS)
    chinese = shutil.which("fc-list") and subprocess.check_output(["fc-list", ":lang=zh"])
    missing = [name for name, there in (("chromium", browser), ("fonts-noto-cjk", chinese)) if not there]
    if not missing:
        return
    reason = f"{' and '.join(missing)} missing"
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        say(f"Installing {' '.join(missing)} with apt-get ...")
        quiet = ["-qq", "-o", "DPkg::Lock::Timeout=60"]
        run_quietly([apt, *quiet, "update"], ROOT)
        reason = run_quietly([apt, *quiet, "install", "-y", "--no-install-recommends", *missing], ROOT)
    if reason:
        say(f"Browser tests will be skipped: {reason}")


def run_quietly(command: Sequence[str], folder: Path) -> str:
    """Run a program; return nothing if it did well, else a line that says what it did not do."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False, timeout=600,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else f"{Path(command[0]).name}: {last_line(done.stdout)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
