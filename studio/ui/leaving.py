"""What is asked when the window is closed while a training runs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from studio.app.runs import RunRow
from studio.app.studio import Studio
from studio.ui.widgets.inline_bar import InlineBar


class Leaving:
    """Asks in the window's bar whether trainings go on without it."""

    def __init__(self, window: QWidget, studio: Studio, bar: InlineBar, close: Callable[[], object]) -> None:
        """`close` closes the window, this time for good."""
        self._studio = studio
        self._bar = bar
        self._close = close
        self._asking = self._settled = False
        self._answers = [
            _answer(window, "Keep running", "Close the window; the training goes on without it", self.keep),
            _answer(window, "Stop and save", "Have the training save and end, and close the window", self._stop),
            _answer(window, "Cancel", "Leave the window open", self._cancel),
        ]
        studio.runs.changed.connect(self._on_runs)

    def asks(self) -> bool:
        """Whether the window has to stay until the question is answered; it is asked now."""
        live = self._live
        if self._settled or not live:
            return False
        words = f"{live[0].title}: it is still at work." if len(live) == 1 else f"{len(live)} trainings are at work."
        hint = "A training goes on without the window; open the project again to watch it."
        self._asking = True
        self._bar.say(words, hint, "question", self._answers)
        self._bar.focus_first()
        return True

    @property
    def _live(self) -> list[RunRow]:
        return [row for row in self._studio.runs.rows if row.kind == "train" and row.live]

    def keep(self) -> None:
        """Close the window; what runs goes on."""
        self._settled = True
        self._close()

    def _stop(self) -> None:
        for row in self._live:
            self._studio.runs.stop(row)
        self.keep()

    def _cancel(self) -> None:
        self._asking = False
        self._bar.clear()

    def _on_runs(self, _rows: object) -> None:
        # It ended by itself: there is nothing to ask any more.
        if self._asking and not self._live:
            self._cancel()


def _answer(window: QWidget, text: str, tip: str, do: Callable[[], None]) -> QAction:
    action = QAction(text, window)
    action.setToolTip(tip)
    action.triggered.connect(lambda _checked: do())
    return action
