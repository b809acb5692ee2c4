"""The grid of the facesets panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from studio.app.faceset.arrangement import Arrangement, Grouping
from studio.app.faceset.session import FacesetSession
from studio.core.errors import StudioError
from studio.core.project import Project
from studio.core.records import Identity
from studio.core.store.columns import FaceColumns
from studio.faceset.thumbnails import fetch
from studio.ui.panels.facesets.cells import FaceCells
from studio.ui.panels.facesets.face_model import FaceModel
from studio.ui.panels.facesets.thumbnails import Thumbnails
from studio.ui.theme import Theme
from studio.ui.widgets.section_grid.view import SectionGrid

_LOOK_MS = 1000
# Smaller than this a face is not looked at, only found.
_LOOKED_AT = 96


class ProjectThumbnails:
    """The thumbnails of one identity, made where they are missing."""

    def __init__(
        self, project: Project, identity: Identity, columns: Callable[[], FaceColumns] = FaceColumns.empty
    ) -> None:
        """`columns` gives the faces as they are in use now: corrected ones have another picture."""
        self._project = project
        self._identity = identity
        self._columns = columns

    def fetch(self, rows: Sequence[int]) -> Mapping[int, bytes | None]:
        """The JPEG of each row, None where there is no picture of it or it can't be read."""
        try:
            return fetch(self._project, self._identity, rows, self._corrections())
        except StudioError:
            return dict.fromkeys(rows)

    def _corrections(self) -> dict[int, int]:
        columns = self._columns()
        corrected = np.flatnonzero(columns.corrections)
        return dict(zip(columns.rows[corrected].tolist(), columns.corrections[corrected].tolist(), strict=True))


class FaceGrid(SectionGrid):
    """The faces of a session, with their pictures; notes those that lay in view for a while as seen."""

    def __init__(
        self, session: FacesetSession, thumbnails: Thumbnails, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(session.selection, parent)
        self.setObjectName("facesets.grid")
        self.setAccessibleName("Faces")
        self._session = session
        self._faces = FaceModel(session, self)
        self.setModel(self._faces)
        self.set_painter(FaceCells(session, thumbnails, theme, self))
        self._looking = QTimer(self, interval=_LOOK_MS, singleShot=True)
        self._looking.timeout.connect(self._note_seen)
        self.viewed.connect(self._looking.start)
        self.viewed.connect(lambda: self._size(thumbnails))
        thumbnails.arrived.connect(self._on_arrived)
        thumbnails.outdated.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)
        session.presentation.arranged.connect(self._arrange)
        for signal in (session.faces.states_changed, session.faces.seen_changed, session.faces.corrected):
            signal.connect(self._on_faces)
        session.pending.changed.connect(self._on_pending)

    def close_view(self) -> None:
        """Let go of the session."""
        super().close_view()
        self._looking.stop()
        self._session.presentation.arranged.disconnect(self._arrange)
        for signal in (
            self._session.faces.states_changed,
            self._session.faces.seen_changed,
            self._session.faces.corrected,
        ):
            signal.disconnect(self._on_faces)
        self._session.pending.changed.disconnect(self._on_pending)

    def changeEvent(self, event: QEvent) -> None:
        """What is in view is looked at from the moment the window is in front."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._looking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is hidden is not looked at."""
        super().hideEvent(event)
        self._looking.stop()

    def showEvent(self, event: QShowEvent) -> None:
        """What is in view is looked at from now on."""
        super().showEvent(event)
        self._looking.start()

    def describe(self, index: int) -> list[str]:
        """What is known of the face with `index`, in words."""
        return self._faces.describe(index)

    def _arrange(self, arrangement: Arrangement) -> None:
        self._faces.arrange()
        self.arrange(arrangement, headers=self._session.presentation.grouping is not Grouping.NONE)

    def _on_arrived(self, rows: set[int]) -> None:
        """Paint the cells whose pictures have come: not the page, for what was loaded ahead of it."""
        order, known = self.arrangement.order, self._session.faces.columns.rows
        for row in self.rows_in_view():
            if int(known[order[row]]) in rows:
                self.viewport().update(self.cell_rect(row))

    def _on_faces(self, _indices: object) -> None:
        self.viewport().update()

    def _on_pending(self) -> None:
        self.viewport().update()

    def _size(self, thumbnails: Thumbnails) -> None:
        thumbnails.set_side(round((self.cell - 6) * self.devicePixelRatioF()))

    def _note_seen(self) -> None:
        window = self.window()
        if self.cell >= _LOOKED_AT and self.isVisible() and window.isActiveWindow():
            rows = np.array(self.rows_in_view(whole=True), dtype=np.int64)
            if len(rows):
                self._session.seen.note(self.arrangement.order[rows])
