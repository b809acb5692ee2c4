"""A reporter for work that is no job: shows progress, records nothing."""

from __future__ import annotations

from studio.core.reporter import Silent
from studio.worker.reporter import Display


class Watching(Silent):
    """Passes progress and sentences on to a display."""

    def __init__(self, shown: Display) -> None:
        self._shown = shown

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Show it."""
        self._shown.progress(stage, done, total)

    def note(self, text: str) -> None:
        """Show it."""
        self._shown.note(text)
