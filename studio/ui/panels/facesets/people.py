"""The left column: who is in the project, and getting faces of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QInputDialog, QLabel, QMessageBox, QVBoxLayout, QWidget

from studio.app.studio import IdentityRow, Studio
from studio.ui.actions import Actions
from studio.ui.panels.facesets.extract_options import ExtractOptions
from studio.ui.panels.facesets.identities import IdentityList
from studio.ui.theme import Theme

_WIDTH = 232
_VIDEOS = "Videos and pictures (*.mp4 *.mov *.mkv *.avi *.webm *.png *.jpg *.jpeg *.webp *.bmp);;All files (*)"


class PeopleColumn(QWidget):
    """The identity list with the actions on identities."""

    def __init__(self, studio: Studio, theme: Theme, actions: Actions, panel: QWidget) -> None:
        super().__init__()
        self._studio = studio
        self._actions = actions
        self._wanted = -1
        self.setFixedWidth(_WIDTH)
        self.list = IdentityList(theme)
        self.options = ExtractOptions(studio.user)
        title = QLabel("Identities")
        title.setProperty("role", "title")
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 4, 8)
        head.addWidget(title, 1)
        head.addWidget(actions.button("facesets.add_identity"))
        head.addWidget(actions.button("facesets.extract"))
        hint = QLabel("Drop videos or folders on an identity to extract its faces.", wordWrap=True)
        hint.setProperty("role", "small")
        hint.setContentsMargins(12, 8, 12, 12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.options)
        layout.addWidget(hint)
        for name, do in (
            ("extract", self._ask_extract), ("import_aligned", self._ask_import), ("rename", self._ask_rename),
            ("merge", self._ask_merge), ("delete", self._ask_delete), ("trash", self._ask_trash),
            ("revoke", self._ask_revoke),
        ):  # fmt: skip
            actions.bind(f"facesets.{name}", do, panel)
        self.list.dropped.connect(lambda row, paths: self.extract(row, paths))
        self.list.customContextMenuRequested.connect(
            lambda point: self._actions.menu("Identity", self).popup(self.list.viewport().mapToGlobal(point))
        )
        self.list.chosen.connect(self._on_chosen)
        studio.people_changed.connect(self.show_people)
        studio.runs.changed.connect(self.list.people.show_runs)
        self._on_chosen(None)

    @property
    def chosen(self) -> IdentityRow | None:
        """The person whose faceset is shown."""
        row = self.list.currentIndex().row()
        people = self.list.people.people
        return people[row] if 0 <= row < len(people) else None

    def show_people(self, people: Sequence[IdentityRow]) -> None:
        """Show these people."""
        self.list.people.show_people(people)
        if self._wanted >= 0 and self.list.choose(self._wanted):
            self._wanted = -1
        self._on_chosen(self.chosen)

    def choose_when_there(self, identity: int) -> None:
        """Choose the person with this id as soon as the list knows them."""
        self._wanted = -1 if self.list.choose(identity) else identity

    def _on_chosen(self, row: IdentityRow | None) -> None:
        consent = row is not None and row.holds
        self._actions.enable("facesets.add_identity", self._studio.project is not None, "Open a project first.")
        nobody, refused = "Choose an identity first.", "No consent record of this identity holds."
        for name in ("extract", "import_aligned"):
            self._actions.enable(f"facesets.{name}", consent, nobody if row is None else refused)
        for name in ("rename", "delete"):
            self._actions.enable(f"facesets.{name}", row is not None, nobody)
        several = row is not None and len(self.list.people.people) > 1
        self._actions.enable("facesets.merge", several, "There must be another identity to merge into.")
        self._actions.enable("facesets.revoke", consent, nobody if row is None else refused)
        rejected = row is not None and row.faces > row.used
        self._actions.enable("facesets.trash", rejected, "No face is rejected.")

    def extract(self, row: IdentityRow, paths: Sequence[Path], *options: str) -> None:
        """Extract the faces of a person from files and folders, where their consent record holds."""
        if not row.holds:
            self._studio.message.emit(f"No consent record of {row.identity.name} holds: nothing is extracted.")
            return
        self._studio.extract(row.identity, paths, [*self.options.arguments(), *options])

    def _ask_extract(self) -> None:
        row = self.chosen
        if row is not None:
            names, _ = QFileDialog.getOpenFileNames(self, f"Extract faces of {row.identity.name}", "", _VIDEOS)
            if names:
                self.extract(row, [Path(name) for name in names])

    def _ask_import(self) -> None:
        row = self.chosen
        if row is not None:
            name = QFileDialog.getExistingDirectory(self, f"Folder of aligned faces of {row.identity.name}")
            if name:
                self.extract(row, [Path(name)], "--aligned")

    def _ask_rename(self) -> None:
        row = self.chosen
        if row is not None:
            name, done = QInputDialog.getText(self, "Rename identity", "Name", text=row.identity.name)
            if done and name.strip():
                self._studio.rename(row.identity, name.strip())

    def _ask_merge(self) -> None:
        row = self.chosen
        if row is not None:
            others = [other.identity for other in self.list.people.people if other.identity.id != row.identity.id]
            name, done = QInputDialog.getItem(
                self,
                f"Merge {row.identity.name}",
                "Its faces go to",
                [other.name for other in others],
                0,
                editable=False,
            )
            if done:
                into = next(other for other in others if other.name == name)
                self._studio.merge(row.identity, into, lambda: self.choose_when_there(into.id))

    def _ask_delete(self) -> None:
        row = self.chosen
        if row is not None:
            self._studio.delete(row.identity)

    def _ask_revoke(self) -> None:
        row = self.chosen
        if row is not None and self._agreed(
            "Revoke consent",
            f"Withdraw the consent record of {row.identity.name}?",
            "No picture of this face is shown any more, and nothing is extracted, trained or exported with it. Files"
            " that rest on it are not deleted: studio identity revoke names them. Undo does not bring the record back.",
            "Revoke consent",
        ):
            self._studio.revoke(row.identity)

    def _ask_trash(self) -> None:
        row = self.chosen
        if row is None:
            return
        rejected = row.faces - row.used
        faces = "face" if rejected == 1 else "faces"
        if self._agreed(
            "Move rejected to trash",
            f"Move {rejected:,} rejected {faces} of {row.identity.name} to the system's trash?",
            "Their aligned images and masks go there; undo does not bring them back.",
            "Move to trash",
        ):
            self._studio.trash_rejected(row.identity)

    def _agreed(self, title: str, question: str, consequence: str, verb: str) -> bool:
        """Ask before what undo does not bring back."""
        box = QMessageBox(self)
        box.setWindowTitle(title)
        box.setText(question)
        box.setInformativeText(consequence)
        agree = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        # Return is pressed without reading.
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        # Not by WA_DeleteOnClose: what was clicked is asked after it has closed.
        box.deleteLater()
        return box.clickedButton() is agree
