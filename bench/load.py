"""Puts load on a server with wrk, and reads from /proc what it cost the processes."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import msgspec

from bench.servers import RunningServer
from gateway.private_files import write_private

SCRIPT = Path(__file__).with_name("load.lua")
LONGEST_S = 8
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class CannotMeasure(Exception):
    """No figure can be had; the text is one line that says why."""


class Counted(msgspec.Struct, frozen=True):
    """What wrk counted: answers, those of them with a status from 400 on, and requests without an answer."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    lost: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One server under one load. CPU is in milliseconds per request: of the server, and of PostgreSQL for it.

    `rate` counts good answers a second, `failed` is the share of requests refused (status from 400 on) or lost.
    """

    rate: float
    failed: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float


def require_wrk() -> str:
    """Return the program; raises CannotMeasure."""
    program = shutil.which("wrk")
    if program is None:
        raise CannotMeasure("wrk is not installed: apt-get install wrk")
    return program


def write_requests(path: Path, headers: Mapping[str, str], bodies: Sequence[bytes]) -> Path:
    """Write what load.lua sends (0600: it holds a token)."""
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    write_private(path, head + "\n" + "".join(body.decode() + "\n" for body in bodies))
    return path


def put_load(server: RunningServer, requests: Path, concurrency: int, seconds: int) -> Sample:
    """Send requests for `seconds`, longer where they are too slow to be counted; raises CannotMeasure.

    A server that answers nothing has a rate of 0, and everything else endless.
    """
    while True:
        before = cpu_seconds([server.pid]), cpu_seconds(database_processes())
        counted = run_wrk(server.url, requests, concurrency, seconds)
        after = cpu_seconds([server.pid]), cpu_seconds(database_processes())
        if counted.requests >= concurrency or seconds >= LONGEST_S:
            break
        seconds = min(4 * seconds, LONGEST_S)
    if not counted.requests:
        return Sample(0.0, 1.0, inf, inf, inf, inf)
    server_cpu, database_cpu = (1000 * (b - a) / counted.requests for a, b in zip(before, after, strict=True))
    rate = (counted.requests - counted.refused) / counted.seconds
    failed = (counted.refused + counted.lost) / (counted.requests + counted.lost)
    return Sample(rate, failed, counted.p50_ms, counted.p99_ms, server_cpu, database_cpu)


def run_wrk(url: str, requests: Path, concurrency: int, seconds: int) -> Counted:
    """Run wrk once."""
    command = [require_wrk(), "-t1", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "20s"]
    command += ["-s", str(SCRIPT), url, "--", str(requests), str(concurrency * 7)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = ran.stdout.splitlines()
    if ran.returncode != 0 or not lines:
        raise CannotMeasure(f"wrk ended with {ran.returncode}: {ran.stderr.strip()[:200]}")
    return msgspec.json.decode(lines[-1], type=Counted)


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the processor seconds these processes have used; one that is gone counts nothing."""
    return sum((int(fields[11]) + int(fields[12])) * TICK_S for pid in pids if (fields := _stat(pid)))


def peak_memory_mib(pid: int) -> float:
    """Return the largest resident size the process ever had."""
    return _memory(pid, "VmHWM")


def memory_mib(pid: int) -> float:
    """Return the resident size of the process."""
    return _memory(pid, "VmRSS")


def database_processes() -> list[int]:
    """Return the PostgreSQL processes that this process started, directly or not."""
    parents = {int(entry.name): _stat(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    ours = {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, fields in parents.items() if fields and int(fields[1]) in ours} - ours
        grown = bool(more)
        ours |= more
    return [pid for pid in ours if _name(pid) == "postgres"]


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name; empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _memory(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise CannotMeasure(f"process {pid} tells no {name}")
