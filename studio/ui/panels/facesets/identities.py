"""The people of the project: consent, counts, extraction in progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.app.runs import RunRow
from studio.app.studio import IdentityRow
from studio.ui.panels.jobs import duration
from studio.ui.theme import Theme, icon
from studio.ui.widgets.dropping import dragged_paths

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HEIGHT = 52
_ICON = 16


class IdentityModel(QAbstractListModel):
    """One row a person."""

    def __init__(self) -> None:
        super().__init__()
        self.people: tuple[IdentityRow, ...] = ()
        self._live: tuple[RunRow, ...] = ()

    def show_people(self, people: Sequence[IdentityRow]) -> None:
        """Show these people; rows are kept where the same people are there."""
        before, self.people = self.people, tuple(people)
        if [row.identity.id for row in before] == [row.identity.id for row in self.people]:
            self._repaint()
        else:
            self.beginResetModel()
            self.endResetModel()

    def show_runs(self, runs: Sequence[RunRow]) -> None:
        """Show which people faces are being extracted of."""
        live = tuple(run for run in runs if run.kind == "extract" and run.live)
        if live != self._live:
            self._live = live
            self._repaint()

    def extraction_of(self, identity: int) -> RunRow | None:
        """The job that collects faces of the person with this id, under any name they had; None where there is none."""
        names = next((row.names for row in self.people if row.identity.id == identity), frozenset())
        # The oldest: those that were started later wait for it.
        return next((run for run in reversed(self._live) if run.identity in names), None)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many people there are."""
        return 0 if parent.isValid() else len(self.people)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name; what a screen reader says; the row itself under `UserRole`."""
        if not index.isValid():
            return None
        row = self.people[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.identity.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{row.identity.name}: {consent_words(row)}; {self.counts(row)}"
        return row if role == Qt.ItemDataRole.UserRole else None

    def counts(self, row: IdentityRow) -> str:
        """The second line: how far an extraction is, or how many faces there are."""
        run = self.extraction_of(row.identity.id)
        if run is not None:
            return f"{_progress(run)}, {_faces(row.faces)}"
        if row.faces == 0:
            return "No faces yet"
        rejected = row.faces - row.used
        return _faces(row.used) + (f", {rejected:,} rejected" if rejected else "")

    def _repaint(self) -> None:
        if self.people:
            self.dataChanged.emit(self.index(0), self.index(len(self.people) - 1))


class IdentityList(QListView):
    """The people to choose from; videos and folders dropped on one are extracted.

    Attributes:
        chosen: a person was chosen, or none.
        dropped: files or folders were dropped on this person.
    """

    chosen = Signal(object)
    dropped = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("facesets.identity")
        self.setAccessibleName("Identities")
        self.people = IdentityModel()
        self._under_drag = -1
        self.setModel(self.people)
        self.setItemDelegate(_Painter(self, theme))
        self.setAcceptDrops(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.people.modelReset.connect(self._choose_again)
        self._identity = -1

    def choose(self, identity: int) -> bool:
        """Choose the person with this id; False where there is none."""
        for number, row in enumerate(self.people.people):
            if row.identity.id == identity:
                self.selectionModel().setCurrentIndex(
                    self.people.index(number), QItemSelectionModel.SelectionFlag.ClearAndSelect
                )
                return True
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders of this machine."""
        if dragged_paths(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Light up the person under the pointer."""
        self._light(self.indexAt(event.position().toPoint()).row())
        if self._under_drag >= 0:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, _event: object) -> None:
        """The files were taken elsewhere."""
        self._light(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        """Have the files extracted."""
        index = self.indexAt(event.position().toPoint())
        self._light(-1)
        if index.isValid() and dragged_paths(event):
            event.acceptProposedAction()
            self.dropped.emit(self.people.people[index.row()], dragged_paths(event))

    @property
    def under_drag(self) -> int:
        """The row that files are held over, -1 for none."""
        return self._under_drag

    def _light(self, row: int) -> None:
        if row != self._under_drag:
            self._under_drag = row
            self.viewport().update()

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row = self.people.people[current.row()] if current.isValid() else None
        if row is not None:
            self._identity = row.identity.id
        self.chosen.emit(row)

    def _choose_again(self) -> None:
        if not self.choose(self._identity) and self.people.people:
            self.choose(self.people.people[0].identity.id)
        elif not self.people.people:
            self.chosen.emit(None)


def consent_words(row: IdentityRow) -> str:
    """The state of a consent record in words."""
    if row.identity.revoked:
        return "consent revoked"
    if not row.holds:
        return f"consent expired on {row.identity.expires}"
    until = f" until {row.identity.expires}" if row.identity.expires else ""
    return f"consent on record{until} ({row.identity.basis.value})"


def _progress(run: RunRow) -> str:
    if run.state == "queued":
        return "Extraction waits"
    share = f" {run.fraction:.0%}" if run.fraction is not None else ""
    if run.state == "paused":
        return f"Paused{share}"
    left = f", {duration(run.seconds_left)} left" if run.seconds_left is not None else ""
    return f"Extracting{share}{left}"


def _faces(number: int) -> str:
    return f"{number:,} {'face' if number == 1 else 'faces'}"


class _Painter(QStyledItemDelegate):
    """Paints a person: consent, name, counts, a bar where faces are being extracted."""

    def __init__(self, view: IdentityList, theme: Theme) -> None:
        super().__init__(view)
        self._view = view
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(160, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model, box = self._view.people, option.rect
        row: IdentityRow = model.people[index.row()]
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver) or self._view.under_drag == index.row()
        painter.fillRect(box, self._theme.colour("raised" if chosen else "hover" if hovered else "panel"))
        if chosen or self._view.under_drag == index.row():
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), self._theme.colour("accent"))
        name, token = ("mdi6.shield-check-outline", "kept") if row.holds else ("mdi6.shield-off-outline", "rejected")
        picture = icon(self._theme, name, token).pixmap(QSize(_ICON, _ICON), self._view.devicePixelRatioF())
        painter.drawPixmap(QPoint(box.left() + 12, box.top() + 10), picture)
        words = QRect(box.left() + 36, box.top() + 6, box.width() - 44, 20)
        self._write(painter, words, row.identity.name, "body", "text")
        second = model.counts(row) if row.holds else consent_words(row).capitalize()
        self._write(painter, words.translated(0, 19), second, "small", "muted" if row.holds else "rejected")
        run = model.extraction_of(row.identity.id)
        if run is not None:
            bar = QRect(box.left() + 36, box.bottom() - 4, box.width() - 48, 2)
            painter.fillRect(bar, self._theme.colour("line"))
            bar.setWidth(round(bar.width() * (run.fraction or 0)))
            painter.fillRect(bar, self._theme.colour("accent"))

    def _write(self, painter: QPainter, box: QRect, words: str, font: str, token: str) -> None:
        painter.setFont(self._theme.font(font))
        painter.setPen(self._theme.colour(token))
        line = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
