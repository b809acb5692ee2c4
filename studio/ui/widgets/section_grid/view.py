"""An item view of equal cells in collapsible sections."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from studio.app.faceset.arrangement import Arrangement, Rows
from studio.app.faceset.selection import Selection
from studio.ui.widgets.section_grid.geometry import GAP, HEADER, MARGIN, Box, Geometry
from studio.ui.widgets.section_grid.hold import face_to_hold
from studio.ui.widgets.section_grid.keys import MOVES, row_after
from studio.ui.widgets.section_grid.mirror import SelectionMirror
from studio.ui.widgets.section_grid.painting import CellPainter, paint_cells, paint_headers
from studio.ui.widgets.section_grid.pointer import Pointer

SMALLEST, LARGEST = 64, 256
_STEP = 1.12
_Index = QModelIndex | QPersistentModelIndex


class SectionGrid(QAbstractItemView):
    """Faces in rows under painted headers; geometry is arithmetic, so a hundred thousand cost no more than a page.

    Mouse and keys act on the `Selection`; Qt's selection model mirrors it. Rows of collapsed sections exist, and are
    skipped by keys, rubber band and select all.

    Attributes:
        section_toggled: somebody wants the section with this key collapsed or opened.
        zoomed: somebody wants cells of this side, in pixels.
        opened: the current face was double-clicked, or Return pressed on it.
        viewed: other rows are in view.
    """

    section_toggled = Signal(int)
    zoomed = Signal(int)
    opened = Signal()
    viewed = Signal()

    def __init__(self, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection = selection
        self.arrangement = Arrangement()
        self.geometry_of_cells = Geometry((), 400, 128)
        self._painter: CellPainter | None = None
        self._mirror: SelectionMirror | None = None
        self._cell = 128
        # Where the wheel has got to between whole pixels.
        self._exact = 128.0
        # What the last zoom was about: the point, how far the grid was scrolled after it, the row.
        self._zoomed_about = (QPoint(), -1, -1)
        self._headers = False
        self._pointer = Pointer(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        # Qt would scroll to the current face whenever rows are counted anew, as each second during an extraction.
        self.setAutoScroll(False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        # All of it is painted over in any case; filling it first would cost as much as the headers.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        selection.changed.connect(self._repaint)
        selection.current_changed.connect(self._on_current)

    def close_view(self) -> None:
        """Let go of the selection: for a grid that is taken down before it."""
        self.selection.changed.disconnect(self._repaint)
        self.selection.current_changed.disconnect(self._on_current)
        if self._mirror is not None:
            self._mirror.close()

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show `model`: one row a face, in the order of the arrangement."""
        super().setModel(model)
        if model is not None:
            former = self.selectionModel()
            self._mirror = SelectionMirror(self.selection, model, self)
            self.setSelectionModel(self._mirror)
            former.deleteLater()

    def set_painter(self, painter: CellPainter) -> None:
        """Have `painter` paint cells and headers."""
        self._painter = painter
        self._repaint()

    def arrange(self, arrangement: Arrangement, *, headers: bool) -> None:
        """Show the rows of `arrangement`; the model must have as many. What one looks at stays where it is."""
        before, cells, offset = self.arrangement, self.geometry_of_cells, self.verticalOffset()
        held = face_to_hold(before, arrangement, self.rows_in_view(), self.selection.current)
        self.arrangement, self._headers = arrangement, headers
        self._lay_out()
        if self._mirror is not None:
            self._mirror.arrange(arrangement)
        if arrangement.order is before.order:
            value = self.geometry_of_cells.offset_after(cells, offset)
        elif held < 0:
            value = 0
        else:
            old = cells.box(int(before.rows[held]))
            new = self.geometry_of_cells.box(int(arrangement.rows[held]))
            value = offset if new is None else new.y - (HEADER if old is None else old.y - offset)
        self.verticalScrollBar().setValue(value)

    @property
    def cell(self) -> int:
        """Side of a cell in pixels."""
        return self._cell

    def set_cell(self, side: int, anchor: QPoint | None = None) -> None:
        """Make cells `side` pixels wide (64 to 256).

        The face at `anchor` in the viewport, otherwise the current one if it is in view, or the first, stays there.
        """
        side = min(max(side, SMALLEST), LARGEST)
        if side == self._cell:
            return
        row, offset = self._row_to_zoom_about(anchor), self.verticalOffset()
        before = self.geometry_of_cells.box(row)
        self._cell = side
        self._lay_out()
        after = self.geometry_of_cells.box(row)
        if before is not None and after is not None:
            y = anchor.y() if anchor is not None else before.y - offset
            # The same point of the same face.
            into = (y + offset - before.y) * side // before.height
            self.verticalScrollBar().setValue(after.y + into - y)
        if anchor is not None:
            self._zoomed_about = (anchor, self.verticalOffset(), row)
        elif self.model() is not None:
            # It may have grown out of the view.
            self.scrollTo(self.model().index(row, 0))

    def rows_in_view(self, *, whole: bool = False) -> list[int]:
        """The rows of which something is in the viewport, or, if `whole`, all of the cell."""
        view = self._view_box()
        rows = [row for span in self.geometry_of_cells.rows_in(view) for row in span]
        if not whole:
            return rows
        boxes = ((row, self.geometry_of_cells.box(row)) for row in rows)
        return [row for row, box in boxes if box is not None and box.y >= view.y and box.bottom <= view.bottom]

    def headers_in_view(self) -> range:
        """The numbers of the sections of which something is in the viewport; none where there are no headers."""
        return self.geometry_of_cells.headers_in(self._view_box()) if self._headers else range(0)

    def rows_touching(self, rect: QRect) -> Rows:
        """The visible rows whose cells touch `rect` of the viewport, which may reach beyond it."""
        spans = [np.arange(span.start, span.stop) for span in self.geometry_of_cells.rows_in(self._on_grid(rect))]
        return np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)

    def visible_indices(self, rows: Rows) -> Rows:
        """The faces in those of `rows` that are in no collapsed section."""
        rows = rows[self.arrangement.open_rows()[rows]] if len(rows) else rows
        return self.arrangement.order[rows]

    def visualRect(self, index: _Index) -> QRect:
        """The cell of `index` in the viewport; empty where it is in a collapsed section."""
        return self.cell_rect(index.row()) if index.isValid() else QRect()

    def cell_rect(self, row: int) -> QRect:
        """The cell of `row` in the viewport; empty where it is in a collapsed section."""
        box = self.geometry_of_cells.box(row)
        return self._in_view(box) if box is not None else QRect()

    def header_rect(self, number: int) -> QRect:
        """The header of a section in the viewport."""
        return self._in_view(self.geometry_of_cells.header_box(number))

    def scrollTo(
        self, index: _Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Scroll until the cell of `index` is in view."""
        box = self.geometry_of_cells.box(index.row()) if index.isValid() else None
        if box is None:
            return
        bar, height = self.verticalScrollBar(), self.viewport().height()
        top = box.y - (HEADER if self._headers else 0)
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(box.y - (height - box.height) // 2)
        elif hint == QAbstractItemView.ScrollHint.PositionAtTop or top < bar.value():
            bar.setValue(top)
        elif hint == QAbstractItemView.ScrollHint.PositionAtBottom or box.bottom > bar.value() + height:
            bar.setValue(box.bottom - height)

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row whose cell is at `point` of the viewport."""
        row = self._row_at(point)
        return self.model().index(row, 0) if row >= 0 and self.model() is not None else QModelIndex()

    def header_at(self, point: QPoint) -> int:
        """The number of the section whose header is at `point`, the one that sticks to the top included; or -1."""
        if not self._headers:
            return -1
        if 0 <= point.y() < HEADER:
            return self.geometry_of_cells.section_at(point.y() + self.verticalOffset())
        return self.geometry_of_cells.header_at(point.y() + self.verticalOffset())

    def moveCursor(self, action: QAbstractItemView.CursorAction, _keys: Qt.KeyboardModifier) -> QModelIndex:
        """The row that a key leads to from the current one."""
        return self.model().index(self._step(action), 0)

    def horizontalOffset(self) -> int:
        """Always 0: lines are as wide as the view."""
        return 0

    def verticalOffset(self) -> int:
        """Pixels scrolled down."""
        return int(self.verticalScrollBar().value())

    def isIndexHidden(self, index: _Index) -> bool:
        """Whether the row is in a collapsed section."""
        return self.geometry_of_cells.box(index.row()) is None

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select the visible rows whose cells touch `rect` of the viewport, as `command` says."""
        spans = self.geometry_of_cells.rows_in(self._on_grid(rect.normalized()))
        wanted = QItemSelection()
        for span in spans:
            wanted.select(self.model().index(span.start, 0), self.model().index(span.stop - 1, 0))
        self.selectionModel().select(wanted, command)

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        """The whole viewport: a repaint costs a page, a region of thousands of cells costs more."""
        return QRegion(self.viewport().rect())

    def selectAll(self) -> None:
        """Select every visible face."""
        self.selection.replace(self.arrangement.open_indices())

    def clearSelection(self) -> None:
        """Select no face."""
        self.selection.clear()

    def keyboardSearch(self, _search: str) -> None:
        """Letters are culling keys here, not the beginning of a name."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells and headers that are in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.palette().base())
        if self._painter is not None:
            paint_cells(self, painter, event.rect(), self._painter)
            paint_headers(self, painter, self._painter, self._pointer.hovered)
        self._pointer.paint(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the lines out anew; the first face in view stays in view."""
        rows = self.rows_in_view()
        super().resizeEvent(event)
        self._lay_out()
        if rows and event.oldSize().width() not in (-1, event.size().width()):
            box = self.geometry_of_cells.box(rows[0])
            if box is not None:
                self.verticalScrollBar().setValue(box.y - (HEADER if self._headers else 0) - MARGIN)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom about the face under the pointer."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if round(self._exact) != self._cell:
                self._exact = float(self._cell)
            # A touch pad turns by fractions of a step.
            exact = self._exact * _STEP ** (event.angleDelta().y() / 120)
            self._exact = min(max(exact, float(SMALLEST)), float(LARGEST))
            self.set_cell(round(self._exact), event.position().toPoint())
            self.zoomed.emit(self._cell)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the current face with the arrows, Home, End and the page keys; Shift extends, Ctrl leaves selected.

        Return opens the face. All other keys are left to whoever holds the grid.
        """
        key = Qt.Key(event.key())
        if key in MOVES:
            row = self._step(MOVES[key])
            if row >= 0:
                self._pointer.go(row, event.modifiers())
                self.scrollTo(self.model().index(row, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and self.currentIndex().isValid():
            self.opened.emit()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a face, a section, or begin a rubber band."""
        self._pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the rubber band, or light up the header under the pointer."""
        self._pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the rubber band."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pointer.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the face; on a header collapse or open the section."""
        point = event.position().toPoint()
        number = self.header_at(point)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if number >= 0:
            self.section_toggled.emit(self.arrangement.sections[number].key)
        elif self._row_at(point) >= 0:
            self.opened.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """No header is under the pointer any more."""
        self._pointer.hover(-1)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End the rubber band: the button will come up elsewhere."""
        self._pointer.release()
        super().hideEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted, and paint what comes into view and the header that sticks to the top."""
        view = self.viewport()
        if self._pointer.banding:
            # The band stays under the pointer.
            self._repaint()
        else:
            view.scroll(dx, dy)
            if self._headers:
                view.update(0, 0, view.width(), HEADER + max(0, dy))
        self.viewed.emit()

    def updateGeometries(self) -> None:
        """Give the scroll bar the height of the grid."""
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setSingleStep(self._cell // 2)
        bar.setRange(0, max(0, self.geometry_of_cells.height - height))
        super().updateGeometries()

    def _lay_out(self) -> None:
        width = self.viewport().width()
        self.geometry_of_cells = Geometry(self.arrangement.sections, width, self._cell, headers=self._headers)
        self.updateGeometries()
        self._repaint()
        self.viewed.emit()

    def _step(self, move: QAbstractItemView.CursorAction) -> int:
        page = max(1, (self.viewport().height() - HEADER) // (self._cell + GAP))
        return row_after(move, self.currentIndex().row(), self.arrangement, self.geometry_of_cells, page)

    def _row_to_zoom_about(self, anchor: QPoint | None) -> int:
        rows = self.rows_in_view(whole=True) or self.rows_in_view()
        if anchor is None:
            current = self.currentIndex().row()
            return current if current in rows or not rows else rows[0]
        point, offset, row = self._zoomed_about
        if (point, offset) == (anchor, self.verticalOffset()):
            # Lines break elsewhere after each step: what was under the pointer may have left it sideways.
            return row
        row = self._row_at(anchor)
        away = [(self.cell_rect(other).center() - anchor).manhattanLength() for other in rows]
        return row if row >= 0 or not rows else rows[away.index(min(away))]

    def _row_at(self, point: QPoint) -> int:
        return self.geometry_of_cells.row_at(point.x(), point.y() + self.verticalOffset())

    def _view_box(self) -> Box:
        return self._on_grid(self.viewport().rect())

    def _on_grid(self, rect: QRect) -> Box:
        return Box(rect.x(), rect.y() + self.verticalOffset(), rect.width(), rect.height())

    def _in_view(self, box: Box) -> QRect:
        return QRect(box.x, box.y - self.verticalOffset(), box.width, box.height)

    def _on_current(self, index: int) -> None:
        rows = self.arrangement.rows
        # What was clicked is in view; scrolling would take it away from under the pointer.
        if self._pointer.follow(index) and 0 <= index < len(rows) and rows[index] >= 0 and self.model() is not None:
            self.scrollTo(self.model().index(int(rows[index]), 0))
        self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()
