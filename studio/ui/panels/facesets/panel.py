"""The panel in which facesets are collected and pruned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from studio.app.faceset.advice import Advice
from studio.app.faceset.arrangement import Grouping
from studio.app.faceset.clusters import Clusters
from studio.app.faceset.coverage import LiveCoverage
from studio.app.faceset.session import FacesetSession
from studio.app.faceset.shelf import FilterShelf
from studio.app.runs import RunRow
from studio.app.studio import IdentityRow, Studio
from studio.app.training.face_errors import RANKING, FaceErrors
from studio.core.project import Project
from studio.core.records import Identity
from studio.ui.actions import Actions
from studio.ui.panels.facesets.culling_keys import CullingKeys
from studio.ui.panels.facesets.desk import Desk
from studio.ui.panels.facesets.emptiness import Emptiness
from studio.ui.panels.facesets.face_map import BY_ERROR
from studio.ui.panels.facesets.grid import ProjectThumbnails
from studio.ui.panels.facesets.identity_form import IdentityForm, NewIdentity
from studio.ui.panels.facesets.people import PeopleColumn
from studio.ui.panels.facesets.thumbnails import Thumbnails
from studio.ui.panels.facesets.viewers import Viewers
from studio.ui.theme import Theme
from studio.ui.widgets.dropping import dragged_paths
from studio.ui.widgets.empty_state import EmptyState

_REFRESH_MS = 1000
_FLUSH_MS = 3000
# The map begins when the first pictures are painted, for which it would otherwise compete.
_MAP_MS = 200


class FacesetsPanel(QWidget):
    """People at the left, their faces in the middle, filters, map and coverage at the right.

    Attributes:
        session: the faceset on show.
        desk: the grid and what is around it.
        adding: whether the form for another person is shown.
        mapping: runs while the map of another faceset has yet to begin.
    """

    def __init__(self, studio: Studio, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.facesets")
        self.setAccessibleName("Facesets")
        self.setAcceptDrops(True)
        self._studio = studio
        self._project: Project | None = None
        self.session = FacesetSession(studio)
        self.thumbnails = Thumbnails(self)
        self.clusters = Clusters(self.session.faces, self.session.marks)
        self.advice = Advice(studio, self.session, self.clusters)
        self.errors = FaceErrors(studio, self.session)
        self.shelf = FilterShelf(studio)
        self.coverage = LiveCoverage(self.session.faces, self.session.pending)
        self.people = PeopleColumn(studio, theme, actions, self)
        self.viewers = Viewers(self, studio, theme)
        self.desk = Desk(self, studio, theme, actions)
        self.form = IdentityForm()
        self.empty = EmptyState(theme)
        self.stack = QStackedWidget()
        for page in (self.empty, self.form, self.desk):
            self.stack.addWidget(page)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.people)
        layout.addWidget(self.stack, 1)
        self._keys = CullingKeys(self, studio, theme, actions)
        self.adding = False
        # Whose worst faces are wanted; -1 for nobody's.
        self._worst = -1
        self._emptiness = Emptiness(self, studio, actions)
        self.people.list.chosen.connect(self._choose)
        self.people.list.clicked.connect(lambda _index: self._stop_adding())
        self.stack.currentChanged.connect(self._on_page)
        self._on_page()
        self.form.submitted.connect(self._add)
        self.form.cancelled.connect(self._stop_adding)
        self.session.identity_changed.connect(self._on_identity)
        self.session.loaded.connect(self._on_loaded)
        self.session.faces.corrected.connect(self._on_corrected)
        self.advice.mapped.connect(self.desk.map.show_points)
        self.advice.working.connect(self.desk.say_working)
        self.errors.changed.connect(self._on_errors)
        studio.runs.finished.connect(self._on_finished)
        studio.project_changed.connect(self._on_project)
        self._clock = QTimer(self, interval=_REFRESH_MS)
        self._clock.timeout.connect(self._tick)
        self._clock.start()
        self._writer = QTimer(self, interval=_FLUSH_MS)
        self._writer.timeout.connect(self.session.seen.flush)
        self._writer.start()
        self.mapping = QTimer(self, interval=_MAP_MS, singleShot=True)
        self.mapping.timeout.connect(self.advice.map_faces)
        self._on_project(studio.project)

    def begin_adding(self) -> None:
        """Show the form for another person."""
        row = self.people.chosen
        self.adding = True
        self._emptiness.look()
        self.form.begin(row.identity.name if row is not None and not row.holds else "")

    @property
    def selected(self) -> tuple[int, list[int]] | None:
        """The id of the person on show and those of the selected faces; None where no face is selected."""
        identity, indices = self.session.identity, self.session.selection.indices
        if identity is None or len(indices) == 0:
            return None
        return identity.id, self.session.faces.columns.ids[indices].tolist()

    def show_worst(self, identity: int) -> None:
        """Show the faces of the person with this id, those that are learned worst first, as soon as that is known."""
        self._worst = identity
        self.people.choose_when_there(identity)
        self._on_errors()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders for the person on show."""
        # Over the form it would be taken for somebody who is not there yet.
        if self.people.chosen is not None and not self.adding and dragged_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Extract the faces of the person on show."""
        row, paths = self.people.chosen, dragged_paths(event)
        if row is not None and not self.adding and paths:
            event.acceptProposedAction()
            self.people.extract(row, paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the session and end the threads."""
        self._clock.stop()
        self._writer.stop()
        self.mapping.stop()
        self.desk.close_view()
        self.session.close()
        self.thumbnails.close()
        super().closeEvent(event)

    def _stop_adding(self) -> None:
        self.adding = False
        self._emptiness.look()

    def _tick(self) -> None:
        self.session.refresh()
        self.errors.look()
        # Records expire at midnight, and nothing else changes then.
        self._emptiness.look()

    def _on_page(self, _number: int = 0) -> None:
        """Keys act on faces only where there are some on show; what must not be shown is not kept open behind."""
        page = self.stack.currentWidget()
        self._keys.enable(page is self.desk)
        if page is self.empty:
            self.viewers.close()

    def _on_project(self, project: Project | None) -> None:
        self._project = project
        self.adding = False
        self.mapping.stop()
        self.session.show(None)
        self.thumbnails.show_source(None)
        self.people.show_people(self._studio.people if project else ())

    def _choose(self, row: IdentityRow | None) -> None:
        shown = self.session.identity
        if row is None:
            self.session.show(None)
        elif shown is None or shown.id != row.identity.id:
            # What was put off was for the faces that leave; it would be done twice for those that come.
            self.mapping.stop()
            self.session.show(row.identity)
        self._emptiness.look()

    def _on_identity(self, identity: Identity | None) -> None:
        project = self._studio.project
        hidden = identity is None or project is None or not self._emptiness.allowed(identity)
        source = ProjectThumbnails(project, identity, lambda: self.session.faces.columns)  # type: ignore[arg-type]
        self.thumbnails.show_source(None if hidden else source)
        self._emptiness.look()

    def _on_loaded(self) -> None:
        self.mapping.start()
        seen, total = self.session.seen.progress()
        if 0 < seen < total:
            self.session.culling.go_to_unseen()

    def _on_errors(self) -> None:
        errors, identity = self.errors.values, self.session.identity
        self.desk.map.show_errors(errors)
        if self._worst >= 0 and identity is not None and identity.id == self._worst and len(errors):
            self._worst = -1
            self.session.presentation.group(Grouping.NONE)
            # Lower comes first, what is unknown last.
            self.session.presentation.rank(RANKING, -errors)
            self.desk.map.colour(BY_ERROR)
            self.desk.show_grid()
            self.desk.grid.verticalScrollBar().setValue(0)

    def _on_finished(self, row: RunRow) -> None:
        chosen = self.people.chosen
        if row.kind == "map":
            self.advice.map_faces()
        elif row.kind == "extract" and chosen is not None and row.identity in chosen.names:
            # The map was laid out for the first faces; now all are there, once they have been read.
            self.session.refresh()
            self._studio.background.run(lambda: None, lambda _none: self.advice.map_faces(), self._studio.report)

    def _on_corrected(self, indices: NDArray[np.int64]) -> None:
        """Pictures of corrected faces are made anew."""
        self.thumbnails.forget(self.session.faces.columns.rows[indices].tolist())
        self.desk.grid.viewport().update()

    def _add(self, new: NewIdentity) -> None:
        def added(identity: Identity) -> None:
            self._stop_adding()
            self._studio.refresh()
            self.people.choose_when_there(identity.id)

        def failed(error: Exception) -> None:
            self.form.complain(f"{error} {getattr(error, 'hint', '')}")

        self._studio.add_identity(new.name, new.basis, new.note, new.document, new.expires, added, failed)
