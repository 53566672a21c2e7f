"""The folder of one PostgreSQL server: its lock, where its data is, its superuser's password, its port."""

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import time
from pathlib import Path

from gateway.postgres_binaries import PostgresProblem, choose_account, reachable_folder


class HomeInUse(PostgresProblem):
    """Another process runs a server on this home."""


def open_folder(home: Path) -> Path:
    """Return the server's folder in `home`; both are made on first use, open for passing through."""
    if not home.exists():
        home.mkdir(parents=True)
        home.chmod(0o711)
    folder = home / "postgres"
    if not folder.exists():
        folder.mkdir()
        folder.chmod(0o711)
    return folder


def take_lock(folder: Path) -> int:
    """Return the descriptor of the held lock. A server whose starter is gone is waited for: it is shutting down."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up = time.monotonic() + 40
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode().strip()
            if time.monotonic() > give_up or _alive(holder):
                os.close(lock)
                raise HomeInUse(
                    f"{folder.parent} is in use by process {holder or '?'}; stop it, or use another TONGBAN_HOME"
                ) from None
            time.sleep(0.02)
        else:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            return lock


def data_elsewhere(home: Path) -> Path | None:
    """Return where the data is if it is outside the home."""
    pointer = home / "postgres" / "elsewhere"
    return Path(pointer.read_text().strip()) if pointer.exists() else None


def data_place(folder: Path) -> Path:
    """Return where the data is or will be; outside the home if root's stand-in cannot enter the home."""
    kept_elsewhere = data_elsewhere(folder.parent)
    if kept_elsewhere is not None:
        return kept_elsewhere
    data = folder / "data"
    if os.geteuid() == 0 and not choose_account(data).can("-x", folder):
        elsewhere = reachable_folder() / f"data-{secrets.token_hex(8)}"
        elsewhere.mkdir()
        elsewhere.chmod(0o711)
        (folder / "elsewhere").write_text(f"{elsewhere / 'data'}\n")
        return elsewhere / "data"
    return data


def superuser_password(folder: Path, data: Path) -> str:
    """Return the kept password; a new one only before there is data."""
    kept = folder / "password"
    if kept.exists() and kept.read_text():
        return kept.read_text().strip()
    if data.exists():
        raise PostgresProblem(f"{kept} is missing but {data} has data; put it back, or use another TONGBAN_HOME")
    secret = secrets.token_urlsafe(24)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secret)
    return secret


def clear_leftovers(folder: Path, data: Path) -> None:
    """Remove socket folder and pid file of a killed server; the held lock proves that no server of ours is left."""
    sockets = folder / "sockets"
    if sockets.exists():
        shutil.rmtree(sockets.read_text(), ignore_errors=True)
    pidfile = data / "postmaster.pid"
    if not pidfile.exists():
        return
    pid = pidfile.read_text().split("\n")[0]
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve():
            raise HomeInUse(f"a PostgreSQL started by hand (process {pid}) runs on {data}; stop it first")
    pidfile.unlink()


def choose_port(folder: Path, wanted: int | None) -> int:
    """Return `wanted`, or the port of last time if it is free, or a free one, which is kept."""
    if wanted is not None:
        if not _is_free(wanted):
            raise PostgresProblem(f"port {wanted} for PostgreSQL is taken")
        return wanted
    kept = folder / "port"
    remembered = kept.read_text().strip() if kept.exists() else ""
    if remembered.isdigit() and _is_free(int(remembered)):
        return int(remembered)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept.write_text(str(port))
    return port


def _alive(holder: str) -> bool:
    if not holder.isdigit():
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
