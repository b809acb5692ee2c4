"""Painting what is in view of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from studio.ui.widgets.section_grid.geometry import HEADER

if TYPE_CHECKING:
    from studio.ui.widgets.section_grid.view import SectionGrid


class CellPainter(Protocol):
    """Paints what is in a cell and on a header."""

    def paint_cell(self, painter: QPainter, box: QRect, index: int, *, selected: bool, current: bool) -> None:
        """Paint the face with `index` into `box`; up to 2 px around it are free too."""
        ...

    def paint_header(self, painter: QPainter, box: QRect, section: int, *, hovered: bool) -> None:
        """Paint the header of the section with this number."""
        ...

    def painted(self, rows: list[int]) -> None:
        """These rows are in view."""
        ...


def paint_cells(grid: SectionGrid, painter: QPainter, dirty: QRect, cells: CellPainter) -> None:
    """Paint the cells in view that touch `dirty`."""
    order, chosen, current = grid.arrangement.order, grid.selection.mask, grid.selection.current
    rows = grid.rows_in_view()
    for row in rows:
        rect, index = grid.cell_rect(row), int(order[row])
        if rect.adjusted(-2, -2, 2, 2).intersects(dirty):
            cells.paint_cell(painter, rect, index, selected=bool(chosen[index]), current=index == current)
    cells.painted(rows)


def paint_headers(grid: SectionGrid, painter: QPainter, cells: CellPainter, hovered: int) -> None:
    """Paint the headers in view; the first one sticks to the top until the next one pushes it out."""
    numbers = grid.headers_in_view()
    for number in reversed(numbers):
        rect = grid.header_rect(number)
        if number == numbers.start and rect.y() < 0:
            below = grid.header_rect(number + 1).y() if number + 1 < numbers.stop else HEADER
            rect.moveTop(min(0, below - HEADER))
        cells.paint_header(painter, rect, number, hovered=number == hovered)
