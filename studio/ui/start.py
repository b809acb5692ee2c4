"""The start screen: a new project, one that was opened before, or the sample."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from studio.app.studio import Studio
from studio.core.resources import user_folder
from studio.ui.actions import Actions
from studio.ui.theme import Theme, icon
from studio.ui.widgets.captioned import CAPTION_ROLE, CaptionedRows
from studio.ui.widgets.dropping import dragged_paths

_WHY = ("Collect facesets, train a swap, blend it with care, and export video that says what it is: "
        "for research on detectors and for artists with consent.")  # fmt: skip


class StartScreen(QWidget):
    """What is shown while no project is open; a project folder dropped here is opened."""

    def __init__(self, studio: Studio, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        self.setAccessibleName("Start")
        self.setAcceptDrops(True)
        self._studio = studio
        self._theme = theme
        title = QLabel("Faceswap Studio")
        title.setProperty("role", "display")
        why = QLabel(_WHY, wordWrap=True)
        why.setProperty("role", "muted")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for action_id, primary in (("project.new", True), ("project.open", False), ("project.sample", False)):
            buttons.addWidget(self._button(actions, action_id, primary=primary))
        buttons.addStretch()
        self._recent = QListWidget(objectName="start.recent", accessibleName="Recent projects")
        self._recent.setMinimumHeight(240)
        self._recent.setItemDelegate(CaptionedRows(theme, self._recent))
        self._recent.setCursor(Qt.CursorShape.PointingHandCursor)
        self._recent.itemActivated.connect(self._open)
        self._recent.itemClicked.connect(self._open)
        self._none = QLabel("Projects you open are listed here.")
        self._none.setProperty("role", "muted")
        heading = QLabel("Recent projects")
        heading.setProperty("role", "title")
        column = QWidget()
        column.setMaximumWidth(720)
        layout = QVBoxLayout(column)
        layout.setSpacing(12)
        layout.addStretch(1)
        layout.addWidget(title)
        layout.addWidget(why)
        layout.addSpacing(4)
        layout.addLayout(buttons)
        layout.addSpacing(24)
        layout.addWidget(heading)
        layout.addWidget(self._none)
        layout.addWidget(self._recent)
        layout.addStretch(2)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        outer.addWidget(column, 4)
        outer.addStretch(1)
        actions.bind("project.sample", self._open_sample)
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """List the projects opened last."""
        recent = self._studio.settings.recent
        self._recent.clear()
        for path in recent:
            there = Path(path, "project.toml").is_file()
            item = QListWidgetItem(Path(path).name)
            item.setIcon(icon(self._theme, "mdi6.folder-outline" if there else "mdi6.folder-remove-outline", "muted"))
            item.setData(CAPTION_ROLE, str(Path(path).parent) if there else f"Not found: {path}")
            item.setData(Qt.ItemDataRole.UserRole, path)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{path}{'' if there else ', not found'}")
            item.setToolTip(path if there else f"{path} is not there; click to take it from the list")
            if not there:
                item.setForeground(self._theme.colour("muted"))
            self._recent.addItem(item)
        self._recent.setVisible(bool(recent))
        self._none.setVisible(not recent)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a folder."""
        if _folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the folder as a project."""
        folder = _folder(event)
        if folder is not None:
            self._studio.open(folder)

    def _button(self, actions: Actions, action_id: str, *, primary: bool) -> QPushButton:
        action = actions[action_id]
        button = QPushButton(action.text())
        button.setAccessibleName(actions.table[action_id].accessible_name)
        button.setToolTip(action.toolTip())
        button.setMinimumHeight(32)
        if primary:
            button.setProperty("role", "primary")
        button.clicked.connect(action.trigger)
        return button

    def _open(self, item: QListWidgetItem) -> None:
        path = str(item.data(Qt.ItemDataRole.UserRole))
        if Path(path, "project.toml").is_file():
            self._studio.open(Path(path))
        else:
            self._studio.user.forget(path)
            self.refresh()
            self._studio.message.emit(f"{path} is no longer there; it was taken from the list.")

    def _open_sample(self) -> None:
        self._studio.open_sample(user_folder() / "sample-project")


def _folder(event: QDropEvent) -> Path | None:
    paths = dragged_paths(event)
    return paths[0] if len(paths) == 1 and paths[0].is_dir() else None
