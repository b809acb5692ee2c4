"""The window all panels live in."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from studio.app.actions import ActionTable
from studio.app.runs import RunRow
from studio.app.studio import History, Studio
from studio.app.workspaces import WORKSPACES
from studio.core.errors import StudioError
from studio.core.project import Project
from studio.ui.actions import Actions
from studio.ui.adapters.background import QtBackground
from studio.ui.docks import Docks
from studio.ui.key_sheet import KeySheet
from studio.ui.leaving import Leaving
from studio.ui.palette import CommandPalette
from studio.ui.panels.later import LaterPanel
from studio.ui.start import StartScreen
from studio.ui.theme import Theme
from studio.ui.widgets.dropping import dragged_paths
from studio.ui.widgets.inline_bar import InlineBar
from studio.ui.workspace_bar import WorkspaceBar

if TYPE_CHECKING:
    from studio.ui.panels.facesets.panel import FacesetsPanel

_LOOK_MS = 1000
_SAID_MS = 8000
_BUSY_MS = 200


class MainWindow(QMainWindow):
    """Start screen or the workspaces of the open project; jobs, history and settings in docks.

    Attributes:
        studio: the session it shows.
        actions_table: every action there is.
    """

    def __init__(self, studio: Studio, theme: Theme, table: ActionTable) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Faceswap Studio")
        self.setAccessibleName("Faceswap Studio")
        self.resize(1440, 900)
        self.studio = studio
        self.theme = theme
        self.actions_table = Actions(table, theme, self)
        self._panels: dict[str, QWidget] = {}
        self._bar = InlineBar(theme)
        self._bar.setObjectName("window.message")
        self._leaving = Leaving(self, studio, self._bar, self.close)
        self._stack = QStackedWidget()
        self._start = StartScreen(studio, theme, self.actions_table)
        self._later = {
            workspace.id: LaterPanel(workspace, studio, theme) for workspace in WORKSPACES if not workspace.ready
        }
        self._workspaces = WorkspaceBar(studio, theme, self.actions_table)
        self._key_sheet = KeySheet(self.actions_table, self)
        self._palette = CommandPalette(self.actions_table, theme, self)
        self._running = QToolButton(objectName="window.running", toolTip="Show the jobs")
        self._docks = Docks(self, self.actions_table, studio, theme)
        self._compose()
        self._bind()
        self._connect()
        self._waiting = QTimer(self, interval=_BUSY_MS, singleShot=True)
        self._waiting.timeout.connect(lambda: self.setCursor(Qt.CursorShape.BusyCursor))
        self._clock = QTimer(self, interval=_LOOK_MS)
        self._clock.timeout.connect(self._look)
        self._clock.start()
        self._show_runs(studio.runs.rows)
        self._show_project(studio.project)

    def open_project(self, path: Path) -> None:
        """Open the project in the folder `path`."""
        self.studio.open(Path(path))

    def show_workspace(self, name: str) -> None:
        """Show a workspace of the project: facesets, training, preview, detection or studies."""
        if self.studio.project is not None:
            self._stack.setCurrentWidget(self._panel(name))
            self._workspaces.choose(name)

    def show_error(self, error: StudioError) -> None:
        """Say what went wrong and what to do about it."""
        self._bar.say(error.message, f"{error.hint}  [{error.code}]".strip(), "error")

    def leave(self) -> None:
        """Close the window without a question; jobs go on."""
        self._leaving.keep()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout, and let go of everything; jobs go on, a training where it is wanted."""
        if self._leaving.asks():
            event.ignore()
            return
        self._clock.stop()
        self._waiting.stop()
        # Before anything is taken down: what is left of work given to the background may take a moment.
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.studio.user.change(geometry=geometry, layout=self._docks.layout)
        self.hide()
        for panel in self._panels.values():
            panel.close()
        self._docks.close()
        self.studio.close()
        self.studio.background.close()
        # Where they can't be written the window closes all the same, and comes up as it was before.
        with suppress(StudioError):
            self.studio.user.flush()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files beside the panels: where did they come from? What a panel wants or refuses is its own to say."""
        place = self._stack.mapFrom(self, event.position().toPoint())
        shown = self._stack.currentWidget()
        on_panel = shown is not None and shown.acceptDrops() and self._stack.rect().contains(place)
        if dragged_paths(event) and not on_panel:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show where the first of the files comes from."""
        self._docks.ask_origin(dragged_paths(event)[0])
        event.acceptProposedAction()

    def _compose(self) -> None:
        self.setAcceptDrops(True)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self._workspaces, self._bar, self._stack):
            layout.addWidget(widget, 1 if widget is self._stack else 0)
        self._stack.addWidget(self._start)
        for panel in self._later.values():
            self._stack.addWidget(panel)
        self.setCentralWidget(centre)
        self.actions_table.fill(self.menuBar())
        self.menuBar().setAccessibleName("Menus")
        self._running.setProperty("role", "status")
        self._running.clicked.connect(self._docks.show_jobs)
        self.statusBar().setAccessibleName("Status")
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addPermanentWidget(self._running)
        geometry = self.studio.settings.geometry
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))

    def _bind(self) -> None:
        bind, studio = self.actions_table.bind, self.studio
        bind("project.new", self._ask_new)
        bind("project.open", self._ask_open)
        bind("project.close", studio.close)
        bind("project.quit", self.close)
        bind("edit.undo", studio.undo)
        bind("edit.redo", studio.redo)
        bind("help.keys", self._key_sheet.toggle)
        bind("help.palette", self._palette.open_at_top)
        for workspace in WORKSPACES:
            bind(f"view.{workspace.id}", partial(self.show_workspace, workspace.id))

    def _connect(self) -> None:
        studio = self.studio
        studio.project_changed.connect(self._show_project)
        studio.history_changed.connect(self._show_history)
        studio.failed.connect(self.show_error)
        studio.runs.failed.connect(self.show_error)
        studio.runs.changed.connect(self._show_runs)
        studio.runs.finished.connect(self._announce)
        studio.message.connect(self._say)
        studio.user.changed.connect(self._take_settings)
        if isinstance(studio.background, QtBackground):
            studio.background.busy_changed.connect(self._show_busy)
        if studio.user.complaint:
            self._bar.say(studio.user.complaint)

    def _panel(self, name: str) -> QWidget:
        if name in self._later:
            return self._later[name]
        if name not in self._panels:
            self._panels[name] = self._made(name)
            self._stack.addWidget(self._panels[name])
        return self._panels[name]

    def _made(self, name: str) -> QWidget:
        # Imported when they are wanted: the start screen needs none of them.
        if name == "facesets":
            from studio.ui.panels.facesets.panel import FacesetsPanel

            return FacesetsPanel(self.studio, self.theme, self.actions_table)
        from studio.ui.panels.training.panel import TrainingPanel

        panel = TrainingPanel(self.studio, self.theme, self.actions_table, self._selected_faces)
        panel.worst_wanted.connect(self._show_worst)
        return panel

    def _selected_faces(self) -> tuple[int, list[int]] | None:
        return self._facesets().selected if "facesets" in self._panels else None

    def _show_worst(self, identity: int) -> None:
        self.show_workspace("facesets")
        self._facesets().show_worst(identity)

    def _facesets(self) -> FacesetsPanel:
        panel = self._panel("facesets")
        # Who asks for it has it already, and with it its module.
        return cast("FacesetsPanel", panel)

    def _show_project(self, project: Project | None) -> None:
        opened = project is not None
        self._workspaces.setVisible(opened)
        self.setWindowTitle(f"{project.folder.name} - Faceswap Studio" if project else "Faceswap Studio")
        for action in ("project.close", *(f"view.{workspace.id}" for workspace in WORKSPACES)):
            self.actions_table.enable(action, opened, "Open a project first.")
        self._docks.show_project(opened)
        self._show_history(self.studio.history)
        if opened:
            self._bar.clear()
            self.show_workspace("facesets")
        else:
            self._start.refresh()
            self._stack.setCurrentWidget(self._start)

    def _show_history(self, history: History) -> None:
        for action_id, title, nothing in (
            ("edit.undo", history.undo, "There is nothing to undo."),
            ("edit.redo", history.redo, "There is nothing to redo."),
        ):
            self.actions_table.enable(action_id, bool(title), nothing)
            word = self.actions_table.table[action_id].text
            self.actions_table[action_id].setText(f"{word}: {title}" if title else word)

    def _show_runs(self, rows: tuple[RunRow, ...]) -> None:
        live = [row for row in rows if row.live]
        more = f" and {len(live) - 1} more" if len(live) > 1 else ""
        self._running.setText(f"{live[0].title}{_share(live[0])}{more}" if live else "")
        self._running.setAccessibleName(self._running.text() or "No job is running")
        self._running.setVisible(bool(live))

    def _announce(self, row: RunRow) -> None:
        if row.state in ("failed", "died"):
            self._bar.say(f"{row.title} failed.", row.message or "Its log may say why: see Jobs.", "error")
        else:
            self._say(f"{row.title}: {row.state}.")
        QApplication.alert(self)

    def _say(self, words: str) -> None:
        self.statusBar().showMessage(words, _SAID_MS)

    def _take_settings(self) -> None:
        self.theme.choose(self.studio.settings.theme)

    def _show_busy(self, busy: bool) -> None:
        if busy:
            self._waiting.start()
        else:
            self._waiting.stop()
            self.unsetCursor()

    def _look(self) -> None:
        self.studio.look()
        self.studio.background.run(self.studio.user.flush, lambda _none: None, self.studio.report, lane="settings")

    def _ask_new(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Choose a new or empty folder for the project")
        if path:
            self.studio.create(Path(path))

    def _ask_open(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open project")
        if path:
            self.open_project(Path(path))


def _share(row: RunRow) -> str:
    return f" {row.fraction:.0%}" if row.fraction is not None else ""
