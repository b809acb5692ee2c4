"""Letting a window work until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.core.errors import JobError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_PATIENCE_S = 120.0
_BEAT_MS = 10


class Clock:
    """Lets the window work until something is so, and notes the longest it did not answer."""

    def __init__(self, application: QApplication) -> None:
        from PySide6.QtCore import QTimer

        self._application = application
        self.frozen = 0.0
        self._heard = time.perf_counter()
        self._beat = QTimer(interval=_BEAT_MS)
        self._beat.timeout.connect(self._listen)
        self._beat.start()

    def until(self, done: Callable[[], bool]) -> float:
        """Seconds until `done`."""
        from PySide6.QtCore import QEventLoop

        began = self._heard = time.perf_counter()
        while not done():
            # As a window in use, it sleeps until there is something to do.
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.perf_counter() - began > _PATIENCE_S:
                raise JobError("The window does not come to an end with it.", code="bench.failed")
        return time.perf_counter() - began

    def turn(self) -> None:
        """Let the window do what is due."""
        self._application.processEvents()

    def _listen(self) -> None:
        now = time.perf_counter()
        self.frozen = max(self.frozen, now - self._heard - _BEAT_MS / 1000)
        self._heard = now
