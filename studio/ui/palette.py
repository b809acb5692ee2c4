"""Finding an action by its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.ui.actions import Actions
from studio.ui.theme import Theme
from studio.ui.widgets.captioned import CAPTION_ROLE, CaptionedRows

_WIDTH = 560


class CommandPalette(QFrame):
    """Type a few letters, press Enter: the action is done. Escape or a click elsewhere closes it."""

    def __init__(self, actions: Actions, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.setProperty("role", "overlay")
        self.words = QLineEdit(
            objectName="palette.words", accessibleName="Find action", placeholderText="What do you want to do?"
        )
        self.list = QListWidget(objectName="palette.list", accessibleName="Actions found")
        self.list.setItemDelegate(CaptionedRows(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.words.textChanged.connect(self._find)
        self.words.installEventFilter(self)
        self.list.itemClicked.connect(self._do)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.words)
        layout.addWidget(self.list)
        self.hide()

    def open_at_top(self) -> None:
        """Show the palette with every action that can be done now."""
        window = self._window
        self._before = window.focusWidget()
        self.setGeometry((window.width() - _WIDTH) // 2, 64, _WIDTH, min(480, window.height() - 96))
        self.words.clear()
        self._find("")
        self.show()
        self.raise_()
        self.words.setFocus()

    def leave(self) -> None:
        """Hide the palette; the keys are back where they were."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lead the arrow keys, Enter and Escape from the line to the list; gone with the keys."""
        if watched is self.words and event.type() == QEvent.Type.FocusOut:
            self.hide()
        if watched is self.words and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._press(event.key())
        return super().eventFilter(watched, event)

    def _press(self, key: int) -> bool:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do(self.list.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return False
        return True

    def _find(self, words: str) -> None:
        self.list.clear()
        for action in self._actions.table.matching(words):
            known = self._actions[action.id]
            if known.isEnabled() and action.id != "help.palette":
                keys = QKeySequence(action.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(known.icon(), known.text())
                item.setToolTip(action.tip)
                item.setData(CAPTION_ROLE, keys)
                item.setData(Qt.ItemDataRole.UserRole, action.id)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.leave()
            self._actions[item.data(Qt.ItemDataRole.UserRole)].trigger()
