"""The form that starts a training, and hands to fill it in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from studio.ui.panels.training.start_form import StartForm
from tests.gui.panels.copies import own_copy
from tests.gui.waiting import settled

K, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def folder(extracted, tmp_path):
    """Mira and Tomas with faces, a copy of one's own."""
    return own_copy(extracted, tmp_path / "film")


class Hands:
    """What a person does at the form, and what they read there."""

    def __init__(self, qtbot, window, form):
        self._qtbot = qtbot
        self.window = window
        self.studio = window.studio
        self.form = form

    def find(self, name):
        """The widget called `name`."""
        found = self.form.findChild(QWidget, name)
        assert found is not None, f"no widget is called {name}"
        return found

    def settle(self):
        """Wait until nothing is at work."""
        settled(self._qtbot, self.studio)
        QApplication.processEvents()

    def pick(self, name, words):
        """Choose an entry of a box by keys."""
        box = self.find(name)
        box.setFocus()
        for _ in range(box.count()):
            self._qtbot.keyClick(box, K.Key_Up)
        while box.currentText() != words:
            before = box.currentIndex()
            self._qtbot.keyClick(box, K.Key_Down)
            assert box.currentIndex() != before, f"{name} has no entry {words!r}"
        self.settle()

    def type(self, name, words):
        """Type into a line or a box of numbers, in place of what is there."""
        field = self.find(name)
        field.setFocus()
        field.selectAll()
        self._qtbot.keyClicks(field, words)
        self._qtbot.keyClick(field, K.Key_Return)

    def open(self, group):
        """Show a group of settings."""
        head = next(button for button in self.form.findChildren(QAbstractButton) if button.text() == group)
        self._qtbot.mouseClick(head, LEFT)

    def press(self, name):
        """Press a button."""
        button = self.find(name)
        assert button.isEnabled(), button.toolTip()
        self.form.window().repaint()
        self._qtbot.mouseClick(button, LEFT)

    @property
    def read(self):
        """All words in view."""
        return "\n".join(label.text() for label in self.form.findChildren(QLabel) if label.isVisible())


@pytest.fixture
def hands(qtbot, opened):
    """The form in a window of its own."""
    form = StartForm(opened.studio, opened.theme, opened.actions_table)
    form.resize(320, 900)
    form.show()
    qtbot.waitExposed(form)
    made = Hands(qtbot, opened, form)
    made.settle()
    yield made
    form.close_view()
    form.close()
    form.deleteLater()
