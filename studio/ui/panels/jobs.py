"""The jobs dock: what runs, what waits, what is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.runs import RunRow
from studio.app.studio import Studio
from studio.ui.theme import Theme, icon

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HEADERS = ("Job", "State", "Progress", "Time left", "Started", "Message")
_PROGRESS = 2
STATE_TOKENS = {"running": "accent", "paused": "doubtful", "queued": "muted", "done": "kept", "failed": "rejected",
           "died": "rejected", "stopped": "muted"}  # fmt: skip
# State is never said by colour alone.
PICTURES = {
    "running": "mdi6.play",
    "paused": "mdi6.pause",
    "queued": "mdi6.clock-outline",
    "done": "mdi6.check",
    "failed": "mdi6.alert-circle-outline",
    "died": "mdi6.alert-circle-outline",
    "stopped": "mdi6.stop",
}


class JobsModel(QAbstractTableModel):
    """One row a run, the newest first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: tuple[RunRow, ...] = ()

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Show `rows`; the selection stays where only their progress differs."""
        before, self.rows = self.rows, tuple(rows)
        if [row.run for row in before] == [row.run for row in rows]:
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_HEADERS) - 1))
        else:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many runs there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """What is shown of each."""
        return 0 if parent.isValid() else len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The headings of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The cell in words; its colour where the state has one."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(row)[index.column()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(cell for cell in _cells(row) if cell)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() > 0:
            return self._theme.colour(STATE_TOKENS.get(row.state, "text") if index.column() == 1 else "muted")
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 1:
            return icon(self._theme, PICTURES.get(row.state, "mdi6.circle-small"), STATE_TOKENS.get(row.state, "text"))
        return None


class JobsPanel(QWidget):
    """Jobs of the project, whoever started them; they outlive the window."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Jobs")
        self._studio = studio
        self._theme = theme
        self.model = JobsModel(theme)
        self.table = QTableView(objectName="jobs.table", accessibleName="Jobs")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setItemDelegateForColumn(_PROGRESS, _Bar(theme, self.table))
        self.table.verticalHeader().setDefaultSectionSize(28)
        header = self.table.horizontalHeader()
        for column, width in enumerate((280, 112, 160, 120, 88)):
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(len(_HEADERS) - 1, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._empty = QLabel(
            "Jobs that you start here or in a terminal are listed here; they go on when the window is closed."
        )
        self._empty.setProperty("role", "muted")
        self._empty.setContentsMargins(12, 8, 12, 8)
        self._log = QPlainTextEdit(readOnly=True, accessibleName="Log of the job")
        self._log.setTabChangesFocus(True)
        self._log.hide()
        self._log.setObjectName("jobs.log")
        self._pause = self._button("pause", "Pause", "Have the job wait where it is", "mdi6.pause", self._toggle_pause)
        self._stop = self._button("stop", "Stop", "Have the job save and stop", "mdi6.stop", self._stop_job)
        self._read = self._button(
            "log", "Log", "Show what the job has logged", "mdi6.text-box-outline", self._toggle_log
        )
        self._read.setCheckable(True)
        self._open = self._button(
            "folder", "Open folder", "Open the run's folder", "mdi6.folder-open-outline", self._open_folder
        )
        buttons = QVBoxLayout()
        buttons.setSpacing(0)
        for button in (self._pause, self._stop, self._read, self._open):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self._empty, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.table, 3)
        layout.addWidget(self._log, 2)
        layout.addLayout(buttons)
        self.table.selectionModel().currentRowChanged.connect(self._show_chosen)
        self.model.dataChanged.connect(self._show_chosen)
        self.model.modelReset.connect(self._choose_again)
        studio.runs.changed.connect(self._show)
        theme.changed.connect(self._paint)
        self._chosen = ""
        self._paint()
        self._show(studio.runs.rows)

    @property
    def chosen(self) -> RunRow | None:
        """The run that the buttons act on."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def _show(self, rows: Sequence[RunRow]) -> None:
        self.model.show_rows(rows)
        self._empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self._show_chosen()

    def _choose_again(self) -> None:
        names = [row.run for row in self.model.rows]
        if names:
            self.table.selectRow(names.index(self._chosen) if self._chosen in names else 0)

    def _show_chosen(self, *_news: object) -> None:
        run = self.chosen
        self._chosen = run.run if run else ""
        for button, possible in (
            (self._pause, run is not None and run.state in ("running", "paused")),
            (self._stop, run is not None and run.live),
            (self._read, run is not None),
            (self._open, run is not None),
        ):
            button.setEnabled(possible)
        paused = run is not None and run.state == "paused"
        self._pause.setText("Resume" if paused else "Pause")
        self._pause.setAccessibleName(self._pause.text())
        self._pause.setToolTip("Have the job go on" if paused else "Have the job wait where it is")
        if run is not None and self._log.isVisible():
            self._read_log(run)

    def _toggle_pause(self) -> None:
        run = self.chosen
        if run is not None:
            (self._studio.runs.resume if run.state == "paused" else self._studio.runs.pause)(run)

    def _stop_job(self) -> None:
        if self.chosen is not None:
            self._studio.runs.stop(self.chosen)

    def _toggle_log(self) -> None:
        self._log.setVisible(not self._log.isVisible())
        self._show_chosen()

    def _read_log(self, run: RunRow) -> None:
        def show(text: str) -> None:
            if text != self._log.toPlainText():
                self._log.setPlainText(text or "Nothing was logged.")
                self._log.verticalScrollBar().setValue(self._log.verticalScrollBar().maximum())

        self._studio.background.run(lambda: self._studio.runs.read_log(run), show, self._studio.report, lane="runs")

    def _open_folder(self) -> None:
        if self.chosen is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.chosen.folder)))

    def _button(self, name: str, text: str, tip: str, picture: str, do: Callable[[], None]) -> QToolButton:
        button = QToolButton(objectName=f"jobs.{name}", text=text, toolTip=tip, accessibleName=text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setMinimumWidth(120)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setProperty("picture", picture)
        button.clicked.connect(lambda _checked: do())
        return button

    def _paint(self) -> None:
        for button in (self._pause, self._stop, self._read, self._open):
            button.setIcon(icon(self._theme, button.property("picture")))


class _Bar(QStyledItemDelegate):
    """Paints how far a job is as a bar with figures."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        super().paint(painter, option, index)
        model = index.model()
        assert isinstance(model, JobsModel)
        row, box = model.rows[index.row()], option.rect
        if row.fraction is not None and row.live:
            bar = QRect(box.left() + 8, box.bottom() - 3, box.width() - 16, 2)
            painter.fillRect(bar, self._theme.colour("line"))
            bar.setWidth(round(bar.width() * row.fraction))
            painter.fillRect(bar, self._theme.colour("accent"))


def duration(seconds: float) -> str:
    """Seconds in words: "40 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _cells(row: RunRow) -> tuple[str, ...]:
    progress = f"{row.done:,} of {row.total:,}" if row.total else f"{row.done:,}" if row.done else ""
    started = row.started.astimezone().strftime("%H:%M") if row.started else ""
    if row.live:
        left = duration(row.seconds_left) if row.seconds_left is not None else ""
    elif row.started and row.ended:
        left = f"took {duration((row.ended - row.started).total_seconds())}"
    else:
        left = ""
    if row.state == "running" and not left and row.started:
        left = f"since {duration((datetime.now(UTC) - row.started).total_seconds())}"
    return row.title, row.state.capitalize(), progress, left, started, row.message
