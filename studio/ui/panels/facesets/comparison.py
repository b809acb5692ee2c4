"""Faces side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.app.faceset.closeup import CloseUp
from studio.ui.panels.facesets.face_view import FaceView
from studio.ui.theme import Theme

MOST = 4


class Comparison(QWidget):
    """Up to four faces side by side; looking at a part of one shows that part of all.

    Attributes:
        chosen: the face in the view with this number has the keys.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName("Comparison")
        self.views = [FaceView(theme, f"Face {number + 1} of the comparison") for number in range(MOST)]
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for number, view in enumerate(self.views):
            view.overlay = False
            layout.addWidget(view, number // 2, number % 2)
            view.looked.connect(self._look)
            view.installEventFilter(self)
        self.setFocusProxy(self.views[0])

    def show_faces(self, closeups: Sequence[CloseUp]) -> None:
        """Show two to four faces."""
        for number, view in enumerate(self.views):
            view.setVisible(number < len(closeups))
            if number < len(closeups):
                view.look(1.0, QPointF(0.5, 0.5))
                view.show_face(closeups[number])

    def describe(self, captions: Sequence[str]) -> None:
        """Write below each face what is known of it."""
        for view, caption in zip(self.views, captions, strict=False):
            view.say(caption)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell which face has got the keys."""
        if event.type() == QEvent.Type.FocusIn and watched in self.views:
            self.chosen.emit(self.views.index(watched))
        return super().eventFilter(watched, event)

    def _look(self, zoom: float, centre: QPointF) -> None:
        for view in self.views:
            view.look(zoom, centre)
