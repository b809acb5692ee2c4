"""Windows for tests, and what no test may leave behind."""

import gc
import os
import threading

import pytest

# Before Qt is imported: tests need no display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from studio.app.actions import ActionTable
from studio.app.settings import UserSettings
from studio.app.studio import Studio
from studio.core.project import Project
from studio.ui.adapters.background import QtBackground
from studio.ui.application import ACTIONS
from studio.ui.main_window import MainWindow
from studio.ui.theme import Theme
from tests.gui.waiting import settled


@pytest.fixture(autouse=True)
def nothing_left_behind(qapp, request):
    """Fail a test that leaves a thread, a running timer or a window behind."""
    threads, windows = set(threading.enumerate()), set(QApplication.topLevelWidgets())
    # Until the end, the collector looks only through what the test makes: the rest is hundreds of thousands of objects.
    gc.freeze()
    yield
    # What the test was given is kept until all is over; it may go now.
    request.node.funcargs.clear()
    _delete_what_is_due()
    left = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads and _ours(thread)]
    left += [f"window {widget!r}" for widget in QApplication.topLevelWidgets() if widget not in windows]
    left += [f"timer of {timer.interval()} ms, child of {timer.parent()!r}" for timer in _running_timers()]
    gc.unfreeze()
    assert not left, f"left behind: {left}"


@pytest.fixture
def theme(qapp):
    """The dark theme, in force."""
    chosen = Theme()
    chosen.apply(qapp)
    return chosen


@pytest.fixture
def studio(qapp):
    """A session with real threads and settings of its own; what fails unseen fails the test."""
    session = Studio(QtBackground(), UserSettings())
    yield session
    session.close()
    session.background.close()


@pytest.fixture
def window(qtbot, theme, studio):
    """The window on its start screen."""
    shown = MainWindow(studio, theme, ActionTable(ACTIONS))
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    # Whatever a test has left at work: nobody is there to answer.
    shown.leave()
    shown.deleteLater()
    _delete_what_is_due()


@pytest.fixture
def folder(tmp_path):
    """An empty project, closed."""
    path = tmp_path / "film"
    Project.create(path).close()
    return path


@pytest.fixture
def opened(qtbot, window, folder):
    """The window with the empty project open and read."""
    window.open_project(folder)
    settled(qtbot, window.studio)
    assert window.studio.project is not None
    return window


def _delete_what_is_due():
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()
    gc.collect()


def _running_timers():
    """Timers that were made since the collector was told to freeze."""
    return [
        found for found in gc.get_objects() if type(found) is QTimer and shiboken6.isValid(found) and found.isActive()
    ]


def _ours(thread):
    return thread.is_alive() and thread.name.startswith(("lane ", "thumbnails ", "Thread-"))
