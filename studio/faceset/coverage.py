"""How a faceset covers the poses of a head: the yaw-pitch grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

CELL_DEGREES = 10.0

# Cells reach this far; what is turned further counts in the outermost.
YAW_REACH = 90.0
PITCH_REACH = 60.0

# The poses that a driver commonly takes: a faceset without them leaves the network guessing.
COMMON_YAW = 60.0
COMMON_PITCH = 30.0


@dataclass(frozen=True, eq=False)
class Coverage:
    """Faces by pose, in cells of 10 by 10 degrees.

    Attributes:
        counts: (12, 18) faces a cell: rows by pitch from -60 up to 60 degrees, columns by yaw from -90 to 90; a cell
            holds its lower edge and not its upper one. Faces turned further count in the outermost cells.
    """

    counts: Counts

    @property
    def yaw_edges(self) -> NDArray[np.float64]:
        """(19,) edges of the columns in degrees."""
        return _edges(YAW_REACH)

    @property
    def pitch_edges(self) -> NDArray[np.float64]:
        """(13,) edges of the rows in degrees."""
        return _edges(PITCH_REACH)

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Cells (row, column) without a face among the common poses: yaw up to 60, pitch up to 30 degrees."""
        return _cells((self.counts == 0) & _common())


@dataclass(frozen=True, eq=False)
class Cost:
    """What rejecting some faces would take away.

    Attributes:
        before, after: the coverage without and with the rejections.
        lost: faces that would be rejected, those without a pose included.
    """

    before: Coverage
    after: Coverage
    lost: int

    @property
    def emptied(self) -> list[tuple[int, int]]:
        """Cells (row, column) that hold faces now and would hold none."""
        return _cells((self.before.counts > 0) & (self.after.counts == 0))

    def poses(self) -> str:
        """Which poses would be gone, in words that may follow a semicolon."""
        emptied = self.emptied
        if not emptied:
            return "every pose keeps some"
        shown = " and at ".join(_named(self.before, cell) for cell in emptied[:3])
        more = f" and {len(emptied) - 3} other poses" if len(emptied) > 3 else ""
        return f"no face would be left at {shown}{more}"

    def summary(self) -> str:
        """One sentence: how many faces of how many, and which poses would be gone."""
        total = int(self.before.counts.sum())
        return f"{self.lost:,} of {max(total, self.lost):,} faces would go; {self.poses()}."


def coverage(yaw: NDArray[np.floating], pitch: NDArray[np.floating]) -> Coverage:
    """Count faces (N,) by pose in degrees; a pose that is not known (NaN) counts nowhere."""
    wide, high = len(_edges(YAW_REACH)) - 1, len(_edges(PITCH_REACH)) - 1
    cells = _numbers(yaw, pitch)
    counts = np.bincount(cells[cells >= 0], minlength=high * wide)
    return Coverage(counts.reshape(high, wide).astype(np.int64))


def in_cell(yaw: NDArray[np.floating], pitch: NDArray[np.floating], cell: tuple[int, int]) -> NDArray[np.bool_]:
    """(N,) the faces that count in `cell`, a row and a column of `Coverage.counts`."""
    wide = len(_edges(YAW_REACH)) - 1
    return np.asarray(_numbers(yaw, pitch) == cell[0] * wide + cell[1])


def cost(
    yaw: NDArray[np.floating], pitch: NDArray[np.floating], used: NDArray[np.bool_], pending: NDArray[np.bool_]
) -> Cost:
    """What rejecting the `pending` faces would take from those in use.

    Args:
        yaw, pitch: (N,) degrees.
        used: (N,) faces that are not rejected now.
        pending: (N,) faces that would be; those not in use cost nothing.
    """
    left = used & ~pending
    before, after = coverage(yaw[used], pitch[used]), coverage(yaw[left], pitch[left])
    return Cost(before, after, int(np.count_nonzero(used & pending)))


def best_spread(pose: NDArray[np.floating], quality: NDArray[np.floating], count: int) -> NDArray[np.bool_]:
    """The `count` best faces spread over a yaw-pitch grid of 10-degree cells.

    Cells take turns: each gives its best face that is left, until `count` are taken, so that rare poses stay and
    common ones are thinned.

    Args:
        pose: (N, 2) yaw and pitch in degrees; faces whose pose is not known share a cell.
        quality: (N,), higher is better and NaN worst; among equals the lower index comes first.
        count: how many to keep.

    Returns:
        (N,) bool, true for faces to keep; all of them where N <= count.
    """
    kept = np.zeros(len(pose), dtype=bool)
    if len(pose) <= count:
        return ~kept
    places = np.nan_to_num(np.floor(pose / CELL_DEGREES), nan=1e6).astype(np.int64)
    _, cells = np.unique(places[:, 0] * 4096 + places[:, 1], return_inverse=True)
    worst_last = -np.where(np.isnan(quality), -np.inf, quality)
    # lexsort is stable, so the lower index comes first among equals.
    by_cell = np.lexsort((worst_last, cells))
    sizes = np.bincount(cells)
    turn = np.empty(len(pose), dtype=np.int64)
    turn[by_cell] = np.arange(len(pose)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept[np.lexsort((worst_last, turn))[:count]] = True
    return kept


def _edges(reach: float) -> NDArray[np.float64]:
    return np.arange(-reach, reach + CELL_DEGREES / 2, CELL_DEGREES)


def _cell(angle: NDArray[np.floating], reach: float) -> NDArray[np.int64]:
    last = len(_edges(reach)) - 2
    cell = np.floor((np.nan_to_num(angle, nan=0.0) + reach) / CELL_DEGREES)
    return np.asarray(np.clip(cell, 0, last), dtype=np.int64)


def _numbers(yaw: NDArray[np.floating], pitch: NDArray[np.floating]) -> NDArray[np.int64]:
    """(N,) cells counted row by row; -1 where the pose is not known."""
    wide = len(_edges(YAW_REACH)) - 1
    known = np.isfinite(yaw) & np.isfinite(pitch)
    return np.where(known, _cell(pitch, PITCH_REACH) * wide + _cell(yaw, YAW_REACH), -1)


def _common() -> NDArray[np.bool_]:
    def inside(reach: float, limit: float) -> NDArray[np.bool_]:
        middles = _edges(reach)[:-1] + CELL_DEGREES / 2
        return np.abs(middles) < limit

    return np.asarray(inside(PITCH_REACH, COMMON_PITCH)[:, None] & inside(YAW_REACH, COMMON_YAW)[None, :])


def _cells(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    return [(int(row), int(column)) for row, column in zip(*np.nonzero(mask), strict=True)]


def _named(grid: Coverage, cell: tuple[int, int]) -> str:
    row, column = cell
    yaw, pitch = grid.yaw_edges[column] + CELL_DEGREES / 2, grid.pitch_edges[row] + CELL_DEGREES / 2
    return f"yaw {yaw:.0f}°, pitch {pitch:.0f}°"
