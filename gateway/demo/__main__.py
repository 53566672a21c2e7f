"""The command line of the demo; `python3 run.py demo` ends here."""

import argparse
import sys
from pathlib import Path

from gateway.demo.start import run_demo


def main() -> int:
    """Read the arguments and run the demo; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 run.py demo", description="Eleven stand-in registries, one endpoint."
    )
    parser.add_argument("--home", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=int, metavar="N", help="one synthetic person for N real ones (1000)")
    chosen = parser.parse_args()
    return run_demo(chosen.home, chosen.port, chosen.scale)


if __name__ == "__main__":
    sys.exit(main())
