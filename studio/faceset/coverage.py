"""How a faceset covers the poses of a head: the yaw-pitch grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CELL_DEGREES = 10.0


def best_spread(pose: NDArray[np.float64], quality: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """The `count` best faces spread over a yaw-pitch grid of 10-degree cells.

    Cells take turns: each gives its best face that is left, until `count` are taken, so that rare poses stay and
    common ones are thinned.

    Args:
        pose: (N, 2) yaw and pitch in degrees.
        quality: (N,), higher is better; among equals the lower index comes first.
        count: how many to keep.

    Returns:
        (N,) bool, true for faces to keep; all of them where N <= count.
    """
    kept = np.zeros(len(pose), dtype=bool)
    if len(pose) <= count:
        return ~kept
    _, cells = np.unique(np.floor(pose / _CELL_DEGREES).astype(int), axis=0, return_inverse=True)
    best_first = np.lexsort((np.arange(len(pose)), -quality))
    turn = np.empty(len(pose), dtype=int)
    taken: dict[int, int] = {}
    for index in best_first:
        cell = int(cells[index])
        turn[index] = taken.get(cell, 0)
        taken[cell] = turn[index] + 1
    order = np.lexsort((np.arange(len(pose)), -quality, turn))
    kept[order[:count]] = True
    return kept
