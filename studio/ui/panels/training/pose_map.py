"""A small picture of the poses that a person's faces show."""

from __future__ import annotations

import math
from collections.abc import Collection

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.faceset.coverage import Coverage
from studio.ui.theme import Theme

_COLUMNS, _ROWS, _CELL = 18, 12, 6


class PoseMap(QWidget):
    """Yaw across and pitch upward in cells of ten degrees, the fuller the brighter; missed poses are outlined."""

    def __init__(self, theme: Theme, token: str, parent: QWidget | None = None) -> None:
        """`token` is the hue of the person's side."""
        super().__init__(parent)
        self._theme = theme
        self._token = token
        self._coverage: Coverage | None = None
        self._missed: frozenset[tuple[int, int]] = frozenset()
        self.setAccessibleName("Poses")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """All cells."""
        return QSize(_COLUMNS * _CELL + 1, _ROWS * _CELL + 1)

    def show_poses(self, coverage: Coverage | None, missed: Collection[tuple[int, int]], words: str) -> None:
        """Show how many faces there are by pose, and which poses are `missed`; `words` say it."""
        self._coverage, self._missed = coverage, frozenset(missed)
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the cells, looking up above."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("window"))
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawLine(self.width() // 2, 0, self.width() // 2, self.height())
        painter.drawLine(0, self.height() // 2, self.width(), self.height() // 2)
        if self._coverage is not None:
            self._paint_counts(painter, self._coverage)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.colour("doubtful"), 1))
        for cell in self._missed:
            painter.drawRect(_box(*cell).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_counts(self, painter: QPainter, coverage: Coverage) -> None:
        most = max(1, int(coverage.counts.max()))
        for row, column in zip(*coverage.counts.nonzero(), strict=True):
            colour = self._theme.colour(self._token)
            # Roots: a cell with a few faces must differ from one with none.
            colour.setAlphaF(0.25 + 0.75 * math.sqrt(int(coverage.counts[row, column]) / most))
            painter.fillRect(_box(int(row), int(column)), colour)


def _box(row: int, column: int) -> QRectF:
    return QRectF(column * _CELL + 1, (_ROWS - 1 - row) * _CELL + 1, _CELL - 1, _CELL - 1)
