"""The journal as a list."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.app.studio import History, Studio
from studio.core.store.journal import Entry
from studio.ui.theme import Theme
from studio.ui.widgets.captioned import CAPTION_ROLE, CaptionedRows


class HistoryView(QWidget):
    """Every edit, the newest first; those that were undone are struck out. Enter or a double click goes there."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._theme = theme
        self.list = QListWidget(objectName="history.list", accessibleName="History")
        self.list.setItemDelegate(CaptionedRows(theme, self.list))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemActivated.connect(self._go)
        self._none = QLabel(
            "Edits of facesets are listed here; each can be undone, also after a restart.", wordWrap=True
        )
        self._none.setProperty("role", "muted")
        self._none.setContentsMargins(12, 8, 12, 8)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._none, 1)
        layout.addWidget(self.list, 1)
        studio.history_changed.connect(self._show)
        theme.changed.connect(lambda: self._show(studio.history))
        self._show(studio.history)

    def _show(self, history: History) -> None:
        self.list.clear()
        self._none.setVisible(not history.entries)
        self.list.setVisible(bool(history.entries))
        for entry in history.entries:
            item = QListWidgetItem(entry.title)
            moment = datetime.fromisoformat(entry.created).astimezone()
            item.setData(
                CAPTION_ROLE, f"{moment:%H:%M}" if moment.date() == datetime.now().date() else f"{moment:%d %b}"
            )
            item.setData(Qt.ItemDataRole.UserRole, entry)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.title}{', undone' if entry.undone else ''}")
            item.setToolTip(f"{moment:%d %B %Y, %H:%M}\n{_invitation(entry)}")
            if entry.undone:
                font = item.font()
                font.setStrikeOut(True)
                item.setFont(font)
                item.setForeground(self._theme.colour("muted"))
            self.list.addItem(item)

    def _go(self, item: QListWidgetItem) -> None:
        entry: Entry = item.data(Qt.ItemDataRole.UserRole)
        self._studio.go_to(entry)


def _invitation(entry: Entry) -> str:
    return "Double-click to make everything up to here again" if entry.undone else "Double-click to go back to here"
