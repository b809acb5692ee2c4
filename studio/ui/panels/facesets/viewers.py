"""Closer looks at faces: the loupe, comparing, the source frame, correcting by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPen, QShortcut
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from studio.app.faceset.closeup import CloseUp, read_closeup, read_source
from studio.app.faceset.correcting import Draft
from studio.app.studio import Studio
from studio.core.records import Face, Image, Points
from studio.faces.align import alignment_matrix, invert, transform_points
from studio.faceset.corrections import Correction, correct, withdraw
from studio.ui.panels.facesets.correction_editor import CorrectionEditor
from studio.ui.panels.facesets.face_view import FaceView
from studio.ui.theme import Theme
from studio.ui.widgets.picture_view import PictureView, picture_of

if TYPE_CHECKING:
    from studio.ui.panels.facesets.panel import FacesetsPanel

_MOST = 4


class Viewers(QObject):
    """Shows closer looks in the place of the grid; Escape goes back to it."""

    def __init__(self, panel: FacesetsPanel, studio: Studio, theme: Theme) -> None:
        super().__init__(panel)
        self._panel = panel
        self._studio = studio
        self.face = FaceView(theme, "Full face")
        self.source_view = SourceView(theme)
        self.comparison = Comparison(theme)
        self.editor = CorrectionEditor(theme)
        self._held = False
        self._closeup: CloseUp | None = None
        for page in (self.face, self.source_view, self.comparison):
            shortcut = QShortcut(QKeySequence("Escape"), page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.close)
        self.editor.closed.connect(self.close)
        self.editor.saved.connect(self._save)
        self.editor.reverted.connect(self._revert)

    @property
    def pages(self) -> tuple[QWidget, ...]:
        """What is shown in the place of the grid."""
        return self.face, self.source_view, self.comparison, self.editor

    def loupe(self) -> None:
        """Show the whole current face while the key is held; without a key until Escape."""
        index = self._panel.session.selection.current
        if index < 0:
            self._studio.message.emit("Choose a face first.")
            return
        self._held = True
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._read(index, self._show_face)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close the loupe when its key comes up."""
        if (
            self._held
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyRelease
            and event.key() == Qt.Key.Key_W
            and not event.isAutoRepeat()
        ):
            self.close()
        return super().eventFilter(watched, event)

    def compare(self) -> None:
        """Show two to four selected faces side by side."""
        chosen = self._panel.session.selection.indices
        if not 2 <= len(chosen) <= _MOST:
            self._studio.message.emit("Select two to four faces to compare.")
            return
        self._read_many(chosen.tolist(), self._show_comparison)

    def source(self) -> None:
        """Show the frame the current face was found in."""
        project, index = self._studio.project, self._panel.session.selection.current
        if project is None or index < 0:
            self._studio.message.emit("Choose a face first.")
            return
        face_id = int(self._panel.session.faces.columns.ids[index])
        landmarks = self._landmarks_of(index)

        def show(found: tuple[Face, Image]) -> None:
            self.source_view.show_frame(*found, landmarks())
            self._open(self.source_view)

        self._studio.background.run(lambda: read_source(project, face_id), show, self._studio.report)

    def correct(self) -> None:
        """Correct the current face by hand."""
        index = self._panel.session.selection.current
        if index < 0:
            self._studio.message.emit("Choose a face first.")
            return
        self._read(index, self._edit)

    def close(self) -> None:
        """Go back to the grid."""
        if self._held:
            self._held = False
            QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self._panel.desk.show_grid()

    def _open(self, page: QWidget) -> None:
        self._panel.desk.show_page(page)
        page.setFocus()

    def _show_face(self, closeup: CloseUp) -> None:
        # The key may have come up while the face was being read.
        if self._held:
            words = ", ".join(self._panel.desk.grid.describe(self._panel.session.selection.current))
            self.face.show_face(closeup, words)
            self._open(self.face)

    def _show_comparison(self, closeups: Sequence[CloseUp]) -> None:
        self.comparison.show_faces(closeups)
        self._open(self.comparison)

    def _edit(self, closeup: CloseUp) -> None:
        if closeup.masks is None:
            self._studio.message.emit("The picture of this face is missing, so it can't be corrected.")
            return
        self._closeup = closeup
        self.editor.show_face(closeup)
        self._open(self.editor)

    def _save(self, draft: Draft) -> None:
        closeup, identity = self._closeup, self._panel.session.identity
        assert closeup is not None
        assert identity is not None
        landmarks = closeup.landmarks
        if draft.moved:
            landmarks = transform_points(invert(alignment_matrix(closeup.landmarks)), draft.landmarks)
        made = Correction(landmarks, draft.masks)
        self._studio.edit(lambda project: correct(project, identity, closeup.face.id, made), self._corrected)

    def _revert(self) -> None:
        closeup, identity = self._closeup, self._panel.session.identity
        assert closeup is not None
        assert identity is not None
        self._studio.edit(lambda project: withdraw(project, identity, closeup.face.id), self._corrected)

    def _corrected(self, _entry: object) -> None:
        self.close()
        self._studio.rewound.emit()

    def _landmarks_of(self, index: int) -> Callable[[], Points | None]:
        found: list[Points] = []
        self._read(index, lambda closeup: found.append(closeup.landmarks))
        # Read on the same lane as the frame, and so before it.
        return lambda: found[0] if found else None

    def _read(self, index: int, show: Callable[[CloseUp], None]) -> None:
        self._read_many([index], lambda closeups: show(closeups[0]))

    def _read_many(self, indices: Sequence[int], show: Callable[[Sequence[CloseUp]], None]) -> None:
        project, identity = self._studio.project, self._panel.session.identity
        if project is None or identity is None:
            return
        ids = self._panel.session.faces.columns.ids[list(indices)].tolist()
        self._studio.background.run(
            lambda: [read_closeup(project, identity, face) for face in ids], show, self._studio.report
        )


