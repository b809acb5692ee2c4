"""A heading that shows and hides what is below it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.ui.theme import Theme, icon

_INDENT = 24


class Disclosure(QWidget):
    """A heading with a note at its right; what it holds is hidden until the heading is pressed."""

    def __init__(self, title: str, content: QWidget, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._content = content
        self.head = QToolButton(text=title, accessibleName=title, checkable=True)
        self.head.setProperty("role", "disclosure")
        self.head.setToolTip(f"Show or hide: {title.lower()}")
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setIconSize(QSize(16, 16))
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.head.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._note = QLabel()
        self._note.setProperty("role", "small")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.head, 1)
        row.addWidget(self._note)
        content.setContentsMargins(_INDENT, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(content)
        self.head.toggled.connect(self._toggle)
        theme.changed.connect(self._paint)
        self._toggle(False)

    def say(self, note: str) -> None:
        """Have `note` stand at the right of the heading."""
        self._note.setText(note)
        self.head.setAccessibleDescription(note)

    def _toggle(self, shown: bool) -> None:
        self._content.setVisible(shown)
        self._paint()

    def _paint(self) -> None:
        name = "mdi6.chevron-down" if self.head.isChecked() else "mdi6.chevron-right"
        self.head.setIcon(icon(self._theme, name, "muted"))
