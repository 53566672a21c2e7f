"""An event loop whose time can be stopped, so that elapsed times are equal in two runs of the same question."""

import asyncio


class StillLoop(asyncio.SelectorEventLoop):
    """Runs like any other loop; once `stop_time` was called, `time` stands and no timer goes off."""

    def __init__(self) -> None:
        super().__init__()
        self._stands_at: float | None = None

    def stop_time(self) -> None:
        """Let no more time pass."""
        self._stands_at = super().time()

    def time(self) -> float:
        """Return loop time in seconds."""
        return super().time() if self._stands_at is None else self._stands_at
