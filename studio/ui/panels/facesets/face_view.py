"""One face in full, with its masks and landmarks over it, and the frame it was found in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from studio.app.faceset.closeup import CloseUp, Source
from studio.app.settings import ThemeName
from studio.core.records import FaceMasks
from studio.core.vision import cv2
from studio.ui.theme import Theme, tokens
from studio.ui.widgets.picture_view import PictureView, picture_of

# A mask is judged by its edge; what it covers must keep its colours.
_TINT, _EDGE = 40, 230
_DOT = 2.5


def mark_colour(token: str) -> QColor:
    """The colour of `token` on a picture: pictures are as dark in a light theme as in the dark one."""
    return QColor(tokens(ThemeName.DARK)[token])


class FaceView(PictureView):
    """An aligned face; masks are tinted and have an edge, landmarks are dots.

    Attributes:
        masks, landmarks: what lies over the picture; landmarks (68, 2) in pixels of it.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._tint: QImage | None = None
        self.overlay = True
        self.masks: FaceMasks | None = None
        self.landmarks: NDArray[np.float32] | None = None
        self.missing = "The picture of this face is missing.\nPut its file back, or reject the face."

    def show_face(self, closeup: CloseUp, caption: str = "") -> None:
        """Show a face with `caption` below it."""
        self.masks, self.landmarks = closeup.masks, closeup.aligned
        self.show_image(picture_of(closeup.image) if closeup.image is not None else None)
        self.tint_anew()
        self.say(caption)

    def tint_anew(self) -> None:
        """The masks have changed."""
        self._tint = None if self.masks is None else self._tinted(self.masks)
        self.update()

    def paint_over(self, painter: QPainter) -> None:
        """Paint the masks and the landmarks."""
        if self.overlay and self._tint is not None:
            painter.drawImage(self.place(), self._tint)
        if self.overlay and self.landmarks is not None:
            self._paint_landmarks(painter, self.to_widget(self.landmarks))

    def _paint_landmarks(self, painter: QPainter, points: list[QPointF]) -> None:
        painter.setPen(QPen(QColor(0, 0, 0, 180), 1))
        painter.setBrush(mark_colour("focus"))
        for point in points:
            painter.drawEllipse(point, _DOT, _DOT)

    def _tinted(self, masks: FaceMasks) -> QImage:
        height, width = masks.face.shape
        pixels = np.zeros((height, width, 4), dtype=np.uint8)
        for mask, token in ((masks.face, "kept"), (masks.eyes, "plot_a"), (masks.mouth, "plot_b")):
            colour = mark_colour(token)
            rgb = (colour.red(), colour.green(), colour.blue())
            pixels[mask] = (*rgb, _TINT)
            inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
            pixels[mask & (inner == 0)] = (*rgb, _EDGE)
        return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


class SourceView(PictureView):
    """The frame with the face's box and landmarks, and where it comes from."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Source frame")
        self._source: Source | None = None

    def show_source(self, source: Source) -> None:
        """Show the frame of a face."""
        self._source = source
        self.look(1.0, QPointF(0.5, 0.5))
        self.show_image(picture_of(source.frame))
        face = source.face
        self.say(f"Face {face.id}, {face.source}, frame {face.frame}, {face.time:.2f} s")

    def paint_over(self, painter: QPainter) -> None:
        """Paint the box and the landmarks."""
        if self._source is None:
            return
        box = self._source.face.box
        corners = self.to_widget(np.array([box[:2], box[2:]]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(QColor(0, 0, 0, 120), 4), QPen(mark_colour("focus"), 2)):
            painter.setPen(pen)
            painter.drawRect(QRectF(corners[0], corners[1]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mark_colour("focus"))
        for point in self.to_widget(self._source.landmarks):
            painter.drawEllipse(point, 2, 2)
