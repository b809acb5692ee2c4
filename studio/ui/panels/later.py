"""A workspace whose panel is still to come."""

from __future__ import annotations

import shlex

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.app.studio import Studio
from studio.app.workspaces import Workspace
from studio.core.project import Project
from studio.ui.theme import Theme
from studio.ui.widgets.empty_state import EmptyState


class LaterPanel(EmptyState):
    """Says what will be here, and which command does it meanwhile; what it starts is in the jobs dock."""

    def __init__(self, workspace: Workspace, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName(f"panel.{workspace.id}")
        self.setAccessibleName(workspace.text)
        self._workspace = workspace
        self._studio = studio
        self._copy = QAction("Copy command", self)
        self._copy.setToolTip("Put the command into the clipboard")
        self._copy.triggered.connect(self._to_clipboard)
        studio.project_changed.connect(self._show)
        self._show(studio.project)

    @property
    def command(self) -> str:
        """The command that does meanwhile what the panel will do, with the folder of the open project."""
        project = self._studio.project
        folder = shlex.quote(str(project.folder)) if project else "DIR"
        return self._workspace.meanwhile.replace("DIR", folder)

    def _show(self, _project: Project | None) -> None:
        hint = f"This panel is not built yet. In a terminal: {self.command}"
        self.say(self._workspace.picture, self._workspace.promise, hint, self._copy)

    def _to_clipboard(self) -> None:
        QGuiApplication.clipboard().setText(self.command)
        self._studio.message.emit("Copied the command.")
