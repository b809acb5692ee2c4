"""What an empty panel shows: a small picture, one sentence, one button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.ui.theme import Theme, icon

_PICTURE = 72
_WIDTH = 480


class EmptyState(QWidget):
    """Says in one sentence what will be here, and offers the one thing to do next."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = "mdi6.image-outline"
        self._action: QAction | None = None
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._picture.setFixedHeight(_PICTURE)
        self._sentence = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._sentence.setProperty("role", "title")
        self._hint = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._hint.setProperty("role", "muted")
        self._hint.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._hint.setAccessibleName("What to do")
        self._button = QPushButton(accessibleName="What to do next")
        self._button.setProperty("role", "primary")
        self._button.clicked.connect(self._do)
        # A column of fixed width: only then are labels that wrap as high as their words.
        column = QWidget()
        column.setFixedWidth(_WIDTH)
        words = QVBoxLayout(column)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(12)
        for widget in (self._picture, self._sentence, self._hint):
            words.addWidget(widget)
        words.addSpacing(4)
        words.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column)
        middle.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(middle)
        layout.addStretch(3)
        theme.changed.connect(self._paint)

    def say(self, picture: str, sentence: str, hint: str = "", action: QAction | None = None) -> None:
        """Show `sentence` under the icon `picture`; `action` is what the button does."""
        self._icon, self._action = picture, action
        self._sentence.setText(sentence)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._button.setVisible(action is not None)
        if action is not None:
            self._button.setText(action.text())
            self._button.setAccessibleName(action.text().rstrip("…"))
            self._button.setToolTip(action.toolTip())
        self._paint()

    def _do(self) -> None:
        if self._action is not None:
            self._action.trigger()

    def _paint(self) -> None:
        picture = icon(self._theme, self._icon, "muted").pixmap(QSize(_PICTURE, _PICTURE), self.devicePixelRatioF())
        self._picture.setPixmap(picture)
