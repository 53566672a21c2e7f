"""Keeps one PostgreSQL server alive exactly as long as the process that started it.

Run as a script, outside the package. Its standard input is a pipe held open by the gateway: when the gateway ends,
also by kill -9, the pipe closes and the server is shut down. If this keeper itself is killed, the kernel does it.

Arguments: user id, group id (-1: stay who you are), socket folder to remove at the end, descriptor of the home's lock,
then the command of the server.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1
# The keeper starts with the gateway's environment, which its Python may need; the server gets this one.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
# Fast shutdown, immediate shutdown, force: each with the seconds it gets.
SHUTDOWN = ((signal.SIGINT, 25.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def die_with_the_keeper() -> None:
    """Ask the kernel for a fast shutdown of this process when its parent thread ends; set after the change of user."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def start_server(command: list[str], user: int, group: int, lock: int) -> "subprocess.Popen[bytes]":
    """Start the server; it inherits the lock, so the home stays taken until its last process is gone."""
    steps_down = user >= 0
    return subprocess.Popen(  # noqa: S603  the command comes from the launcher
        command,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=ENVIRONMENT,
        pass_fds=(lock,),
        start_new_session=True,
        preexec_fn=die_with_the_keeper,
        user=user if steps_down else None,
        group=group if steps_down else None,
        extra_groups=[] if steps_down else None,
    )


def wait_for_an_end(wake: int) -> None:
    """Return when the gateway's pipe closes, the server ends, or a signal asks this keeper to stop."""
    while True:
        readable, _, _ = select.select([0, wake], [], [])
        if wake in readable or not os.read(0, 1):
            return


def shut_down(server: "subprocess.Popen[bytes]") -> None:
    """End the server, politely first."""
    for number, patience in SHUTDOWN:
        if server.poll() is not None:
            return
        server.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(patience)


def main(arguments: list[str]) -> int:
    """Run the server until one of the two sides ends; the server's exit code is handed on."""
    user, group, socket_folder, lock = int(arguments[0]), int(arguments[1]), arguments[2], int(arguments[3])
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)

    def noted(_number: int, _frame: FrameType | None) -> None:
        """The signal's number is in the pipe already."""

    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, noted)
    try:
        server = start_server(arguments[4:], user, group, lock)
        wait_for_an_end(wake)
        shut_down(server)
        return 0 if server.returncode == 0 else 1
    finally:
        shutil.rmtree(socket_folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
