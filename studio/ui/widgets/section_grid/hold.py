"""What stays where it is when the rows of a grid change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.app.faceset.arrangement import Arrangement

# Faces that were neighbours still are, up to so many rows apart and for this share of them.
_NEAR, _MOST = 4, 0.5


def face_to_hold(before: Arrangement, after: Arrangement, in_view: Sequence[int], current: int) -> int:
    """The index of the face that should stay where it is on the screen; -1 where the top should be shown.

    Faces that come or go, as by a filter or by an extraction that runs, leave the others in their order: then what one
    looks at stays. In another order there is nothing to stay at: one wants to see what comes first now.

    Args:
        in_view: rows of `before`, ascending.
        current: index of the current face, -1 for none.
    """
    if len(before) == 0 or len(after) == 0 or len(in_view) == 0 or len(before.rows) > len(after.rows):
        return -1
    faces = before.order[np.asarray(in_view)]
    left = faces[after.rows[faces] >= 0]
    if _same_order(before, after):
        if current in left:
            return current
        return int(left[len(left) // 2]) if len(left) else _next(before, after, in_view[0])
    places = after.rows[left]
    steps = np.diff(places)
    if len(steps) and np.mean((steps >= 1) & (steps <= _NEAR)) >= _MOST:
        # Most stay together, some have moved elsewhere, perhaps the current one: not after it.
        return int(left[np.argsort(places)[len(places) // 2]])
    return -1


def _same_order(before: Arrangement, after: Arrangement) -> bool:
    common = before.order[after.rows[before.order] >= 0]
    return bool(np.all(np.diff(after.rows[common]) > 0))


def _next(before: Arrangement, after: Arrangement, row: int) -> int:
    """The first face from `row` on that is still there, or the last one before."""
    there = np.flatnonzero(after.rows[before.order] >= 0)
    if len(there) == 0:
        return -1
    place = min(int(np.searchsorted(there, row)), len(there) - 1)
    return int(before.order[there[place]])
