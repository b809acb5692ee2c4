"""The face that is corrected by hand, under the pointer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen

from studio.app.faceset.closeup import CloseUp
from studio.app.faceset.correcting import Draft
from studio.ui.panels.facesets.face_view import FaceView, mark_colour
from studio.ui.theme import Theme

_REACH = 12


class CorrectionCanvas(FaceView):
    """Draws on a draft with the pointer; arrows move the point chosen last.

    Attributes:
        draft: what has been corrected so far; None before the first face.
        changed: the draft has.
    """

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Face being corrected")
        self.draft: Draft | None = None
        self._tool, self._mask, self._brush = "points", "face", 16
        self._point = -1
        self._last: QPointF | None = None
        self._pointer = QPointF(-1, -1)
        self.setMouseTracking(True)

    def begin(self, closeup: CloseUp, draft: Draft) -> None:
        """Begin to correct a face."""
        self.show_face(closeup)
        self.draft, self._point = draft, -1
        self._show()

    def set_tool(self, tool: str, mask: str) -> None:
        """Work with "points", "paint" or "erase", the latter two on the mask called `mask`."""
        self._tool, self._mask = tool, mask
        self.update()

    def set_brush(self, pixels: int) -> None:
        """Paint strokes as wide as `pixels` of the aligned face."""
        self._brush = pixels
        self.update()

    def undo(self) -> None:
        """Take the last step back."""
        if self.draft is not None and self.draft.undo():
            self._show()

    def redo(self) -> None:
        """Make the step taken back last again."""
        if self.draft is not None and self.draft.redo():
            self._show()

    def paint_over(self, painter: QPainter) -> None:
        """Paint the draft, the chosen point and the brush."""
        super().paint_over(painter)
        painter.setPen(QPen(mark_colour("focus"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._tool == "points" and self._point >= 0 and self.landmarks is not None:
            painter.drawEllipse(self.to_widget(self.landmarks[self._point : self._point + 1])[0], 7, 7)
        elif self._tool != "points" and self.underMouse():
            radius = self._brush / 2 * self._scale()
            painter.drawEllipse(self._pointer, radius, radius)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab a landmark or begin a stroke."""
        if event.button() == Qt.MouseButton.MiddleButton or self.draft is None:
            super().mousePressEvent(event)
            return
        point = self.to_picture(event.position())
        self.draft.begin()
        self._last = point
        if self._tool == "points":
            self._point = self._nearest(event.position())
            self.update()
        else:
            self._stroke(event, point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is grabbed, or paint."""
        self._pointer = event.position()
        point = self.to_picture(event.position())
        if self._last is None or self.draft is None or not event.buttons():
            super().mouseMoveEvent(event)
            self.update()
            return
        if self._tool != "points":
            self._stroke(event, point)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._shift(np.arange(len(self.draft.landmarks)), point - self._last)
        elif self._point >= 0:
            self._shift(np.array([self._point]), point - self._last)
        self._last = point

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The step is over."""
        super().mouseReleaseEvent(event)
        if self._last is not None and self.draft is not None:
            self.draft.end()
            self._last = None
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the chosen landmark; comma and full stop choose another."""
        step = 0.25 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        moves = {Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0), Qt.Key.Key_Up: (0.0, -step),
                 Qt.Key.Key_Down: (0.0, step)}  # fmt: skip
        key = Qt.Key(event.key())
        if self._tool == "points" and self.draft is not None and key in moves and self._point >= 0:
            self.draft.begin()
            self._shift(np.array([self._point]), QPointF(*moves[key]))
            self.draft.end()
            self.changed.emit()
        elif self._tool == "points" and self.draft is not None and key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self._point = (self._point + (1 if key == Qt.Key.Key_Period else -1)) % len(self.draft.landmarks)
            self.update()
        else:
            super().keyPressEvent(event)

    def _stroke(self, event: QMouseEvent, point: QPointF) -> None:
        assert self.draft is not None
        assert self._last is not None
        erasing = self._tool == "erase" or bool(
            event.buttons() & Qt.MouseButton.RightButton or event.modifiers() & Qt.KeyboardModifier.AltModifier
        )
        ends = np.array([[self._last.x(), self._last.y()], [point.x(), point.y()]])
        self.draft.stroke(self._mask, ends, self._brush, add=not erasing)
        self._show()

    def _shift(self, which: NDArray[np.int64], by: QPointF) -> None:
        assert self.draft is not None
        self.draft.move(which, np.array([by.x(), by.y()]))
        self._show()

    def _show(self) -> None:
        assert self.draft is not None
        self.landmarks, self.masks = self.draft.landmarks, self.draft.masks
        self.tint_anew()
        self.changed.emit()

    def _nearest(self, position: QPointF) -> int:
        if self.landmarks is None:
            return -1
        spots = self.to_widget(self.landmarks)
        distances = [(spot - position).manhattanLength() for spot in spots]
        best = int(np.argmin(distances))
        return best if distances[best] <= _REACH else -1
