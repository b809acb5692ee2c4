"""A row of small removable labels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from studio.app.faceset.filters import Chip
from studio.ui.theme import Theme, icon


class Chips(QWidget):
    """Shows each limit in force; a click takes it away.

    Attributes:
        removed: the chip with this key was clicked.
    """

    removed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch()
        self.setAccessibleName("Filters in force")

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Show exactly these."""
        while self._row.count() > 1:
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, chip in enumerate(chips):
            self._row.insertWidget(number, self._button(chip))

    def _button(self, chip: Chip) -> QToolButton:
        button = QToolButton(text=chip.text)
        button.setProperty("role", "chip")
        button.setIcon(icon(self._theme, "mdi6.close", "muted"))
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(f"Remove filter: {chip.text}")
        button.setToolTip("Take this filter away")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.removed.emit(chip.key))
        return button
