"""What happened in a training, as marks below the curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from studio.app.training.course import ASTRAY, CHECKPOINT, FORKED, LATEST, RESUMED, SET, Marker
from studio.ui.theme import Theme

_HEIGHT = 16
_REACH = 6
# Shapes differ too: never colour alone.
_TOKENS = {CHECKPOINT: "muted", SET: "doubtful", LATEST: "kept", ASTRAY: "rejected", RESUMED: "accent",
           FORKED: "accent"}  # fmt: skip
_DIAMOND = ((0, -4), (4, 0), (0, 4), (-4, 0))
_CORNERS = {RESUMED: ((-3, -4), (4, 0), (-3, 4)), FORKED: ((-3, -3), (3, -3), (3, 3), (-3, 3))}


class MarkerStrip(QWidget):
    """A tick a checkpoint, a diamond a change, a cross where it went astray, a triangle or a square where it began.

    The pointer tells of each in words.

    Attributes:
        chosen: the mark at this step was clicked.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._markers: tuple[Marker, ...] = ()
        self._checkpoints = np.zeros(0)
        self._first, self._last = 0.0, 1.0
        self._place = QRectF(0, 0, 1, 1)
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName("Checkpoints and changes")
        theme.changed.connect(self.update)

    def show_markers(self, markers: Sequence[Marker]) -> None:
        """Show these, of the kinds that have a mark."""
        self._markers = tuple(marker for marker in markers if marker.kind in _TOKENS)
        # There may be a thousand of them.
        self._checkpoints = np.array(
            [marker.step for marker in self._markers if marker.kind == CHECKPOINT], dtype=float
        )
        rare = [marker.words for marker in self._markers if marker.kind != CHECKPOINT]
        self.setAccessibleDescription(". ".join([f"{len(self._checkpoints):,} checkpoints", *rare[-10:]]))
        self.update()

    def look(self, first: float, last: float, place: QRectF) -> None:
        """Have the steps `first` to `last` lie under `place`."""
        self._first, self._last, self._place = first, max(last, first + 1e-9), place
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a mark where no other stands, the rare ones over the others."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("window"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_checkpoints(painter)
        taken: set[tuple[str, int]] = set()
        for marker in (each for each in self._markers if each.kind != CHECKPOINT):
            x = self._x(marker.step)
            spot = (marker.kind, round(x / 2))
            if self._place.left() <= x <= self._place.right() and spot not in taken:
                taken.add(spot)
                self._paint_mark(painter, marker.kind, x)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the mark under the pointer."""
        near = self._near(event.position().x())
        if near:
            self.chosen.emit(near[0].step)

    def event(self, event: QEvent) -> bool:
        """Tell of the marks under the pointer."""
        if isinstance(event, QHelpEvent):
            words = "\n".join(marker.words for marker in self._near(event.pos().x())[:8])
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _paint_checkpoints(self, painter: QPainter) -> None:
        """A line where others would stand less than two pixels away."""
        shares = (self._checkpoints - self._first) / (self._last - self._first)
        places = self._place.left() + shares[(shares >= 0) & (shares <= 1)] * self._place.width()
        _, first = np.unique(np.round(places / 2), return_index=True)
        painter.setPen(self._theme.colour(_TOKENS[CHECKPOINT]))
        middle = _HEIGHT / 2
        painter.drawLines([QLineF(x, middle - 3, x, middle + 3) for x in places[first].tolist()])

    def _paint_mark(self, painter: QPainter, kind: str, x: float) -> None:
        colour, middle = self._theme.colour(_TOKENS[kind]), _HEIGHT / 2
        painter.setPen(colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if kind == ASTRAY:
            painter.drawLine(QPointF(x - 4, middle - 4), QPointF(x + 4, middle + 4))
            painter.drawLine(QPointF(x - 4, middle + 4), QPointF(x + 4, middle - 4))
        else:
            painter.setBrush(colour if kind == SET else Qt.BrushStyle.NoBrush)
            corners = [QPointF(x + dx, middle + dy) for dx, dy in _CORNERS.get(kind, _DIAMOND)]
            painter.drawPolygon(QPolygonF(corners))

    def _x(self, step: float) -> float:
        share = (step - self._first) / (self._last - self._first)
        return self._place.left() + share * self._place.width()

    def _near(self, x: float) -> list[Marker]:
        near = [marker for marker in self._markers if abs(self._x(marker.step) - x) <= _REACH]
        return sorted(near, key=lambda marker: (marker.kind == CHECKPOINT, abs(self._x(marker.step) - x)))
