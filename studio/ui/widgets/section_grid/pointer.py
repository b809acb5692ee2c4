"""What the mouse does on a grid: clicks, ranges, the rubber band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimerEvent
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from studio.ui.widgets.section_grid.view import SectionGrid

CHEVRON = 32
_TICK_MS = 16
_FASTEST = 48
_Keys = Qt.KeyboardModifier


class Pointer(QObject):
    """Turns presses and moves into a selection; the band scrolls the grid where it leaves it.

    Attributes:
        hovered: number of the section whose header is under the pointer, -1 for none.
    """

    def __init__(self, grid: SectionGrid) -> None:
        super().__init__(grid)
        self._grid = grid
        # The face that Shift extends from: a row would stand for another face after sorting.
        self._anchor = -1
        self._going = False
        self._pressed: QPoint | None = None
        self._pressed_at = QPoint()
        self._end = QPoint()
        self.banding = False
        self._before: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._timer = 0
        self.hovered = -1

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        point, keys = event.position().toPoint(), event.modifiers()
        section = self._grid.header_at(point)
        row = self._grid.indexAt(point).row()
        if event.button() == Qt.MouseButton.RightButton and section < 0:
            if row >= 0 and not self._grid.selection.mask[self._grid.arrangement.order[row]]:
                self.go(row, _Keys.NoModifier)
        elif event.button() != Qt.MouseButton.LeftButton:
            return
        elif section >= 0:
            self._press_header(section, point, keys)
        else:
            self._press_cell(row, point, keys)

    def go(self, row: int, keys: Qt.KeyboardModifier) -> None:
        """Make `row` current: select it alone, with Shift all from the anchor on, with Ctrl leave the selection."""
        selection, order = self._grid.selection, self._grid.arrangement.order
        if keys & _Keys.ShiftModifier:
            rows = self._grid.arrangement.rows
            anchor = int(rows[self._anchor]) if 0 <= self._anchor < len(rows) else -1
            first, last = sorted((anchor if anchor >= 0 else row, row))
            indices = self._grid.visible_indices(np.arange(first, last + 1))
            if keys & _Keys.ControlModifier:
                selection.add(indices)
            else:
                selection.replace(indices)
        else:
            self._anchor = int(order[row])
            if not keys & _Keys.ControlModifier:
                selection.replace(order[row : row + 1])
        self._make_current(int(order[row]))

    def follow(self, index: int) -> bool:
        """Another face is current: Shift extends from there, where it was not our doing; returns whether it was not."""
        if not self._going:
            self._anchor = index
        return not self._going

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        self._end = event.position().toPoint()
        self.hover(self._grid.header_at(self._end) if self._pressed is None else -1)
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if not self.banding and (self._end - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
            self.banding = True
            self._timer = self.startTimer(_TICK_MS)
        if self.banding:
            self._select()

    def release(self) -> None:
        """The button went up, or the grid has been taken away from under the pointer."""
        if self._timer:
            self.killTimer(self._timer)
            self._timer = 0
        self._pressed, self.banding = None, False
        self._grid.viewport().update()

    def hover(self, number: int) -> None:
        """Light up the header of the section with this number, -1 for none."""
        if number != self.hovered:
            self.hovered = number
            self._grid.viewport().update()

    def timerEvent(self, _event: QTimerEvent) -> None:
        """Scroll while the band is held above or below the grid."""
        height, y = self._grid.viewport().height(), self._end.y()
        beyond = y if y < 0 else max(0, y - height)
        if beyond:
            bar = self._grid.verticalScrollBar()
            bar.setValue(bar.value() + max(-_FASTEST, min(_FASTEST, beyond)))
            self._select()

    def paint(self, painter: QPainter) -> None:
        """Paint the band."""
        if self.banding:
            colour = self._grid.palette().highlight().color()
            painter.setPen(colour)
            colour.setAlpha(48)
            painter.setBrush(colour)
            painter.drawRect(self._band())

    def _band(self) -> QRect:
        assert self._pressed is not None
        return QRect(self._pressed - QPoint(0, self._grid.verticalOffset()), self._end).normalized()

    def _select(self) -> None:
        # Indices and not a mask: an extraction may bring faces while the band is drawn.
        mask = np.zeros_like(self._grid.selection.mask)
        mask[self._before] = True
        mask[self._grid.arrangement.order[self._grid.rows_touching(self._band())]] = True
        self._grid.selection.replace(mask)
        self._grid.viewport().update()

    def _press_cell(self, row: int, point: QPoint, keys: Qt.KeyboardModifier) -> None:
        selection = self._grid.selection
        extending = bool(keys & (_Keys.ControlModifier | _Keys.ShiftModifier))
        self._before = selection.indices if extending else np.zeros(0, dtype=np.int64)
        # The band lies on the grid, not on the viewport, so that scrolling stretches it.
        self._pressed, self._pressed_at = point + QPoint(0, self._grid.verticalOffset()), point
        if row < 0:
            if not extending:
                selection.clear()
        elif keys & _Keys.ControlModifier and not keys & _Keys.ShiftModifier:
            index = self._grid.arrangement.order[row : row + 1]
            selection.toggle(index)
            self._anchor = int(index[0])
            self._make_current(self._anchor)
        else:
            self.go(row, keys)

    def _press_header(self, number: int, point: QPoint, keys: Qt.KeyboardModifier) -> None:
        section = self._grid.arrangement.sections[number]
        if point.x() < CHEVRON:
            self._grid.section_toggled.emit(section.key)
            return
        indices = self._grid.arrangement.order[section.start : section.stop]
        if not keys & (_Keys.ControlModifier | _Keys.ShiftModifier):
            self._grid.selection.replace(indices)
        elif keys & _Keys.ControlModifier and bool(self._grid.selection.mask[indices].all()):
            self._grid.selection.remove(indices)
        else:
            self._grid.selection.add(indices)
        if len(indices) and not section.collapsed:
            # The first one that can be seen: the header may stick to the top far below the first of all.
            seen = [row for row in self._grid.rows_in_view(whole=True) if section.start <= row < section.stop]
            self._anchor = int(indices[0])
            self._make_current(int(self._grid.arrangement.order[seen[0]]) if seen else self._anchor)

    def _make_current(self, index: int) -> None:
        self._going = True
        try:
            self._grid.selection.set_current(index)
        finally:
            self._going = False
