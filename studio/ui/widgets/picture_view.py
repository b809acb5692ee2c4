"""A picture that can be zoomed and moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.ui.theme import Theme

_STEP = 1.25
_LARGEST = 16.0
_PAN = 48
_CAPTION = 24


class PictureView(QWidget):
    """Fits its picture into the widget; the wheel zooms about the pointer, dragging moves, double-click fits again.

    Attributes:
        looked: the user looks at another part: zoom relative to fitting, and centre as shares of the picture.
        missing: what is said in the place of a picture that is not there.
    """

    looked = Signal(float, QPointF)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image: QImage | None = None
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._grabbed: QPoint | None = None
        self._caption = ""
        self.missing = ""
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 160)

    @property
    def image(self) -> QImage | None:
        """What is shown."""
        return self._image

    def show_image(self, image: QImage | None) -> None:
        """Show `image`, or nothing; what is looked at stays."""
        self._image = image
        self.update()

    @property
    def fits(self) -> bool:
        """Whether the whole picture is in view."""
        return self._zoom == 1.0

    def say(self, caption: str) -> None:
        """Write `caption` at the lower edge, cut short where there is no room; a screen reader says all of it."""
        self._caption = caption
        self.setAccessibleDescription(caption)
        self.update()

    def look(self, zoom: float, centre: QPointF) -> None:
        """Look at a part; tells nobody."""
        self._zoom, self._centre = zoom, centre
        self.update()

    def place(self) -> QRectF:
        """Where the whole picture lies in the widget."""
        if self._image is None:
            return QRectF()
        width, height = self._image.width(), self._image.height()
        scale = min(self.width() / width, self.height() / height) * self._zoom
        x = self.width() / 2 - self._centre.x() * width * scale
        y = self.height() / 2 - self._centre.y() * height * scale
        return QRectF(x, y, width * scale, height * scale)

    def to_widget(self, points: NDArray[np.floating]) -> list[QPointF]:
        """Points (n, 2) in pixels of the picture as points of the widget."""
        place, scale = self.place(), self._scale()
        return [QPointF(place.x() + (x + 0.5) * scale, place.y() + (y + 0.5) * scale) for x, y in points.tolist()]

    def to_picture(self, point: QPointF) -> QPointF:
        """A point of the widget in pixels of the picture."""
        place, scale = self.place(), self._scale()
        return QPointF((point.x() - place.x()) / scale - 0.5, (point.y() - place.y()) / scale - 0.5)

    def paint_over(self, painter: QPainter) -> None:
        """Paint what lies over the picture; nothing here."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture and what lies over it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("viewer"))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale() < 4)
            painter.drawImage(self.place(), self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_over(painter)
        elif self.missing:
            painter.setPen(self._theme.colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 0, -8, 0), flags, self.missing)
        if self._caption:
            self._paint_caption(painter)
        if self.hasFocus():
            self._paint_focus(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture again."""
        super().resizeEvent(event)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self._zoom_at(event.position(), _STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grab the picture."""
        self._grabbed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture."""
        if self._grabbed is not None and event.buttons():
            delta, self._grabbed = event.position().toPoint() - self._grabbed, event.position().toPoint()
            self._move(delta)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let the picture go."""
        self._grabbed = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Fit the picture."""
        self._set(1.0, QPointF(0.5, 0.5))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, 0 fits, arrows move."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        moves = {Qt.Key.Key_Left: (_PAN, 0), Qt.Key.Key_Right: (-_PAN, 0), Qt.Key.Key_Up: (0, _PAN),
                 Qt.Key.Key_Down: (0, -_PAN)}  # fmt: skip
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_at(middle, _STEP)
        elif key == Qt.Key.Key_Minus:
            self._zoom_at(middle, 1 / _STEP)
        elif key == Qt.Key.Key_0:
            self._set(1.0, QPointF(0.5, 0.5))
        elif key in moves:
            self._move(QPoint(*moves[key]))
        else:
            event.ignore()

    def _paint_focus(self, painter: QPainter) -> None:
        """A ring and a line inside it of another brightness: one of them shows on any picture."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for token, inset in (("focus", 0), ("focus", 1), ("window", 2)):
            painter.setPen(self._theme.colour(token))
            painter.drawRect(self.rect().adjusted(inset, inset, -inset - 1, -inset - 1))

    def _paint_caption(self, painter: QPainter) -> None:
        """White on dark in every theme: it may lie over the picture."""
        bar = self.rect().adjusted(0, self.height() - _CAPTION, 0, 0)
        painter.fillRect(bar, QColor(0, 0, 0, 176))
        painter.setFont(self._theme.font("small"))
        painter.setPen(Qt.GlobalColor.white)
        box = bar.adjusted(8, 0, -8, 0)
        words = painter.fontMetrics().elidedText(self._caption, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)

    def _scale(self) -> float:
        assert self._image is not None
        return self.place().width() / self._image.width()

    def _zoom_at(self, point: QPointF, factor: float) -> None:
        if self._image is None:
            return
        zoom = min(max(self._zoom * factor, 1.0), _LARGEST)
        before = self.to_picture(point)
        self._zoom = zoom
        after = self.to_picture(point)
        width, height = self._image.width(), self._image.height()
        centre = self._centre + QPointF((before.x() - after.x()) / width, (before.y() - after.y()) / height)
        self._set(zoom, centre if zoom > 1 else QPointF(0.5, 0.5))

    def _move(self, delta: QPoint) -> None:
        place = self.place()
        if self._image is not None and self._zoom > 1:
            self._set(self._zoom, self._centre - QPointF(delta.x() / place.width(), delta.y() / place.height()))

    def _set(self, zoom: float, centre: QPointF) -> None:
        centre = QPointF(min(max(centre.x(), 0.0), 1.0), min(max(centre.y(), 0.0), 1.0))
        self.look(zoom, centre)
        self.looked.emit(zoom, centre)


def picture_of(pixels: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) RGB uint8 as a picture with memory of its own."""
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
