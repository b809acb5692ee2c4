import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.project import Project
from tests.gui.panels.copies import own_copy
from tests.gui.panels.extracting import extract
from tests.gui.waiting import settled


@pytest.fixture
def folder(extracted, tmp_path):
    """The project of real faces, a copy of one's own."""
    return own_copy(extracted, tmp_path / "film")


class Hands:
    """What a person does at the panel, and what they see there.

    Attributes:
        panel, session: the panel and the faceset on show in it.
    """

    def __init__(self, qtbot, window):
        self._qtbot = qtbot
        self.window = window
        self.panel = window.findChild(QWidget, "panel.facesets")
        self.session = self.panel.session
        self.grid = self.find("facesets.grid")

    def find(self, name):
        """The widget called `name`."""
        found = self.window.findChild(QWidget, name)
        assert found is not None, f"no widget is called {name}"
        return found

    def settle(self):
        """Wait until nothing is at work, and what was put off to the next turn is done."""
        settled(self._qtbot, self.window.studio)
        late = (self.panel.mapping, self.panel.desk.filters.settling)
        self._qtbot.waitUntil(lambda: not any(timer.isActive() for timer in late), timeout=5000)
        settled(self._qtbot, self.window.studio)
        QApplication.processEvents()

    def do(self, action):
        """Work the action called `action`, as its menu item does."""
        found = self.window.actions_table[action if "." in action else f"facesets.{action}"]
        assert found.isEnabled(), f"{action} can't be done now: {found.toolTip()}"
        found.trigger()
        self.settle()

    def key(self, key, modifiers=Qt.KeyboardModifier.NoModifier, on=None):
        """Press a key in the grid, or in another widget."""
        widget = on or self.grid
        widget.setFocus()
        self._qtbot.keyClick(widget, key, modifiers)
        self.settle()

    def click(self, row, modifiers=Qt.KeyboardModifier.NoModifier):
        """Click the face in a row of the grid."""
        rect = self.grid.cell_rect(row)
        assert self.grid.viewport().rect().contains(rect.center()), f"row {row} is not in view"
        self._qtbot.mouseClick(self.grid.viewport(), Qt.MouseButton.LeftButton, modifiers, rect.center())

    @property
    def faces(self):
        """How many faces are kept, unmarked and rejected, by the store itself."""
        with Project(self.window.studio.project.folder) as project:
            counts = project.store.faces.counts(project.store.identities.by_id(self.session.identity.id))
            return {state.value: number for state, number in counts.items() if number}

    @property
    def status(self):
        """What the status line says."""
        return self.find("facesets.status").text()

    @property
    def message(self):
        """What the window's status bar says."""
        return self.window.statusBar().currentMessage()

    @property
    def selected(self):
        """Indices of the selected faces."""
        return self.session.selection.indices.tolist()

    def from_clip(self, clip):
        """(N,) which faces come from the clip with this name."""
        media = self.session.media
        return np.array([media[int(medium)].source.endswith(clip) for medium in self.session.faces.columns.media])


@pytest.fixture
def hands(qtbot, opened):
    """The facesets panel with Mira's faces on show."""
    qtbot.waitUntil(lambda: opened.findChild(QWidget, "panel.facesets") is not None, timeout=10_000)
    made = Hands(qtbot, opened)
    qtbot.waitUntil(lambda: made.session.ready and made.panel.stack.currentWidget() is made.panel.desk, timeout=20_000)
    opened.activateWindow()
    qtbot.waitActive(opened)
    made.settle()
    return made


@pytest.fixture(scope="session")
def clips(media, made_once):
    """A project of the real clips: man A's faceset with woman C's clip in it by mistake, and man B's."""

    def fill(home):
        people = {"Man A": (media / "d18.mp4", media / "d10.mp4"), "Man B": (media / "d19.mp4",)}
        extract(home, people, "dataset")

    return made_once("clip faces", fill) / "film"
