"""A Qt selection model that is our selection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QTimer,
)

from studio.app.faceset.arrangement import Arrangement
from studio.app.faceset.selection import Selection

_Flag = QItemSelectionModel.SelectionFlag
_Index = QModelIndex | QPersistentModelIndex
# Qt takes 4 µs a range, and as much again to forget it: so many can be told at once without anybody noticing.
_AT_ONCE = 2000
_SETTLE_MS = 150


class SelectionMirror(QItemSelectionModel):
    """Shows a `Selection` of faces as selected rows, and takes over rows that somebody else selects.

    The mask of the `Selection` is the truth. Qt keeps ranges: where faces are scattered in thousands of them, it is
    told once the selection has come to rest, or when somebody asks.
    """

    def __init__(self, selection: Selection, model: QAbstractItemModel, parent: QObject) -> None:
        super().__init__(model, parent)
        self._selection = selection
        self._arrangement = Arrangement()
        self._behind: list[tuple[int, int]] | None = None
        self._ours = False
        self._timer = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._timer.timeout.connect(self._catch_up)
        selection.changed.connect(self.show_selection)
        selection.current_changed.connect(self.show_current)
        self.selectionChanged.connect(self._on_selected)
        self.currentChanged.connect(self._on_current)

    def close(self) -> None:
        """Follow the selection no longer."""
        self._timer.stop()
        self._behind = None
        self._selection.changed.disconnect(self.show_selection)
        self._selection.current_changed.disconnect(self.show_current)

    def arrange(self, arrangement: Arrangement) -> None:
        """The rows stand for other faces now: select theirs."""
        self._arrangement = arrangement
        self.show_selection()
        self.show_current(self._selection.current)

    def show_selection(self) -> None:
        """Select the rows of the selected faces."""
        chosen = self._selection.mask
        # Faces that have just been found are in the selection before they are in a row.
        known = len(chosen) == len(self._arrangement.rows)
        self._behind = _ranges(np.sort(self._arrangement.rows[chosen])) if known else []
        if len(self._behind) <= _AT_ONCE:
            self._catch_up()
        else:
            self._timer.start()

    def show_current(self, index: int) -> None:
        """Make the row of the face with `index` the current one."""
        rows = self._arrangement.rows
        row = int(rows[index]) if 0 <= index < len(rows) else -1
        before, self._ours = self._ours, True
        try:
            self.setCurrentIndex(self.model().index(row, 0), _Flag.NoUpdate)
        finally:
            self._ours = before

    def select(self, what: QItemSelection | _Index, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select rows, as `command` says."""
        self._catch_up()
        super().select(what, command)

    def selection(self) -> QItemSelection:
        """The ranges of selected rows."""
        self._catch_up()
        return super().selection()

    def selectedIndexes(self) -> list[QModelIndex]:
        """The selected rows."""
        self._catch_up()
        return super().selectedIndexes()

    def selectedRows(self, column: int | None = 0) -> list[QModelIndex]:
        """The selected rows."""
        self._catch_up()
        return super().selectedRows(column or 0)

    def isSelected(self, index: _Index) -> bool:
        """Whether the row of `index` is selected."""
        self._catch_up()
        return super().isSelected(index)

    def hasSelection(self) -> bool:
        """Whether any row is selected."""
        self._catch_up()
        return super().hasSelection()

    def _catch_up(self) -> None:
        ranges, self._behind = self._behind, None
        if ranges is None:
            return
        self._timer.stop()
        index = self.model().index
        wanted = QItemSelection()
        for first, last in ranges:
            wanted.append(QItemSelectionRange(index(first, 0), index(last, 0)))
        before, self._ours = self._ours, True
        try:
            # Merging ranges into others walks all of them for each: they come into an empty model.
            self.clearSelection()
            super().select(wanted, _Flag.ClearAndSelect)
        finally:
            self._ours = before

    def _on_selected(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        if self._ours:
            return
        mask = np.zeros(len(self._selection.mask), dtype=bool)
        ranges = super().selection()
        for span in (ranges.at(number) for number in range(ranges.count())):
            mask[self._arrangement.order[span.top() : span.bottom() + 1]] = True
        # The ranges are there already; whoever else listens hears of them.
        self._selection.changed.disconnect(self.show_selection)
        try:
            self._selection.replace(mask)
        finally:
            self._selection.changed.connect(self.show_selection)

    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._ours:
            row = current.row()
            self._selection.set_current(int(self._arrangement.order[row]) if row >= 0 else -1)


def _ranges(rows: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ascending rows as (first, last) runs; rows that are filtered out (-1) are left out."""
    rows = rows[rows >= 0]
    if len(rows) == 0:
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = rows[np.append(0, breaks + 1)]
    lasts = rows[np.append(breaks, len(rows) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
