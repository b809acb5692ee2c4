"""The column at the right: the training on show, what can be done with it, and the other runs."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.studio import Studio
from studio.app.training.monitor import LANE, Monitor
from studio.app.training.notes import read_notes, write_notes
from studio.app.training.steering import Steering
from studio.ui.actions import Actions
from studio.ui.panels.training.facts import Facts
from studio.ui.panels.training.run_list import RunList
from studio.ui.panels.training.safe_form import SafeForm
from studio.ui.theme import Theme

# In two columns; pausing and resuming share a place.
_TOOLS = {
    "pause": (0, 0), "resume": (0, 0), "stop": (0, 1), "save": (1, 0), "preview": (1, 1), "pin": (2, 0),
    "latest": (2, 1), "fork": (3, 0), "worst": (3, 1),
}  # fmt: skip
_SETTLE_MS = 800
_NOTES_PX = 84


class RunColumn(QScrollArea):
    """Figures, commands, safe settings, runs and notes, in the order one uses them."""

    def __init__(
        self, studio: Studio, monitor: Monitor, steering: Steering, theme: Theme, actions: Actions,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._studio = studio
        self._monitor = monitor
        self._steering = steering
        self._actions = actions
        self.facts = Facts(theme)
        self.safe = SafeForm()
        self.runs = RunList(monitor, theme)
        self.notes = QPlainTextEdit(objectName="training.notes", accessibleName="Notes")
        self.notes.setToolTip("What you want to remember of this training; kept in its folder")
        self.notes.setPlaceholderText("What you want to remember of this training")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(_NOTES_PX)
        # Of which run the notes are shown; what is typed before they were read would be lost.
        self._noted = ""
        self._writing = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._writing.timeout.connect(self.keep_notes)
        self._compose(actions)
        self.notes.textChanged.connect(self._on_typed)
        self.safe.applied.connect(steering.set)
        self.runs.chosen.connect(monitor.show)
        self.runs.ticked.connect(lambda name, on: monitor.overlay(name, on=on))

    def show_run(self) -> None:
        """Show the training on show as it is now."""
        row, course = self._monitor.row, self._monitor.course
        if row is not None:
            self.facts.show_run(row, course)
            self.safe.show_course(course, live=row.live)
            self.runs.show_rows()
            if self._noted != row.run:
                self._read_notes()

    def ask_fork(self) -> None:
        """Offer the checkpoints to begin a new run from, the newest first."""
        course = self._monitor.course
        if course is not None and course.checkpoints:
            menu = QMenu(self)
            menu.setAccessibleName("Checkpoints")
            for step in reversed(course.checkpoints):
                menu.addAction(f"Step {step:,}").triggered.connect(
                    lambda _checked, step=step: self._steering.fork(step)
                )
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.below("fork"))

    def below(self, tool: str) -> QPoint:
        """Where a menu of the tool called `tool` begins, on the screen."""
        button = self._tools[tool]
        return button.mapToGlobal(button.rect().bottomLeft())

    def keep_notes(self) -> None:
        """Store the notes, if they were changed."""
        row, text = self._monitor.row_of(self._noted), self.notes.toPlainText()
        self._writing.stop()
        if row is not None and self.notes.document().isModified():
            self.notes.document().setModified(False)
            folder = row.folder
            self._studio.background.run(
                lambda: write_notes(folder, text), lambda _none: None, self._studio.report, lane=LANE
            )

    def _compose(self, actions: Actions) -> None:
        buttons = {name: actions.button(f"training.{name}", text=True) for name in _TOOLS}
        for name, button in buttons.items():
            button.setObjectName("training.stop" if name == "stop" else f"training.{name}.button")
        self._tools = buttons
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(12, 8, 12, 16)
        layout.setSpacing(8)
        layout.addWidget(self.facts)
        tools = QGridLayout()
        tools.setSpacing(4)
        for name, button in buttons.items():
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setProperty("role", "tool")
            tools.addWidget(button, *_TOOLS[name])
        layout.addLayout(tools)
        for title, part, tool in (
            ("Settings", self.safe, None),
            ("Trainings", self.runs, actions.button("training.new")),
            ("Notes", self.notes, None),
        ):
            layout.addSpacing(8)
            layout.addLayout(_head(title, tool))
            layout.addWidget(part)
        layout.addStretch()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Training on show")
        self.setWidget(column)

    def show_buttons(self, *, live: bool) -> None:
        """A training at work can be paused, one that is over resumed."""
        self._tools["pause"].setVisible(live)
        self._tools["pause"].setAccessibleName(self._actions["training.pause"].text())
        self._tools["resume"].setVisible(not live)

    def _read_notes(self) -> None:
        self.keep_notes()
        row = self._monitor.row
        assert row is not None
        self._noted = ""
        self.notes.setReadOnly(True)

        def show(text: str) -> None:
            if self._monitor.shown == row.run:
                self.notes.setPlainText(text)
                self.notes.document().setModified(False)
                self.notes.setReadOnly(False)
                self._noted = row.run

        self._studio.background.run(lambda: read_notes(row.folder), show, self._studio.report, lane=LANE)

    def _on_typed(self) -> None:
        if self.notes.document().isModified():
            self._writing.start()


def _head(title: str, tool: QToolButton | None) -> QHBoxLayout:
    words = QLabel(title)
    words.setProperty("role", "title")
    line = QHBoxLayout()
    line.addWidget(words, 1)
    if tool is not None:
        line.addWidget(tool)
    return line
