"""Where the cells and headers of a grid lie: arithmetic a section, whatever the number of rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from studio.app.faceset.arrangement import Section

HEADER = 32
GAP = 4
MARGIN = 8


class Box(NamedTuple):
    """A rectangle in pixels of the whole grid, not of the viewport."""

    x: int
    y: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """The first y below it."""
        return self.y + self.height

    def touches(self, other: Box) -> bool:
        """Whether the two share a pixel."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.bottom
            and other.y < self.bottom
        )


class Geometry:
    """Equal square cells in lines, under one header a section; a collapsed section is its header alone.

    Attributes:
        columns: cells in a line.
        cell: side of a cell in pixels.
        height: of the whole grid in pixels.
    """

    def __init__(self, sections: Sequence[Section], width: int, cell: int, *, headers: bool = True) -> None:
        """Lay out `sections` in `width` pixels; without `headers` there is no room above the first line."""
        self.sections = sections
        self.cell = cell
        self.columns = max(1, (width - 2 * MARGIN + GAP) // (cell + GAP))
        self._width = width
        self._header = HEADER if headers else 0
        self._pitch = cell + GAP
        self._tops: list[int] = []
        self._starts = [section.start for section in sections]
        # Lines of cells above each section, for steps from line to line.
        self._above: list[int] = []
        y = lines = 0
        for section in sections:
            self._tops.append(y)
            self._above.append(lines)
            y += self._header + self._body(section)
            lines += self._lines(section)
        self.height = y
        self._all_lines = lines

    def box(self, row: int) -> Box | None:
        """The cell of `row`; None in a collapsed section and where there is no such row."""
        number = bisect_right(self._starts, row) - 1
        if number < 0:
            return None
        section = self.sections[number]
        if section.collapsed or row >= section.stop:
            return None
        line, column = divmod(row - section.start, self.columns)
        y = self._tops[number] + self._header + MARGIN + line * self._pitch
        return Box(MARGIN + column * self._pitch, y, self.cell, self.cell)

    def header_box(self, number: int) -> Box:
        """The header of the section with this number."""
        return Box(0, self._tops[number], self._width, self._header)

    def row_at(self, x: int, y: int) -> int:
        """The row whose cell holds the point, -1 where there is none."""
        number = self.section_at(y)
        if number < 0 or self.sections[number].collapsed:
            return -1
        section = self.sections[number]
        line, dy = divmod(y - self._tops[number] - self._header - MARGIN, self._pitch)
        column, dx = divmod(x - MARGIN, self._pitch)
        if line < 0 or not 0 <= column < self.columns or dx >= self.cell or dy >= self.cell:
            return -1
        row = section.start + line * self.columns + column
        return row if row < section.stop else -1

    def lines_away(self, row: int, lines: int) -> int:
        """The row `lines` lower, or higher if negative, as far as there are lines; -1 where there is none.

        It is in the same column, or the last one of a line that ends before; from a collapsed section in the first.
        """
        number = bisect_right(self._starts, row) - 1
        if self._all_lines == 0 or number < 0:
            return -1
        section, column = self.sections[number], 0
        if section.collapsed:
            # What is hidden lies between two lines, so that one step leads to either.
            line = self._above[number] + (lines - 1 if lines > 0 else lines)
        else:
            own, column = divmod(row - section.start, self.columns)
            line = self._above[number] + own + lines
        line = min(max(line, 0), self._all_lines - 1)
        number = bisect_right(self._above, line) - 1
        section = self.sections[number]
        return min(section.start + (line - self._above[number]) * self.columns + column, section.stop - 1)

    def offset_after(self, before: Geometry, offset: int) -> int:
        """How far to scroll where other sections are collapsed than `before`: the one at the top of the view stays.

        One that was collapsed meanwhile is left with its header there.
        """
        number = before.section_at(offset)
        if number < 0:
            return offset
        into = 0 if self.sections[number].collapsed else offset - before.header_box(number).y
        return self.header_box(number).y + into

    def section_at(self, y: int) -> int:
        """The number of the section that `y` lies in, -1 outside of all."""
        return bisect_right(self._tops, y) - 1 if 0 <= y < self.height else -1

    def header_at(self, y: int) -> int:
        """The number of the section whose header `y` lies in, -1 where it lies in none."""
        number = self.section_at(y)
        return number if number >= 0 and y - self._tops[number] < self._header else -1

    def headers_in(self, box: Box) -> range:
        """The numbers of the sections of which something lies between the top and the bottom of `box`."""
        first = max(0, bisect_right(self._tops, box.y) - 1)
        last = bisect_right(self._tops, box.bottom - 1)
        return range(first, last)

    def rows_in(self, box: Box) -> Iterator[range]:
        """The rows whose cells touch `box`, as ranges in ascending order."""
        if box.width <= 0 or box.height <= 0:
            return
        left, right = self._columns_in(box)
        if left >= right:
            return
        for number in self.headers_in(box):
            section = self.sections[number]
            if section.collapsed:
                continue
            yield from self._rows_of(section, self._tops[number] + self._header + MARGIN, box, left, right)

    def _rows_of(self, section: Section, top: int, box: Box, left: int, right: int) -> Iterator[range]:
        lines = self._lines(section)
        # A line is touched where the box reaches into its cell, not only into the gap below.
        first = max(0, -(-(box.y - top - self.cell + 1) // self._pitch))
        last = min(lines, (box.bottom - 1 - top) // self._pitch + 1)
        if left == 0 and right == self.columns:
            start, stop = section.start + first * self.columns, section.start + last * self.columns
            if start < min(stop, section.stop):
                yield range(start, min(stop, section.stop))
            return
        for line in range(first, last):
            start = section.start + line * self.columns
            stop = min(start + right, section.stop)
            if start + left < stop:
                yield range(start + left, stop)

    def _columns_in(self, box: Box) -> tuple[int, int]:
        left = max(0, -(-(box.x - MARGIN - self.cell + 1) // self._pitch))
        right = min(self.columns, (box.x + box.width - 1 - MARGIN) // self._pitch + 1)
        return left, right

    def _lines(self, section: Section) -> int:
        return 0 if section.collapsed else -(-len(section) // self.columns)

    def _body(self, section: Section) -> int:
        lines = self._lines(section)
        return 2 * MARGIN + lines * self._pitch - GAP if lines else 0
