"""The trainings of the project: which is on show, which are compared with it, and what sets them apart."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.app.runs import RunRow
from studio.app.training import words
from studio.app.training.comparison import differences
from studio.app.training.monitor import Monitor
from studio.ui.theme import Theme
from studio.ui.widgets.captioned import CAPTION_ROLE, CaptionedRows

_NAME = Qt.ItemDataRole.UserRole
_ROW, _MOST_ROWS = 28, 6


class RunList(QWidget):
    """A row a run, the newest first: the chosen one is on show, ticked ones lie beneath it.

    Attributes:
        chosen: the run of this name shall be shown.
        ticked: the run of this name shall be compared, or no longer.
    """

    chosen = Signal(str)
    ticked = Signal(str, bool)

    def __init__(self, monitor: Monitor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._monitor = monitor
        self.list = QListWidget(objectName="training.runs", accessibleName="Trainings")
        self.list.setToolTip("Choose a training to watch; tick others to lay their curves beneath")
        self.list.setItemDelegate(CaptionedRows(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.differences = QLabel(objectName="training.differences", wordWrap=True)
        self.differences.setProperty("role", "small")
        self.differences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list)
        layout.addWidget(self.differences)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemChanged.connect(self._on_item)

    def show_rows(self) -> None:
        """Show the runs as they are now."""
        rows, names = self._monitor.rows, [self._name(place) for place in range(self.list.count())]
        with QSignalBlocker(self.list):
            if names != [row.run for row in rows]:
                self.list.clear()
                for row in rows:
                    self.list.addItem(QListWidgetItem())
                    self.list.item(self.list.count() - 1).setData(_NAME, row.run)
            for place, row in enumerate(rows):
                self._write(self.list.item(place), row)
        self.list.setFixedHeight(max(1, min(len(rows), _MOST_ROWS)) * _ROW + 4)
        self.say_differences()

    def say_differences(self) -> None:
        """Say which settings differ between the run on show and those beneath it."""
        names = (self._monitor.shown, *self._monitor.overlaid)
        courses = [self._monitor.courses[name] for name in names if name in self._monitor.courses]
        if len(courses) < 2:
            self.differences.setText("Tick another training to compare it with this one." * (self.list.count() > 1))
        else:
            found = differences(courses)
            lines = [f"{each.name}: {' / '.join(each.values)}" for each in found]
            self.differences.setText("\n".join(lines) or "No setting differs.")
        self.differences.setVisible(bool(self.differences.text()))

    def _write(self, item: QListWidgetItem, row: RunRow) -> None:
        shown = row.run == self._monitor.shown
        item.setText(words.title_of(row))
        item.setData(CAPTION_ROLE, f"{words.begun_words(row)}  {words.state_words(row)}")
        item.setToolTip(row.run)
        said = f"{words.title_of(row)}, {words.begun_words(row)}, {words.state_words(row)}"
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        on = shown or row.run in self._monitor.overlaid
        item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        if shown:
            self.list.setCurrentItem(item)

    def _name(self, place: int) -> str:
        return str(self.list.item(place).data(_NAME))

    def _on_current(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(_NAME)))

    def _on_item(self, item: QListWidgetItem) -> None:
        name, on = str(item.data(_NAME)), item.checkState() == Qt.CheckState.Checked
        if name == self._monitor.shown:
            # What is on show can't be hidden.
            with QSignalBlocker(self.list):
                item.setCheckState(Qt.CheckState.Checked)
        else:
            self.ticked.emit(name, on)
