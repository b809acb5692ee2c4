"""Which poses the faceset covers, what it lacks, and what a proposal would cost."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio.app.faceset.coverage import LiveCoverage
from studio.faceset.coverage import Cost
from studio.ui.theme import Theme
from studio.ui.widgets.own_return import OwnReturn

_CELL, _AXIS, _SIDE = 14, 16, 36
_LABEL_EVERY = 30
_SETTLE_MS = 50


class CoverageView(QWidget):
    """The yaw-pitch grid as a heat map with a sentence below it."""

    def __init__(self, coverage: LiveCoverage, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._coverage = coverage
        self.map = _HeatMap(coverage, theme)
        self._words = QLabel(wordWrap=True)
        self._words.setProperty("role", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.map)
        layout.addWidget(self._words)
        # Many changes may come at once; one look after them is enough.
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._read)
        coverage.changed.connect(self._on_changed)
        self.map.walked.connect(self._say)
        self._read()

    def close_view(self) -> None:
        """Let go of the faces."""
        self._settle.stop()
        self._coverage.changed.disconnect(self._on_changed)

    @property
    def words(self) -> str:
        """What the map says, in a sentence."""
        return self._words.text()

    def _on_changed(self) -> None:
        self._settle.start()

    def _read(self) -> None:
        self.map.show_cost(self._coverage.cost())
        self._say()

    def _say(self) -> None:
        """Say what is in the cell that keys have led to, otherwise what the faceset lacks."""
        cell = self.map.cell
        words = self._coverage.cell_words(*cell) if cell is not None else self._coverage.words()
        self._words.setText(words)
        self.map.setAccessibleDescription(words)


class _HeatMap(QWidget):
    """Cells by yaw and pitch, the fuller the brighter; common poses that are missing are grey.

    Crossed cells would lose their last face. A click chooses a cell, arrows walk from one to the next.

    Attributes:
        chosen: a cell was chosen, by its row and column.
        walked: keys have led to another cell, or are of use elsewhere.
    """

    chosen = Signal(int, int)
    walked = Signal()

    def __init__(self, coverage: LiveCoverage, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._coverage = coverage
        self._cost = coverage.cost()
        # The cell in the middle: faces that look straight ahead.
        self._current = (self._cost.before.counts.shape[0] // 2, self._cost.before.counts.shape[1] // 2)
        self._walking = False
        OwnReturn(self)
        self.setObjectName("facesets.coverage")
        self.setAccessibleName("Coverage of poses")
        self.setToolTip("Poses by yaw and pitch. A click selects the used faces of one; arrows and Return do the same")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def cell(self) -> tuple[int, int] | None:
        """The row and column that keys have led to; None before they do and once the focus is elsewhere."""
        return self._current if self._walking else None

    def sizeHint(self) -> QSize:
        return QSize(260, _CELL * self._cost.before.counts.shape[0] + _AXIS)

    def show_cost(self, cost: Cost) -> None:
        self._cost = cost
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position().toPoint())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0)}
        key = Qt.Key(event.key())
        if key in steps:
            rows, columns = self._cost.before.counts.shape
            row, column = self._current[0] + steps[key][0], self._current[1] + steps[key][1]
            self._current = (min(max(row, 0), rows - 1), min(max(column, 0), columns - 1))
            self._walk(walking=True)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._current)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._walk(walking=False)

    def _walk(self, *, walking: bool) -> None:
        self._walking = walking
        self.update()
        self.walked.emit()

    def _choose(self, cell: tuple[int, int]) -> None:
        self._current = cell
        self.update()
        self.chosen.emit(*cell)

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            cell = self._cell_at(event.pos())
            if cell is not None:
                QToolTip.showText(event.globalPos(), self._coverage.cell_words(*cell), self)
                return True
        return super().event(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font("small"))
        rows, columns = self._cost.before.counts.shape
        gaps = set(self._cost.before.gaps)
        for row in range(rows):
            for column in range(columns):
                self._paint_cell(painter, row, column, gap=(row, column) in gaps)
        painter.setPen(self._theme.colour("line"))
        painter.drawRect(QRectF(self._box(rows - 1, 0).topLeft(), self._box(0, columns - 1).bottomRight()))
        painter.setPen(self._theme.colour("muted"))
        for column, yaw in enumerate(self._cost.before.yaw_edges.tolist()):
            # The outermost would be cut off.
            if yaw % _LABEL_EVERY == 0 and 0 < column < columns:
                below = QRectF(self._box(0, column).left() - 20, self.height() - _AXIS, 40, _AXIS)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{yaw:+.0f}°" if yaw else "0°")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, pitch in enumerate(self._cost.before.pitch_edges.tolist()):
            if pitch % _LABEL_EVERY == 0 and 0 < row < rows:
                beside = QRectF(0, self._box(row, 0).bottom() - 8, _SIDE - 4, 16)
                painter.drawText(beside, right, f"{pitch:+.0f}°" if pitch else "0°")
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("focus"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.setPen(QPen(self._theme.colour("text"), 2))
            painter.drawRect(self._box(*self._current))
        painter.end()

    def _paint_cell(self, painter: QPainter, row: int, column: int, *, gap: bool) -> None:
        counts = self._cost.before.counts
        count, after, box = int(counts[row, column]), int(self._cost.after.counts[row, column]), self._box(row, column)
        painter.fillRect(box, self._theme.colour("raised" if gap else "window"))
        if after:
            colour = self._theme.colour("plot_a")
            # Roots: a cell with a few faces must differ from one with none.
            colour.setAlphaF(0.2 + 0.8 * math.sqrt(after / int(counts.max())))
            painter.fillRect(box, colour)
        if after < count:
            painter.setPen(QPen(self._theme.colour("rejected" if after == 0 else "doubtful"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            if after == 0:
                painter.drawLine(box.topLeft(), box.bottomRight())

    def _box(self, row: int, column: int) -> QRectF:
        """The cell; heads that look up are above."""
        rows, columns = self._cost.before.counts.shape
        width, height = (self.width() - _SIDE) / columns, (self.height() - _AXIS) / rows
        return QRectF(_SIDE + column * width, (rows - 1 - row) * height, width - 1, height - 1)

    def _cell_at(self, point: QPoint) -> tuple[int, int] | None:
        rows, columns = self._cost.before.counts.shape
        for row in range(rows):
            for column in range(columns):
                if self._box(row, column).contains(point):
                    return row, column
        return None
