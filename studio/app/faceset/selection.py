"""Which faces are selected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.app.faceset.faces import Indices


class Selection:
    """A set of faces and the current one, by index; what the grid, the map and the strip show alike.

    Attributes:
        mask: (N,) which faces are selected; treat it as read-only.
        current: index of the face that keys act on; -1 where there is none.
        changed: other faces are selected.
        current_changed: another face is the current one.
    """

    changed = Signal()
    current_changed = Signal(int)

    def __init__(self) -> None:
        self.mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self.current = -1

    def __len__(self) -> int:
        return int(np.count_nonzero(self.mask))

    @property
    def indices(self) -> Indices:
        """The selected faces, ascending."""
        return np.flatnonzero(self.mask)

    def resize(self, count: int) -> None:
        """Make room for `count` faces; those that are selected stay so where they are still there."""
        if count != len(self.mask):
            mask = np.zeros(count, dtype=bool)
            kept = min(count, len(self.mask))
            mask[:kept] = self.mask[:kept]
            self.mask = mask

    def clear(self, count: int | None = None) -> None:
        """Select nothing; with `count`, of other faces, so many."""
        if count is not None:
            self.mask = np.zeros(count, dtype=bool)
            self.set_current(-1)
            self.changed.emit()
        else:
            self.replace(np.empty(0, dtype=np.int64))

    def replace(self, indices: Indices | NDArray[np.bool_]) -> None:
        """Select exactly these faces, given by index or as a mask."""
        mask = np.zeros_like(self.mask)
        mask[indices] = True
        self._take(mask)

    def add(self, indices: Indices) -> None:
        """Select these faces too."""
        mask = self.mask.copy()
        mask[indices] = True
        self._take(mask)

    def remove(self, indices: Indices) -> None:
        """Select these faces no longer."""
        mask = self.mask.copy()
        mask[indices] = False
        self._take(mask)

    def toggle(self, indices: Indices) -> None:
        """Turn the selection of these faces round."""
        mask = self.mask.copy()
        mask[indices] = ~mask[indices]
        self._take(mask)

    def set_current(self, index: int) -> None:
        """Make the face with `index` the one that keys act on."""
        if index != self.current:
            self.current = index
            self.current_changed.emit(index)

    def _take(self, mask: NDArray[np.bool_]) -> None:
        if not np.array_equal(mask, self.mask):
            self.mask = mask
            self.changed.emit()
