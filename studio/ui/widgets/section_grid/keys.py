"""Where keys lead on a grid."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from studio.app.faceset.arrangement import Arrangement
from studio.ui.widgets.section_grid.geometry import Geometry

_Move = QAbstractItemView.CursorAction

MOVES = {
    Qt.Key.Key_Left: _Move.MoveLeft,
    Qt.Key.Key_Right: _Move.MoveRight,
    Qt.Key.Key_Up: _Move.MoveUp,
    Qt.Key.Key_Down: _Move.MoveDown,
    Qt.Key.Key_Home: _Move.MoveHome,
    Qt.Key.Key_End: _Move.MoveEnd,
    Qt.Key.Key_PageUp: _Move.MovePageUp,
    Qt.Key.Key_PageDown: _Move.MovePageDown,
}


def row_after(
    move: QAbstractItemView.CursorAction, row: int, arrangement: Arrangement, cells: Geometry, page: int
) -> int:
    """The row that `move` leads to from `row` (-1 for none); rows of collapsed sections are skipped.

    Args:
        page: lines in view.
    """
    lines = {_Move.MoveUp: -1, _Move.MoveDown: 1, _Move.MovePageUp: -page, _Move.MovePageDown: page}.get(move, 0)
    if move == _Move.MoveEnd:
        return arrangement.step(len(arrangement), -1)
    if move == _Move.MoveHome or row < 0:
        return arrangement.step(-1, 1)
    if lines:
        return cells.lines_away(row, lines)
    return arrangement.step(row, -1 if move in (_Move.MoveLeft, _Move.MovePrevious) else 1)
