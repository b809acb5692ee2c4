"""Small removable labels, in as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from studio.app.faceset.filters import Chip
from studio.ui.theme import Theme, icon
from studio.ui.widgets.flow import FlowLayout

# What is longer, as a list of media, is read in the tool tip.
_LONGEST = 48


class Chips(QWidget):
    """Shows each limit in force; a click takes it away.

    Attributes:
        removed: the chip with this key was clicked.
    """

    removed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._buttons: dict[str, QToolButton] = {}
        self._flow = FlowLayout(self, spacing=4)
        self.setAccessibleName("Filters in force")
        theme.changed.connect(self._paint)

    def show_chips(self, chips: Sequence[Chip]) -> None:
        """Show exactly these; chips that stay keep the keys where they have them."""
        shown = {chip.key for chip in chips}
        following = self._next_to_focus(shown)
        for key in [key for key in self._buttons if key not in shown]:
            button = self._buttons.pop(key)
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        for chip in chips:
            if chip.key not in self._buttons:
                self._buttons[chip.key] = self._button(chip.key)
                self._flow.addWidget(self._buttons[chip.key])
            _say(self._buttons[chip.key], chip.text)
        self._paint()
        if following is not None:
            following.setFocus()
        self.updateGeometry()

    def _next_to_focus(self, shown: set[str]) -> QToolButton | None:
        """The chip that gets the keys where the one that has them goes: the next one, after the last the one before."""
        keys = list(self._buttons)
        going = [place for place, key in enumerate(keys) if self._buttons[key].hasFocus() and key not in shown]
        if not going:
            return None
        near = [key for key in (*keys[going[0] :], *reversed(keys[: going[0]])) if key in shown]
        return self._buttons[near[0]] if near else None

    def _button(self, key: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "chip")
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.removed.emit(key))
        return button

    def _paint(self) -> None:
        for button in self._buttons.values():
            button.setIcon(icon(self._theme, "mdi6.close", "muted"))


def _say(button: QToolButton, words: str) -> None:
    # What names files may hold ampersands, which would underline a letter.
    button.setText((words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…").replace("&", "&&"))
    button.setAccessibleName(f"Remove filter: {words}")
    button.setToolTip(f"Take this filter away: {words}")
