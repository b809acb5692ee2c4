"""A bar inside a panel: what happened or what is asked, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from studio.ui.theme import Theme, icon

_ICONS = {
    "info": ("mdi6.information-outline", "muted"),
    "question": ("mdi6.help-circle-outline", "doubtful"),
    "error": ("mdi6.alert-circle-outline", "rejected"),
    "done": ("mdi6.check-circle-outline", "kept"),
}

# A column of single words can't be read.
_NARROWEST = 180


class InlineBar(QFrame):
    """One message at a time with the actions that answer it; hidden while there is none."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = "info"
        self._answers: list[QAction] = []
        # What had the keys before the message came.
        self._former: QWidget | None = None
        self.setProperty("role", "bar")
        self._icon = QLabel()
        self._words = QLabel(wordWrap=True)
        self._words.setMinimumWidth(_NARROWEST)
        self._details = QLabel(wordWrap=True)
        self._details.setProperty("role", "muted")
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(8)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        self._close = QToolButton(accessibleName="Close message", toolTip="Close this message")
        self._close.clicked.connect(self.clear)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._words)
        words.addWidget(self._details)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(12)
        layout.addWidget(self._icon)
        layout.addLayout(words, 1)
        layout.addLayout(self._tools)
        layout.addLayout(self._buttons)
        layout.addWidget(self._close)
        theme.changed.connect(self._paint)
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty where the bar is hidden."""
        return "" if self.isHidden() else self._words.text()

    def say(self, words: str, details: str = "", kind: str = "info", actions: Sequence[QAction] = ()) -> None:
        """Show a message: an info, a question, an error, or that something is done; the first action is primary."""
        if self.isHidden():
            self._former = QApplication.focusWidget()
        self._kind = kind
        self._words.setText(words)
        self._details.setText(details)
        self._details.setVisible(bool(details))
        self.setAccessibleName(words)
        self._show_actions(list(actions))
        self._close.setVisible(kind != "question")
        self._paint()
        self.show()

    def add_tool(self, widget: QWidget) -> None:
        """Have `widget` stand before the buttons of every message."""
        self._tools.addWidget(widget)

    def focus_first(self) -> None:
        """Give the keys to the first action."""
        item = self._buttons.itemAt(0)
        button = item.widget() if item is not None else None
        if button is not None:
            button.setFocus()

    def clear(self) -> None:
        """Say nothing; the keys go back to where they were before."""
        self._words.clear()
        focused, former, self._former = QApplication.focusWidget(), self._former, None
        if focused is not None and self.isAncestorOf(focused) and former is not None and isValid(former):
            former.setFocus()
        self.hide()

    def _show_actions(self, actions: list[QAction]) -> None:
        # Buttons that stay keep the keys: a message may change while one stands on its answer.
        if actions == self._answers:
            return
        self._answers = actions
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, action in enumerate(actions):
            self._buttons.addWidget(_button(action, primary=number == 0))

    def _paint(self) -> None:
        name, token = _ICONS[self._kind]
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icon(self._theme, name, token).pixmap(QSize(20, 20), ratio))
        self._close.setIcon(icon(self._theme, "mdi6.close", "muted"))


def _button(action: QAction, *, primary: bool) -> QPushButton:
    button = QPushButton(action.text())
    button.setAccessibleName(action.text().rstrip("…"))
    button.setToolTip(action.toolTip())
    button.setEnabled(action.isEnabled())
    action.enabledChanged.connect(button.setEnabled)
    if primary:
        button.setProperty("role", "primary")
    button.clicked.connect(action.trigger)
    return button
