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

    def mark(self, state: FaceState, *, advance: bool = True) -> int:
        """Give the faces a state; after a single one the next becomes current. Returns how many changed.

        Args:
            advance: False to stay at the face, whatever the user has set.
        """
        targets = self.targets()
        if len(targets) == 0:
            return 0
        # Found first: where rejected faces are filtered out, the face is no longer in any row afterwards.
        way = self._way_from(int(targets[0])) if advance and len(targets) == 1 and self._auto_advance() else ()
        changed = self._marks.set_state(targets, state)
        self._seen.note(targets)
        following = next((index for index in way if self._row(index) >= 0), -1)
        if following >= 0:
            self._go(following)
        return changed

    def pass_over(self) -> bool:
        """Leave the faces as they are, note them as seen and go on to the next unseen one; False where all are seen."""
        self._seen.note(self.targets())
        return self._go_to_unseen(self._row(self._selection.current))

    def go_to_unseen(self) -> bool:
        """Go to the first face nobody has seen, from the top; False where all were seen."""
        return self._go_to_unseen(-1)

    def move(self, by: int) -> None:
        """Make the face `by` rows further the current one."""
        index = self._neighbour(self._selection.current, by)
        if index >= 0:
            self._go(index)

    def _go_to_unseen(self, after: int) -> bool:
        arrangement = self._presentation.arrangement
        row = self._seen.next_unseen(arrangement, after)
        if row >= 0:
            self._go(int(arrangement.order[row]))
        return row >= 0

    def _way_from(self, index: int) -> tuple[int, ...]:
        """The next face; after the last one that one, or where it has gone the one before."""
        after = self._neighbour(index, 1)
        return (after, self._neighbour(index, -1)) if after == index else (after,)

    def _row(self, index: int) -> int:
        rows = self._presentation.arrangement.rows
        return int(rows[index]) if 0 <= index < len(rows) else -1

    def _neighbour(self, index: int, by: int) -> int:
        arrangement = self._presentation.arrangement
        row = arrangement.step(self._row(index), by)
        return int(arrangement.order[row]) if row >= 0 else -1

    def _go(self, index: int) -> None:
        self._selection.replace(np.array([index], dtype=np.int64))
        self._selection.set_current(index)
