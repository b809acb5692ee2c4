"""The levels of a multigrid and the equation on each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.swap.multigrid.compiled import compiled

Field = NDArray[np.float32]
Levels = NDArray[np.int64]

_ONE, _FOUR = np.float32(1), np.float32(4)


def pyramid(rows: int, columns: int) -> Levels:
    """The levels of a grid of `rows` x `columns` cells (rim not counted), down to a shorter side of at most 3 cells."""
    levels = [(0, rows + 2, columns + 2)]
    while min(rows, columns) > 3:
        offset = levels[-1][0] + levels[-1][1] * levels[-1][2]
        rows, columns = (rows + 1) // 2, (columns + 1) // 2
        levels.append((offset, rows + 2, columns + 2))
    return np.array(levels, np.int64)


def cells(levels: Levels) -> int:
    """How many cells all levels have together."""
    offset, rows, columns = levels[-1]
    return int(offset + rows * columns)


@compiled
def grid_of(flat: Field, levels: Levels, level: int) -> Field:
    """The (rows, columns) view of one level of a flat array of cells."""
    offset, rows, columns = levels[level]
    return flat[offset : offset + rows * columns].reshape(rows, columns)


@compiled
def field_of(flat: Field, levels: Levels, level: int, channels: int) -> Field:
    """The (rows, channels, columns) view of one level of a flat array of `channels` values a cell."""
    offset, rows, columns = levels[level]
    return flat[offset * channels : (offset + rows * columns) * channels].reshape(rows, channels, columns)


@compiled
def _count_fine(area: Field, right: Field, below: Field, held: Field) -> None:
    rows, columns = area.shape
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            here = area[i, j]
            right[i, j] = here * area[i, j + 1]
            below[i, j] = here * area[i + 1, j]
            held[i, j] = here * (_FOUR - area[i, j - 1] - area[i, j + 1] - area[i - 1, j] - area[i + 1, j])


@compiled
def _sum_blocks(fine: Field, coarse: Field, side: int) -> None:
    """Add up 2 x 2 blocks (side 0), or of each block only the right (1) or the lower (2) two cells."""
    rows, columns = coarse.shape
    last_row, last_column = fine.shape[0] - 1, fine.shape[1] - 1
    for i in range(1, rows - 1):
        upper, lower = fine[2 * i - 1], fine[min(2 * i, last_row)]
        for j in range(1, columns - 1):
            right = min(2 * j, last_column)
            total = lower[right]
            if side != 2:
                total += upper[right]
            if side != 1:
                total += lower[2 * j - 1]
            if side == 0:
                total += upper[2 * j - 1]
            coarse[i, j] = total


@compiled
def _weigh(area: Field, right: Field, below: Field, held: Field, inverse: Field, size: int) -> None:
    """Turn a level's counts into its equation: weights of the joints, in `held` the diagonal, in `area` 1 or 0.

    The distance to what holds a block at zero is that from the middle of a full block, less where the block is thin.
    """
    rows, columns = area.shape
    scale = np.float32(1.0 / size)
    farthest = np.float32(0.5 * (size + 1))
    for i in range(rows - 1):
        for j in range(columns - 1):
            right[i, j] *= scale
            below[i, j] *= scale
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            if area[i, j] > 0:
                total = right[i, j] + right[i, j - 1] + below[i, j] + below[i - 1, j]
                if held[i, j] > 0:
                    total += held[i, j] / min(max(area[i, j] / held[i, j], _ONE), farthest)
                held[i, j] = total
                inverse[i, j] = _ONE / total
                area[i, j] = _ONE


class Joints(NamedTuple):
    """How the cells of a level hang together: weights to the right and lower neighbour, and the diagonal."""

    right: Field
    below: Field
    diagonal: Field


class Equations(NamedTuple):
    """The equations of all levels.

    Attributes:
        area: pixels inside the mask in each cell; on the first level the mask itself.
        right, below: weights of the joints; `diagonal`: their sum and what holds the cell at zero.
        inverse: one over the diagonal, zero outside the mask.
    """

    levels: Levels
    inside: Field
    right: Field
    below: Field
    diagonal: Field
    inverse: Field


@compiled
def joints_of(equations: Equations, level: int) -> Joints:
    """The joints of one level."""
    return Joints(
        grid_of(equations.right, equations.levels, level),
        grid_of(equations.below, equations.levels, level),
        grid_of(equations.diagonal, equations.levels, level),
    )


@compiled
def build(equations: Equations) -> None:
    """Fill the equations from the mask (1 or 0) on the first level of `inside`; all else must be zero."""
    levels, area = equations.levels, equations.inside
    right, below, held = joints_of(equations, 0)
    _count_fine(grid_of(area, levels, 0), right, below, held)
    for level in range(1, len(levels)):
        finer, coarser = joints_of(equations, level - 1), joints_of(equations, level)
        _sum_blocks(grid_of(area, levels, level - 1), grid_of(area, levels, level), 0)
        _sum_blocks(finer.right, coarser.right, 1)
        _sum_blocks(finer.below, coarser.below, 2)
        _sum_blocks(finer.diagonal, coarser.diagonal, 0)
    for level in range(len(levels)):
        right, below, held = joints_of(equations, level)
        _weigh(grid_of(area, levels, level), right, below, held, grid_of(equations.inverse, levels, level), 1 << level)
