"""Shows how far the demo's preparation is, and how long each stage took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

WIDTH = 28


class Progress:
    """Writes one line for each stage; on a terminal the line grows a bar while the stage runs."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._lively = out.isatty()
        self._stage = ""
        self._begun = 0.0
        self._drawn = 0.0
        self._note = ""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announce a stage and, when it is done, say how long it took and the last note."""
        self._stage, self._begun, self._note = name, time.monotonic(), ""
        if self._lively:
            self._write(f"\r  {name} ...")
        yield
        end = f"  {name:<22} {time.monotonic() - self._begun:5.1f} s  {self._note}".rstrip()
        self._write(f"\r\033[K{end}\n" if self._lively else f"{end}\n")

    def show(self, done: int, total: int, what: str) -> None:
        """Draw the bar of the running stage."""
        self._note = f"{done:,} {what}"
        now = time.monotonic()
        if not self._lively or now - self._drawn < 0.1:
            return
        self._drawn = now
        filled = min(WIDTH, WIDTH * done // max(total, 1))
        bar = "█" * filled + "·" * (WIDTH - filled)
        self._write(f"\r\033[K  {self._stage:<22} {bar} {done:,} of {total:,} {what}")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
