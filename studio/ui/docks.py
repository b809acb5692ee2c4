"""The docks around the workspaces: jobs, history, where files come from, settings and the guide."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QToolButton, QWidget

from studio.app.studio import Studio
from studio.ui.actions import Actions
from studio.ui.guide import GuideView
from studio.ui.history import HistoryView
from studio.ui.origin import OriginView
from studio.ui.panels.jobs import JobsPanel
from studio.ui.settings import SettingsView
from studio.ui.theme import Theme, icon

_Area = Qt.DockWidgetArea
_JOBS, _HISTORY, _SETTINGS, _GUIDE = "view.jobs", "edit.history", "view.settings", "help.guide"
_ORIGIN = "view.origin"
# Saved layouts of another number are not restored: raise it where docks are added or renamed.
_LAYOUT = 3


class Docks:
    """Each dock follows its checkable action; where they are is kept while a project is open."""

    def __init__(self, window: QMainWindow, actions: Actions, studio: Studio, theme: Theme) -> None:
        self._window = window
        self._actions = actions
        self._theme = theme
        self._origin = OriginView(studio, theme)
        self._docks = {
            _JOBS: self._dock(_JOBS, "panel.jobs", JobsPanel(studio, theme), _Area.BottomDockWidgetArea),
            _HISTORY: self._dock(_HISTORY, "panel.history", HistoryView(studio, theme), _Area.RightDockWidgetArea),
            _ORIGIN: self._dock(_ORIGIN, "panel.origin", self._origin, _Area.RightDockWidgetArea),
            _SETTINGS: self._dock(_SETTINGS, "panel.settings", SettingsView(studio.user), _Area.RightDockWidgetArea),
            _GUIDE: self._dock(_GUIDE, "panel.guide", GuideView(), _Area.RightDockWidgetArea),
        }
        window.tabifyDockWidget(self._docks[_HISTORY], self._docks[_ORIGIN])
        window.tabifyDockWidget(self._docks[_ORIGIN], self._docks[_SETTINGS])
        window.tabifyDockWidget(self._docks[_SETTINGS], self._docks[_GUIDE])
        window.setTabPosition(_Area.RightDockWidgetArea, window.tabPosition(_Area.RightDockWidgetArea).North)
        window.setCorner(Qt.Corner.BottomRightCorner, _Area.RightDockWidgetArea)
        window.resizeDocks([self._docks[_JOBS], self._docks[_HISTORY]], [176, 176], Qt.Orientation.Vertical)
        window.resizeDocks([self._docks[_HISTORY]], [320], Qt.Orientation.Horizontal)
        # The faces come first: who wants to see the jobs finds them in the status line.
        for dock in self._docks.values():
            dock.hide()
        self._layout = studio.settings.layout or self._state()
        self._opened = False
        self.show_project(False)

    @property
    def layout(self) -> str:
        """Where the docks are while a project is open, base64."""
        return self._state() if self._opened else self._layout

    def show_project(self, opened: bool) -> None:
        """Put the docks where they were when a project was open last; the start screen has none of them."""
        if opened and not self._opened:
            self._window.restoreState(QByteArray.fromBase64(self._layout.encode()), _LAYOUT)
        elif not opened:
            self._layout = self.layout
            for dock in self._docks.values():
                dock.hide()
        self._opened = opened
        for action_id in (_JOBS, _HISTORY):
            self._actions.enable(action_id, opened, "Open a project first.")

    def show_jobs(self) -> None:
        """Bring the jobs into view."""
        self._actions[_JOBS].setChecked(True)
        self._docks[_JOBS].raise_()

    def ask_origin(self, path: Path) -> None:
        """Bring into view where the file `path` comes from."""
        self._actions[_ORIGIN].setChecked(True)
        self._docks[_ORIGIN].raise_()
        self._origin.ask(path)

    def close(self) -> None:
        """End what was asked and is not answered: nobody will read it."""
        self._origin.origin.cancel()

    def _state(self) -> str:
        return bytes(self._window.saveState(_LAYOUT).toBase64().data()).decode()

    def _dock(self, action_id: str, name: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        title = self._actions.table[action_id].text
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setAccessibleName(title)
        dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable
        )
        dock.setTitleBarWidget(_Title(dock, self._theme))
        dock.setWidget(content)
        self._window.addDockWidget(area, dock)
        action = self._actions[action_id]
        action.setEnabled(True)
        action.toggled.connect(lambda shown: self._toggle(dock, shown))
        # One behind a tab is not visible, and not hidden either.
        dock.visibilityChanged.connect(lambda _visible: action.setChecked(not dock.isHidden()))
        return dock

    def _toggle(self, dock: QDockWidget, shown: bool) -> None:
        dock.setVisible(shown)
        if shown:
            dock.raise_()


class _Title(QWidget):
    """A dock's title, by which it can be dragged, with a button that closes it and that keys can reach."""

    def __init__(self, dock: QDockWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._theme = theme
        self.setProperty("role", "dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        words = dock.windowTitle()
        self._close = QToolButton(accessibleName=f"Close {words.lower()}", toolTip=f"Close {words.lower()}")
        self._close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._close.clicked.connect(dock.close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 1, 4, 0)
        layout.addWidget(QLabel(words), 1)
        layout.addWidget(self._close)
        theme.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        self._close.setIcon(icon(self._theme, "mdi6.close", "muted"))
