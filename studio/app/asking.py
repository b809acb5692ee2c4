"""Asking the command line something, and waiting for its answer without holding anything up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from studio.app.background import Background
from studio.app.commands import Command


class Asking:
    """One command at a time, of which the newest counts: an older one is ended, and its answer never heard.

    Args:
        lane: the lane of the background that waits.
        changed: is called when a question was asked, answered or given up.
    """

    def __init__(self, background: Background, lane: str, changed: Callable[[], object]) -> None:
        self._background = background
        self._lane = lane
        self._changed = changed
        self._command: Command | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._command is not None

    def ask(
        self, words: Sequence[str], take: Callable[[dict[str, Any]], object], failed: Callable[[Exception], object]
    ) -> None:
        """Run `studio WORDS --json` in place of what is still running."""
        self._end()
        command = self._command = Command(words)

        def over(then: Callable[[], object]) -> None:
            if self._command is command:
                self._command = None
                then()
                self._changed()

        self._background.run(
            command.run,
            lambda answer: over(lambda: take(answer)),
            lambda error: over(lambda: failed(error)),
            lane=self._lane,
        )
        self._changed()

    def cancel(self) -> None:
        """Give up a question that is not answered yet."""
        if self._end():
            self._changed()

    def _end(self) -> bool:
        command, self._command = self._command, None
        if command is not None:
            command.end()
        return command is not None
