"""The way back from a page that is shown in the place of another."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from studio.ui.theme import Theme, icon

_SIDE, _INSET = 32, 8


class BackButton(QToolButton):
    """A button in the upper right corner of its page, over whatever is shown there."""

    def __init__(self, page: QWidget, theme: Theme, words: str) -> None:
        """`words` say where it leads."""
        super().__init__(page)
        self._theme, self._page = theme, page
        self.setAccessibleName(words)
        self.setToolTip(f"{words} (Escape)")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(_SIDE, _SIDE)
        page.installEventFilter(self)
        theme.changed.connect(self._paint)
        self._paint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self.move(self._page.width() - _SIDE - _INSET, _INSET)
            self.raise_()
        return super().eventFilter(watched, event)

    def _paint(self) -> None:
        self.setIcon(icon(self._theme, "mdi6.close"))
        # It may lie over a picture of any colour.
        rest, hovered = (self._theme.colour(token).name() for token in ("panel", "raised"))
        self.setStyleSheet(f"QToolButton {{ background: {rest}; }} QToolButton:hover {{ background: {hovered}; }}")
