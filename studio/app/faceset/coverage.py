"""Which poses the used faces cover, live."""

from __future__ import annotations

import numpy as np
from psygnal import Signal

from studio.app.faceset.faces import Indices, ShownFaces
from studio.app.faceset.proposal import Pending
from studio.faceset.coverage import CELL_DEGREES, Cost, cost, in_cell

_FEW = 3


class LiveCoverage:
    """The coverage of the faces on show, with what the proposal would cost.

    Attributes:
        changed: it may be another one.
    """

    changed = Signal()

    def __init__(self, faces: ShownFaces, pending: Pending) -> None:
        self._faces = faces
        self._pending = pending
        for signal in (faces.states_changed, faces.extended):
            signal.connect(self._emit)
        faces.reset.connect(self._emit)
        pending.changed.connect(self._emit)

    def cost(self) -> Cost:
        """Coverage now and once the proposal is accepted; the same where nothing is proposed."""
        columns = self._faces.columns
        return cost(columns.yaw, columns.pitch, ~self._faces.rejected, self._pending.mask)

    def words(self) -> str:
        """What the faceset lacks, or what the proposal would cost, in a sentence."""
        found = self.cost()
        counts = found.before.counts
        if not counts.any():
            return "No used face yet."
        if self._pending:
            return found.summary()
        covered, few = int(np.count_nonzero(counts)), int(np.count_nonzero((counts > 0) & (counts < _FEW)))
        lacking = len(found.before.gaps)
        thin = f", {few} of them by fewer than {_FEW} faces" if few else ""
        missing = f"; {lacking} common poses are missing" if lacking else "; no common pose is missing"
        return f"{covered} poses covered{thin}{missing}."

    def cell_words(self, row: int, column: int) -> str:
        """What is in one cell."""
        found = self.cost()
        count, after = int(found.before.counts[row, column]), int(found.after.counts[row, column])
        yaw, pitch = found.before.yaw_edges[column], found.before.pitch_edges[row]
        poses = f"Yaw {yaw:.0f}° to {yaw + CELL_DEGREES:.0f}°, pitch {pitch:.0f}° to {pitch + CELL_DEGREES:.0f}°"
        words = f"{poses}: {count:,} {'face' if count == 1 else 'faces'}"
        return words if after == count else f"{words}, {after:,} after the proposal"

    def members(self, row: int, column: int) -> Indices:
        """The used faces in one cell."""
        columns = self._faces.columns
        return np.flatnonzero(in_cell(columns.yaw, columns.pitch, (row, column)) & ~self._faces.rejected)

    def _emit(self, _news: object = None) -> None:
        self.changed.emit()
