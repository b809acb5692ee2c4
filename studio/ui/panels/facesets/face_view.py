"""One face in full, with its masks and landmarks over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from studio.app.faceset.closeup import CloseUp
from studio.core.records import FaceMasks
from studio.ui.theme import Theme
from studio.ui.widgets.picture_view import PictureView, picture_of

_TINT = 70
_DOT = 2.5


class FaceView(PictureView):
    """An aligned face; masks are tinted, landmarks are dots.

    Attributes:
        masks, landmarks: what lies over the picture; landmarks (68, 2) in pixels of it.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._tint: QImage | None = None
        self.overlay = True
        self.masks: FaceMasks | None = None
        self.landmarks: NDArray[np.float32] | None = None
        self._words = ""

    def show_face(self, closeup: CloseUp | None, words: str = "") -> None:
        """Show a face, or none; `words` are written below it."""
        self._words = words
        self.masks = closeup.masks if closeup else None
        self.landmarks = closeup.aligned if closeup else None
        self.show_image(picture_of(closeup.image) if closeup and closeup.image is not None else None)
        self.tint_anew()
        self.setAccessibleDescription(words)

    def tint_anew(self) -> None:
        """The masks have changed."""
        self._tint = None if self.masks is None else self._tinted(self.masks)
        self.update()

    def paint_over(self, painter: QPainter) -> None:
        """Paint the masks, the landmarks and the words."""
        if self.overlay and self._tint is not None:
            painter.drawImage(self.place(), self._tint)
        if self.overlay and self.landmarks is not None:
            self._paint_landmarks(painter, self.to_widget(self.landmarks))
        if self._words:
            painter.setFont(self._theme.font("small"))
            painter.setPen(self._theme.colour("text"))
            painter.fillRect(0, self.height() - 24, self.width(), 24, QColor(0, 0, 0, 160))
            box = self.rect().adjusted(8, self.height() - 24, -8, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._words)

    def _paint_landmarks(self, painter: QPainter, points: list[QPointF]) -> None:
        painter.setPen(QPen(QColor(0, 0, 0, 180), 1))
        painter.setBrush(self._theme.colour("focus"))
        for point in points:
            painter.drawEllipse(point, _DOT, _DOT)

    def _tinted(self, masks: FaceMasks) -> QImage:
        height, width = masks.face.shape
        pixels = np.zeros((height, width, 4), dtype=np.uint8)
        for mask, token in ((masks.face, "kept"), (masks.eyes, "plot_a"), (masks.mouth, "plot_b")):
            colour = self._theme.colour(token)
            pixels[mask] = (colour.red(), colour.green(), colour.blue(), _TINT)
        return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
