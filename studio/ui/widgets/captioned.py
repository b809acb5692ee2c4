"""Rows of lists with a quiet second text at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.ui.theme import Theme

CAPTION_ROLE = Qt.ItemDataRole.UserRole + 100
_MARGIN = 12
_GAP = 16


class CaptionedRows(QStyledItemDelegate):
    """Paints an item as ever, and what it has under `CAPTION_ROLE` at the right, in small muted text."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one row; its first text gives way to the caption."""
        caption = str(index.data(CAPTION_ROLE) or "")
        shown = QStyleOptionViewItem(option)
        self.initStyleOption(shown, index)
        widget: QWidget = shown.widget
        box: QRect = shown.rect
        style = widget.style() if widget else QApplication.style()
        figures = self._theme.font("small")
        painter.save()
        painter.setFont(figures)
        room = box.width() - 2 * _MARGIN - _GAP - shown.fontMetrics.horizontalAdvance(shown.text) - 24
        words = painter.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideMiddle, max(room, 80))
        painter.restore()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, shown, painter, widget)
        painter.save()
        painter.setFont(figures)
        painter.setPen(self._theme.colour("muted"))
        right = box.adjusted(_MARGIN, 0, -_MARGIN, 0)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()
