"""How far the manual scan has come."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.app.faceset.arrangement import Arrangement
from studio.app.faceset.faces import Indices, ShownFaces


class Seen:
    """Notes which faces were looked at, so that a scan of thousands goes on where it stopped.

    Seen is a face that was marked or passed over by a key, and one that lay wholly in view for a while (the panel
    says when). Notes are gathered and written a few at a time.
    """

    def __init__(self, faces: ShownFaces, write: Callable[[list[int]], None]) -> None:
        """`write` takes ids of faces and stores that they were seen."""
        self._faces = faces
        self._write = write
        self._unwritten: set[int] = set()

    def note(self, indices: Indices) -> None:
        """These faces were looked at."""
        changed = self._faces.set_seen(indices)
        self._unwritten.update(self._faces.columns.ids[changed].tolist())

    def flush(self) -> None:
        """Store what was noted."""
        if self._unwritten:
            ids, self._unwritten = sorted(self._unwritten), set()
            self._write(ids)

    def forget(self) -> None:
        """Other faces are shown."""
        self._unwritten.clear()

    def progress(self) -> tuple[int, int]:
        """How many faces were seen, and how many there are."""
        return int(np.count_nonzero(self._faces.columns.seen)), len(self._faces)

    def next_unseen(self, arrangement: Arrangement, row: int) -> int:
        """The first visible row after `row` with a face nobody has seen, from the top again after the last; or -1."""
        visible = np.flatnonzero(arrangement.open_rows())
        unseen = visible[~self._faces.columns.seen[arrangement.order[visible]]]
        if len(unseen) == 0:
            return -1
        later = unseen[unseen > row]
        return int(later[0] if len(later) else unseen[0])
