"""Measures the gateway on this machine.

    python3 run.py bench                throughput, latency and CPU beside the limit and stock Strawberry (6 minutes)
    python3 run.py bench --quick        the same in a minute: concurrency 16 only, loads of one second
    python3 run.py bench memory         memory of the gateway over 20,000 distinct documents

The registries are made once, in TONGBAN_HOME/bench, and kept. Figures are written to bench.json or memory.json there.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from bench.compare import QUICK, Schedule, compare
from bench.ground import Ground, prepared
from bench.load import CannotMeasure
from bench.memory import WANTED_GROWTH, watch
from bench.report import missed, table
from bench.servers import NotStarted
from gateway.demo.registries import DemoProblem
from gateway.postgres_binaries import PostgresProblem
from gateway.settings import environment, home_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; returns 0, 1 for a problem (one line on stderr), 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("compare", "memory"), default="compare")
    parser.add_argument("--quick", action="store_true", help="concurrency 16 only, loads of one second")
    chosen = parser.parse_args(arguments)
    home = home_of(environment()) / "bench"
    try:
        with prepared(home) as ground:
            if chosen.what == "memory":
                _memory(ground, home / "memory.json")
            else:
                _compare(ground, QUICK if chosen.quick else Schedule(), home / "bench.json")
    except (CannotMeasure, NotStarted, PostgresProblem, DemoProblem) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _compare(ground: Ground, schedule: Schedule, file: Path) -> None:
    found = compare(ground, schedule)
    print(table(found.figures))
    peak = ", ".join(f"{server} {size:.0f}" for server, size in found.peak_memory_mib.items())
    print(f"\nPeak memory, MiB: {peak}")
    for line in missed(found.figures):
        print(f"missed: {line}")
    for line in found.failed_calls:
        print(f"failed: {line}")
    _write(file, asdict(found))


def _memory(ground: Ground, file: Path) -> None:
    found = watch(ground)
    print(f"at rest {found.at_rest_mib:.1f} MiB, warm {found.warm_mib:.1f}, at the end {found.steps_mib[-1]:.1f}")
    print(f"peak {found.peak_mib:.1f} MiB; growth {found.growth:.3f} ({WANTED_GROWTH:.2f} at most is wanted)")
    _write(file, {**asdict(found), "growth": found.growth})


def _write(file: Path, content: object) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(content)))
    print(f"written: {file}")


if __name__ == "__main__":
    sys.exit(main())
