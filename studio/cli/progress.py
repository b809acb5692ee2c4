"""Progress on standard error: a bar with time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LINE_EVERY_S = 10.0


class TerminalDisplay:
    """A bar for each stage of a job; a context that cleans up after itself."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False, markup=False),
        )
        self._tasks: dict[str, TaskID] = {}

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Show how far a stage is."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def note(self, text: str) -> None:
        """Show a sentence above the bars."""
        self._bars.console.print(text)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class LineDisplay:
    """A line every ten seconds and at the end of a stage: for logs and pipes."""

    def __init__(self) -> None:
        self._stage = ""
        self._began = 0.0
        self._first = 0
        self._told = 0.0

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Tell how far a stage is, and for how long still."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._first, self._told = stage, now, done, now
            return
        if done != total and now - self._told < _LINE_EVERY_S:
            return
        self._told = now
        left = ""
        if total is not None and done > self._first:
            seconds = (now - self._began) / (done - self._first) * (total - done)
            left = f", {seconds // 60:.0f}:{seconds % 60:02.0f} left"
        self.note(f"{stage}: {done} of {total if total is not None else '?'}{left}")

    def note(self, text: str) -> None:
        """Tell a sentence."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to clean up."""


def display() -> TerminalDisplay | LineDisplay:
    """The display that suits standard error."""
    return TerminalDisplay() if sys.stderr.isatty() else LineDisplay()
