"""The table of actions as Qt's."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolButton, QWidget

from studio.app.actions import MENUS, WINDOW, ActionTable
from studio.ui.theme import Theme, icon


class Actions:
    """Every action of the table as a QAction; panels say what they do.

    Attributes:
        table: where they come from.
    """

    def __init__(self, table: ActionTable, theme: Theme, window: QWidget) -> None:
        self.table = table
        self._theme = theme
        self._window = window
        self._actions = {action.id: self._made(action.id) for action in table}
        theme.changed.connect(self._paint)
        self._paint()

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def bind(self, action_id: str, do: Callable[[], object], panel: QWidget | None = None) -> QAction:
        """Have the action do `do`; one of a panel works where `panel` or something in it has the keys."""
        action = self._actions[action_id]
        action.triggered.connect(lambda _checked: do())
        action.setEnabled(True)
        if panel is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            panel.addAction(action)
        return action

    def enable(self, action_id: str, possible: bool, why_not: str = "") -> None:
        """Say whether the action can be done now, and if not, why, in its tool tip."""
        action = self._actions[action_id]
        action.setEnabled(possible)
        action.setToolTip(self._tip(action_id) + (f"\n{why_not}" if why_not and not possible else ""))

    def button(self, action_id: str, *, text: bool = False) -> QToolButton:
        """A tool button of 32 px for the action."""
        button = QToolButton()
        button.setDefaultAction(self._actions[action_id])
        button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        button.setAccessibleName(self.table[action_id].accessible_name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setMinimumSize(32, 32)
        return button

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus of the table in `bar`."""
        menus: dict[str, QMenu] = {}
        for name in MENUS:
            self._menu(bar, menus, name)
        for action in self.table:
            if action.menu:
                self._menu(bar, menus, action.menu).addAction(self._actions[action.id])

    def menu(self, path: str, parent: QWidget) -> QMenu:
        """A menu of the actions whose path begins with `path`, for a right click."""
        menu = QMenu(parent)
        menu.setAccessibleName(path.rpartition("/")[2])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = ""
        for action in self.table:
            if action.menu.startswith(path):
                if group and action.menu != group:
                    menu.addSeparator()
                group = action.menu
                menu.addAction(self._actions[action.id])
        return menu

    def _menu(self, bar: QMenuBar, menus: dict[str, QMenu], path: str) -> QMenu:
        if path not in menus:
            above, _, name = path.rpartition("/")
            parent = self._menu(bar, menus, above) if above else bar
            menus[path] = parent.addMenu(name)
            menus[path].setAccessibleName(name)
        return menus[path]

    def _made(self, action_id: str) -> QAction:
        facts = self.table[action_id]
        action = QAction(facts.text, self._window)
        action.setObjectName(f"action.{facts.id}")
        action.setCheckable(facts.checkable)
        action.setToolTip(self._tip(action_id))
        action.setStatusTip(facts.tip)
        action.setEnabled(False)
        if facts.shortcut:
            action.setShortcut(QKeySequence(facts.shortcut))
        if facts.context == WINDOW:
            self._window.addAction(action)
        return action

    def _tip(self, action_id: str) -> str:
        facts = self.table[action_id]
        return f"{facts.tip} ({facts.shortcut})" if facts.shortcut else facts.tip

    def _paint(self) -> None:
        for facts in self.table:
            if facts.icon:
                self._actions[facts.id].setIcon(icon(self._theme, facts.icon))
