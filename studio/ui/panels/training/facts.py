"""The figures of the training on show."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.app.runs import RunRow
from studio.app.training import words
from studio.app.training.course import Course
from studio.ui.panels.jobs import PICTURES, STATE_TOKENS, duration
from studio.ui.theme import Theme, icon

_ROWS = ("Step", "Time left", "Speed", "Loss A and B", "Memory", "GPU", "Waiting for data", "Faces A and B")


class Facts(QWidget):
    """Who is trained, how far it is, how fast and at what cost."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = ""
        self._title = QLabel(objectName="training.title", wordWrap=True)
        self._title.setProperty("role", "title")
        self._icon = QLabel()
        self.state = QLabel(objectName="training.state")
        self._bar = QProgressBar(textVisible=False, accessibleName="Progress")
        self._bar.setRange(0, 1000)
        self._values = {name: QLabel("-") for name in _ROWS}
        state = QHBoxLayout()
        state.setSpacing(8)
        state.addWidget(self._icon)
        state.addWidget(self.state, 1)
        self._form = QFormLayout()
        self._form.setVerticalSpacing(4)
        self._form.setHorizontalSpacing(16)
        for name, value in self._values.items():
            label = QLabel(name)
            label.setProperty("role", "muted")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(name)
            self._form.addRow(label, value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addLayout(state)
        layout.addWidget(self._bar)
        layout.addLayout(self._form)
        theme.changed.connect(self._paint)

    def show_run(self, row: RunRow, course: Course | None) -> None:
        """Show what is known of a run."""
        self._state = row.state
        self._title.setText(words.title_of(row))
        self.state.setText(words.state_words(row))
        self._bar.setValue(round(1000 * (row.fraction or 0)))
        left = duration(row.seconds_left) if row.seconds_left is not None else "-"
        heat = words.heat_words(course)
        faces = course.faces if course is not None else {}
        told = {
            "Step": words.step_words(row),
            "Time left": left if row.live else "-",
            "Speed": words.speed_words(course),
            "Loss A and B": words.loss_words(course),
            "Memory": words.memory_words(course),
            "GPU": heat,
            "Waiting for data": words.waiting_words(course),
            "Faces A and B": f"{faces['a']:,} and {faces['b']:,}" if faces else "",
        }
        for name, value in told.items():
            self._values[name].setText(value)
            self._form.setRowVisible(self._values[name], bool(value))
        self._paint()

    def value(self, name: str) -> str:
        """What stands beside `name`."""
        return self._values[name].text()

    def _paint(self) -> None:
        token = STATE_TOKENS.get(self._state, "text")
        picture = icon(self._theme, PICTURES.get(self._state, "mdi6.circle-small"), token)
        self._icon.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
