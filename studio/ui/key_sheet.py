"""Every key that works here, over the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from studio.ui.actions import Actions

_COLUMNS = 3
_WIDTH, _HEIGHT = 1080, 760


class KeySheet(QFrame):
    """The shortcuts of the table of actions by menu; any key or a click closes it."""

    def __init__(self, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._before: QWidget | None = None
        self.setObjectName("keys")
        self.setAccessibleName("Key sheet")
        self.setProperty("role", "overlay")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame, accessibleName="Keys")
        area.setWidget(_columns(actions))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        title = QLabel("Keys")
        title.setProperty("role", "display")
        hint = QLabel("Any key closes this sheet.")
        hint.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 24)
        layout.setSpacing(16)
        for widget in (title, area, hint):
            layout.addWidget(widget, 1 if widget is area else 0)
        self.hide()

    def toggle(self) -> None:
        """Show the sheet over the window, or hide it."""
        if self.isVisible():
            self.leave()
            return
        window = self._window
        self._before = window.focusWidget()
        width, height = min(_WIDTH, window.width() - 64), min(_HEIGHT, window.height() - 64)
        self.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)
        self.show()
        self.raise_()
        self.setFocus()

    def leave(self) -> None:
        """Hide the sheet; the keys are back where they were."""
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()

    def event(self, event: QEvent) -> bool:
        """Take every key before it becomes a shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close the sheet, unless it is only Shift or the like."""
        if event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta):
            self.leave()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close the sheet."""
        self.leave()
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Go with the keys."""
        super().focusOutEvent(event)
        self.hide()


def _columns(actions: Actions) -> QWidget:
    content = QWidget()
    content.setProperty("role", "plain")
    columns = QHBoxLayout(content)
    columns.setContentsMargins(0, 0, 0, 0)
    columns.setSpacing(32)
    groups = _groups(actions)
    most = -(-sum(len(rows) + 2 for rows in groups.values()) // _COLUMNS)
    column, used = QVBoxLayout(), 0
    for menu, rows in groups.items():
        if used and used + len(rows) > most:
            column.addStretch()
            columns.addLayout(column, 1)
            column, used = QVBoxLayout(), 0
        column.addLayout(_group(menu, rows))
        column.addSpacing(24)
        used += len(rows) + 2
    column.addStretch()
    columns.addLayout(column, 1)
    return content


def _groups(actions: Actions) -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions.table:
        if action.shortcut:
            keys = QKeySequence(action.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
            groups.setdefault(action.menu.replace("/", ": "), []).append((keys, action.accessible_name))
    return groups


def _group(menu: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    heading = QLabel(menu)
    heading.setProperty("role", "title")
    grid.addWidget(heading, 0, 0, 1, 2)
    for number, (keys, text) in enumerate(rows, start=1):
        key = QLabel(keys)
        key.setProperty("role", "muted")
        grid.addWidget(key, number, 0)
        grid.addWidget(QLabel(text), number, 1)
    grid.setColumnMinimumWidth(0, 96)
    grid.setColumnStretch(1, 1)
    return grid
