"""The culling keys: keep, reject, unmark, pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.app.faceset.faces import Indices
from studio.app.faceset.marks import Marks
from studio.app.faceset.presentation import Presentation
from studio.app.faceset.seen import Seen
from studio.app.faceset.selection import Selection
from studio.core.records import FaceState


class Culling:
    """What a key does to the selected faces, and where the eye goes next."""

    def __init__(
        self,
        marks: Marks,
        seen: Seen,
        selection: Selection,
        presentation: Presentation,
        auto_advance: Callable[[], bool],
    ) -> None:
        self._marks = marks
        self._seen = seen
        self._selection = selection
        self._presentation = presentation
        self._auto_advance = auto_advance

    def targets(self) -> Indices:
        """The faces that a key acts on: the selected ones, or the current one where none is."""
        selected = self._selection.indices
        if len(selected) == 0 and self._selection.current >= 0:
            return np.array([self._selection.current], dtype=np.int64)
        return selected

    def mark(self, state: FaceState) -> int:
        """Give the faces a state; after a single one the next becomes current. Returns how many changed."""
        targets = self.targets()
        if len(targets) == 0:
            return 0
        # Found first: where rejected faces are filtered out, the face is no longer in any row afterwards.
        following = self._neighbour(1) if len(targets) == 1 and self._auto_advance() else -1
        changed = self._marks.set_state(targets, state)
        self._seen.note(targets)
        if following >= 0:
            self._go(following)
        return changed

    def pass_over(self) -> None:
        """Leave the faces as they are, note them as seen and go on to the next unseen one."""
        self._seen.note(self.targets())
        arrangement = self._presentation.arrangement
        row = self._seen.next_unseen(arrangement, self._row())
        if row >= 0:
            self._go(int(arrangement.order[row]))

    def go_to_unseen(self) -> bool:
        """Go to the first face nobody has seen, from the top; False where all were seen."""
        arrangement = self._presentation.arrangement
        row = self._seen.next_unseen(arrangement, -1)
        if row >= 0:
            self._go(int(arrangement.order[row]))
        return row >= 0

    def move(self, by: int) -> None:
        """Make the face `by` rows further the current one."""
        index = self._neighbour(by)
        if index >= 0:
            self._go(index)

    def _row(self) -> int:
        rows = self._presentation.arrangement.rows
        return int(rows[self._selection.current]) if 0 <= self._selection.current < len(rows) else -1

    def _neighbour(self, by: int) -> int:
        arrangement = self._presentation.arrangement
        row = arrangement.step(self._row(), by)
        return int(arrangement.order[row]) if row >= 0 else -1

    def _go(self, index: int) -> None:
        self._selection.replace(np.array([index], dtype=np.int64))
        self._selection.set_current(index)
