"""The workspaces in the order of the pipeline, each with its state."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from studio.app.studio import Studio
from studio.app.workspaces import WORKSPACES, Workspace, state_of
from studio.ui.actions import Actions
from studio.ui.theme import Theme, icon

_HEIGHT = 48
_ICON = 20
_MARGIN = 12
_NARROWEST = 128
# What is at hand in every workspace, at the right.
_TOOLS = ("edit.undo", "edit.redo", "edit.history", "view.jobs", "view.settings", "help.palette")


class WorkspaceBar(QWidget):
    """One button a workspace, the chosen one underlined; at the right the tools of the window."""

    def __init__(self, studio: Studio, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setObjectName("workspaces")
        self.setAccessibleName("Workspaces")
        self.setProperty("role", "top")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self._buttons: dict[str, WorkspaceButton] = {}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(0)
        for workspace in WORKSPACES:
            button = WorkspaceButton(workspace, theme)
            button.setToolTip(actions[f"view.{workspace.id}"].toolTip())
            button.clicked.connect(actions[f"view.{workspace.id}"].trigger)
            group.addButton(button)
            layout.addWidget(button)
            self._buttons[workspace.id] = button
        layout.addStretch(1)
        for action_id in _TOOLS:
            layout.addWidget(actions.button(action_id))
        studio.people_changed.connect(self._write)
        studio.runs.changed.connect(self._write)
        self._write()

    def choose(self, name: str) -> None:
        """Show that the workspace called `name` is on show."""
        self._buttons[name].setChecked(True)

    def _write(self, _news: object = None) -> None:
        for workspace in WORKSPACES:
            self._buttons[workspace.id].say(state_of(workspace, self._studio.people, self._studio.runs.rows))


class WorkspaceButton(QAbstractButton):
    """A workspace's picture and name, and below how far the project is in it."""

    def __init__(self, workspace: Workspace, theme: Theme) -> None:
        super().__init__()
        self._workspace = workspace
        self._theme = theme
        self._state = ""
        self.setObjectName(f"workspace.{workspace.id}")
        self.setText(workspace.text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def say(self, state: str) -> None:
        """Show how far the project is."""
        self._state = state
        self.setAccessibleName(f"{self.text()}: {state}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the longer of the two lines."""
        lines = ((self.text(), "body"), (self._state, "small"))
        widest = max(QFontMetrics(self._theme.font(role)).horizontalAdvance(words) for words, role in lines)
        return QSize(max(_NARROWEST, widest + _ICON + 3 * _MARGIN), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Room for the name: the state gives way in a narrow window."""
        name = QFontMetrics(self._theme.font("body")).horizontalAdvance(self.text())
        return QSize(name + _ICON + 3 * _MARGIN, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint picture, name and state; a line below the chosen one, a ring around the focused one."""
        painter = QPainter(self)
        box, colour = self.rect(), self._theme.colour
        painter.fillRect(box, colour("panel" if self.isChecked() else "hover" if self.underMouse() else "window"))
        token = "text" if self.isChecked() else "muted"
        picture = icon(self._theme, self._workspace.picture, "accent" if self.isChecked() else "muted")
        picture.paint(painter, QRect(_MARGIN, (box.height() - _ICON) // 2, _ICON, _ICON))
        left = 2 * _MARGIN + _ICON - 2
        painter.setPen(colour(token))
        painter.setFont(self._theme.font("body"))
        painter.drawText(QRect(left, 6, box.width(), 20), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setPen(colour("muted"))
        painter.setFont(self._theme.font("small"))
        room = box.width() - left - 4
        state = painter.fontMetrics().elidedText(self._state, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, 25, room, 16), Qt.AlignmentFlag.AlignVCenter, state)
        if self.isChecked():
            painter.fillRect(QRect(0, box.height() - 2, box.width(), 2), colour("accent"))
        if self.hasFocus():
            painter.setPen(QPen(colour("focus"), 1))
            painter.drawRect(box.adjusted(1, 1, -2, -2))
        painter.end()
