"""Starting the window."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from studio.app.actions import WINDOW_ACTIONS, ActionTable
from studio.app.faceset.actions import FACESET_ACTIONS
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.app.training.actions import TRAINING_ACTIONS
from studio.core.errors import DisplayError
from studio.core.unforeseen import logged
from studio.ui.adapters.background import QtBackground
from studio.ui.main_window import MainWindow
from studio.ui.theme import Theme

ACTIONS = (*WINDOW_ACTIONS, *FACESET_ACTIONS, *TRAINING_ACTIONS)

_HINT = "Run it in a desktop session, or work by commands: studio --help."


def build(argv: Sequence[str]) -> tuple[QApplication, MainWindow]:
    """The application, which may exist already, and its window, not shown yet; `argv[1]` may name a project."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(list(argv[:1]))
    application.setApplicationName("Faceswap Studio")
    application.setDesktopFileName("faceswap-studio")
    settings = UserSettings()
    theme = Theme(settings.values.theme, application)
    theme.apply(application)
    window = MainWindow(Studio(QtBackground(), settings), theme, ActionTable(ACTIONS))
    if len(argv) > 1:
        window.open_project(Path(argv[1]))
    return application, window


def run(argv: Sequence[str], refused: Callable[[DisplayError], NoReturn]) -> int:
    """Show the window until it is closed; returns the exit status.

    Args:
        argv: as for `build`.
        refused: ends the process where Qt finds that it can't use the display.

    Raises:
        DisplayError: there is no display.
    """
    _require_display()
    with _display_errors(refused):
        application, window = build(argv)
    with _nothing_lost(window):
        window.show()
        return application.exec()


def _require_display() -> None:
    told = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in told):
        raise DisplayError("The window needs a display, and there is none.", hint=_HINT)


@contextmanager
def _display_errors(refused: Callable[[DisplayError], NoReturn]) -> Iterator[None]:
    """Qt aborts the process where it can't use the display: be told before, and end it in order."""

    said: list[str] = []

    def heard(kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
        said.extend(words.splitlines()[:1])
        if kind == QtMsgType.QtFatalMsg:
            refused(DisplayError("The window can't use the display.", hint=f"{_HINT} Qt says: {said[0]}"))
        sys.stderr.write(f"{words}\n")

    before = qInstallMessageHandler(heard)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


@contextmanager
def _nothing_lost(window: MainWindow) -> Iterator[None]:
    """Log and show errors that nobody foresaw; Ctrl+C in the terminal closes the window."""

    def show(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        window.show_error(logged(error))

    def close(_number: int, _frame: FrameType | None) -> None:
        window.close()

    hook, sys.excepthook = sys.excepthook, show
    handler = signal.signal(signal.SIGINT, close)
    try:
        yield
    finally:
        sys.excepthook = hook
        signal.signal(signal.SIGINT, handler)
