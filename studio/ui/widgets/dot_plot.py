"""Dots in the plane, in colours, to be chosen with a lasso."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.core.vision import cv2
from studio.ui.theme import Theme

Places = NDArray[np.float32]

_DOT, _RING = 2.0, 3.5
_MARGIN = 8
_STEP = 1.25
_FARTHEST, _NEAREST = 0.5, 200.0
_PAN = 32


class DotPlot(QWidget):
    """Paints dots with arithmetic of its own: a hundred thousand take as long as a plotting library takes for few.

    Dragging draws a lasso, the wheel zooms about the pointer, the right button moves, a double click shows all.

    Attributes:
        lassoed: a lasso was drawn: which dots lie in it (n,) bool, and whether Shift was held.
    """

    lassoed = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._places: Places = np.zeros((0, 2), dtype=np.float32)
        self._colours: NDArray[np.uint8] = np.zeros((0, 3), dtype=np.uint8)
        self._ringed: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._zoom, self._centre = 1.0, QPointF(0, 0)
        self._image: QImage | None = None
        self._lasso: list[QPointF] = []
        self._grabbed: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.changed.connect(self._anew)

    def show_dots(self, places: Places, colours: NDArray[np.uint8], ringed: NDArray[np.bool_]) -> None:
        """Show dots at `places` (n, 2) in `colours` (n, 3) RGB; those `ringed` (n,) stand out."""
        self._places, self._colours, self._ringed = places, colours, ringed
        self._anew()

    def fit(self) -> None:
        """Show all dots."""
        if len(self._places):
            middle = (self._places.min(axis=0) + self._places.max(axis=0)) / 2
            self._centre = QPointF(float(middle[0]), float(middle[1]))
        self._zoom = 1.0
        self._anew()

    def to_widget(self, places: Places) -> NDArray[np.float64]:
        """Points (n, 2) of the plane in pixels of the widget."""
        scale = self._scale()
        middle = np.array([self.width() / 2, self.height() / 2])
        offsets = places.astype(np.float64) - (self._centre.x(), self._centre.y())
        # Up is up.
        return np.asarray(middle + offsets * (scale, -scale))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the dots and the lasso."""
        if self._image is None:
            self._image = self._drawn()
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._image)
        if self._lasso:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colour("text"), 1, Qt.PenStyle.DashLine))
            painter.drawPolygon(QPolygonF(self._lasso))
        if self.hasFocus():
            painter.setPen(self._theme.colour("focus"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw in the new size."""
        super().resizeEvent(event)
        self._anew()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a lasso, or grab the plane."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._lasso = [event.position()]
        else:
            self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the lasso, or move the plane."""
        if self._lasso:
            self._lasso.append(event.position())
            self.update()
        elif self._grabbed is not None:
            self._pan(event.position() - self._grabbed)
            self._grabbed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell what the lasso holds."""
        self._grabbed = None
        if event.button() == Qt.MouseButton.LeftButton and self._lasso:
            outline, self._lasso = QPolygonF(self._lasso), []
            self.update()
            add = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.lassoed.emit(self._inside(outline), add)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Show all dots."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self._zoom_at(event.position(), _STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, 0 shows all, arrows move."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        moves = {Qt.Key.Key_Left: (_PAN, 0), Qt.Key.Key_Right: (-_PAN, 0), Qt.Key.Key_Up: (0, _PAN),
                 Qt.Key.Key_Down: (0, -_PAN)}  # fmt: skip
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_at(middle, _STEP)
        elif key == Qt.Key.Key_Minus:
            self._zoom_at(middle, 1 / _STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in moves:
            self._pan(QPointF(*moves[key]))
        else:
            event.ignore()

    def _anew(self) -> None:
        self._image = None
        self.update()

    def _scale(self) -> float:
        """Pixels a unit, alike for both axes: distances are what the map is about."""
        if len(self._places) == 0:
            return 1.0
        extent = self._places.max(axis=0) - self._places.min(axis=0)
        room = (max(1, self.width() - 2 * _MARGIN), max(1, self.height() - 2 * _MARGIN))
        fits = [space / float(span) for space, span in zip(room, extent, strict=True) if span > 0]
        return min(fits, default=1.0) * self._zoom

    def _zoom_at(self, point: QPointF, factor: float) -> None:
        away = point - QPointF(self.width() / 2, self.height() / 2)
        before, zoom = self._scale(), min(max(self._zoom * factor, _FARTHEST), _NEAREST)
        self._zoom = zoom
        shift = 1 / before - 1 / self._scale()
        self._centre += QPointF(away.x() * shift, -away.y() * shift)
        self._anew()

    def _pan(self, by: QPointF) -> None:
        self._centre += QPointF(-by.x() / self._scale(), by.y() / self._scale())
        self._anew()

    def _inside(self, outline: QPolygonF) -> NDArray[np.bool_]:
        """(n,) which dots lie in `outline`, in pixels of the widget."""
        path = QPainterPath()
        path.addPolygon(outline)
        path.closeSubpath()
        box, spots = path.boundingRect(), self.to_widget(self._places)
        x, y = spots[:, 0], spots[:, 1]
        inside = (x >= box.left()) & (x <= box.right()) & (y >= box.top()) & (y <= box.bottom())
        near = np.flatnonzero(inside)
        inside[near] = [path.contains(QPointF(*spot)) for spot in spots[near].tolist()]
        return inside

    def _drawn(self) -> QImage:
        """The dots as a picture of the widget's size; later ones lie over earlier ones, ringed ones over all."""
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        ground = self._theme.colour("window")
        pixels = np.empty((height, width, 3), dtype=np.uint8)
        pixels[:] = (ground.red(), ground.green(), ground.blue())
        spots = np.rint(self.to_widget(self._places) * ratio).astype(np.int64)
        _stamp(pixels, spots, self._colours, _DOT * ratio)
        chosen, text = self._ringed, self._theme.colour("text")
        ring = np.array([[text.red(), text.green(), text.blue()]], dtype=np.uint8).repeat(len(spots), axis=0)
        _stamp(pixels, spots[chosen], ring[chosen], _RING * ratio)
        _stamp(pixels, spots[chosen], self._colours[chosen], _DOT * ratio)
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        image.setDevicePixelRatio(ratio)
        return image


def _stamp(pixels: NDArray[np.uint8], spots: NDArray[np.int64], colours: NDArray[np.uint8], radius: float) -> None:
    """Put a disc at each of `spots` (n, 2) into `pixels` (H, W, 3); later ones lie over earlier ones."""
    height, width = pixels.shape[:2]
    seen = np.flatnonzero(((spots >= 0) & (spots < (width, height))).all(axis=1))
    if len(seen) == 0:
        return
    # Numbers of dots at their middles, grown to discs, in which the highest number wins.
    numbers = np.zeros((height, width), dtype=np.float32)
    numbers[spots[seen, 1], spots[seen, 0]] = seen + 1
    side = 2 * round(radius) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    found = np.asarray(cv2.dilate(numbers, disc)).astype(np.int64)
    covered = found > 0
    pixels[covered] = colours[found[covered] - 1]