class SourceView(PictureView):
    """The frame with the face's box and landmarks, and where it comes from."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Source frame")
        self._box = (0.0, 0.0, 0.0, 0.0)
        self._landmarks: Points | None = None
        self._words = ""

    def show_frame(self, face: Face, frame: Image, landmarks: Points | None) -> None:
        """Show the frame of a face."""
        self._box, self._landmarks = face.box, landmarks
        self._words = f"{face.source}, frame {face.frame}, {face.time:.2f} s"
        self.setAccessibleDescription(self._words)
        self.look(1.0, QPointF(0.5, 0.5))
        self.show_image(picture_of(frame))

    def paint_over(self, painter: QPainter) -> None:
        """Paint the box, the landmarks and the words."""
        corners = self.to_widget(np.array([self._box[:2], self._box[2:]]))
        painter.setPen(QPen(self._theme.colour("focus"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(corners[0], corners[1]))
        if self._landmarks is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("focus"))
            for point in self.to_widget(self._landmarks):
                painter.drawEllipse(point, 2, 2)
        painter.setFont(self._theme.font("small"))
        bottom = self.rect().adjusted(0, self.height() - 24, 0, 0)
        painter.fillRect(bottom, Qt.GlobalColor.black)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(bottom.adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self._words)


class Comparison(QWidget):
    """Up to four faces side by side; looking at a part of one shows that part of all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Comparison")
        self.views = [FaceView(theme, f"Face {number + 1} of the comparison") for number in range(_MOST)]
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for number, view in enumerate(self.views):
            view.overlay = False
            layout.addWidget(view, number // 2, number % 2)
            view.looked.connect(self._look)
        self.setFocusProxy(self.views[0])

    def show_faces(self, closeups: Sequence[CloseUp]) -> None:
        """Show two to four faces."""
        for number, view in enumerate(self.views):
            view.setVisible(number < len(closeups))
            if number < len(closeups):
                face = closeups[number].face
                words = f"Face {face.id}   sharpness {face.blur:.1f}   yaw {face.yaw:.0f}°   {face.state.value}"
                view.look(1.0, QPointF(0.5, 0.5))
                view.show_face(closeups[number], words)

    def _look(self, zoom: float, centre: QPointF) -> None:
        for view in self.views:
            view.look(zoom, centre)
