"""The faces on show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from studio.core.records import STATES, FaceState
from studio.core.store.columns import FaceColumns

Indices = NDArray[np.int64]


class ShownFaces:
    """The faces of one faceset as arrays, edited at once and brought in line with the store afterwards.

    A face is known by its index, its place in the order of ids: faces found by an extraction that is still running
    come after those that are there, so that an index stays what it is while one looks.

    Attributes:
        columns: what is known of each face.
        reset: other faces are shown; every index is void.
        extended: there are new faces, from this index on.
        states_changed, clusters_changed, seen_changed, corrected: of the faces with these indices.
    """

    reset = Signal()
    extended = Signal(int)
    states_changed = Signal(object)
    clusters_changed = Signal(object)
    seen_changed = Signal(object)
    corrected = Signal(object)

    def __init__(self) -> None:
        self.columns = FaceColumns.empty()

    def __len__(self) -> int:
        return len(self.columns)

    def show(self, columns: FaceColumns) -> None:
        """Show `columns` in place of what was shown."""
        self.columns = columns.writable()
        self.reset.emit()

    def update(self, columns: FaceColumns) -> None:
        """Take over what the store says now; only what differs is announced."""
        ours = len(self.columns)
        if ours == 0 or len(columns) < ours or not np.array_equal(columns.ids[:ours], self.columns.ids):
            self.show(columns)
            return
        before, self.columns = self.columns, columns.writable()
        if len(columns) > ours:
            # First: whoever hears of the rest must have room for all faces.
            self.extended.emit(ours)
        for name, signal in (
            ("states", self.states_changed),
            ("clusters", self.clusters_changed),
            ("seen", self.seen_changed),
            ("corrections", self.corrected),
        ):
            differ = np.flatnonzero(getattr(before, name) != getattr(columns, name)[:ours])
            if len(differ):
                signal.emit(differ)

    def indices(self, ids: NDArray[np.int64]) -> Indices:
        """The indices of the faces with these ids; ids that are not shown are passed over."""
        places = np.searchsorted(self.columns.ids, ids)
        places = places[places < len(self)] if len(self) else places[:0]
        return np.asarray(places[np.isin(self.columns.ids[places], ids)], dtype=np.int64)

    def set_states(self, indices: Indices, state: FaceState) -> Indices:
        """Give faces a state; returns those that had another one."""
        code = STATES.index(state)
        changed = np.asarray(indices[self.columns.states[indices] != code])
        if len(changed):
            self.columns.states[changed] = code
            self.states_changed.emit(changed)
        return changed

    def set_clusters(self, indices: Indices, clusters: NDArray[np.int32]) -> None:
        """Give faces clusters, (n,) for n indices."""
        self.columns.clusters[indices] = clusters
        self.clusters_changed.emit(indices)

    def set_seen(self, indices: Indices, *, seen: bool = True) -> Indices:
        """Note that faces were looked at; returns those of which it was not known."""
        changed = np.asarray(indices[self.columns.seen[indices] != seen])
        if len(changed):
            self.columns.seen[changed] = seen
            self.seen_changed.emit(changed)
        return changed

    @property
    def rejected(self) -> NDArray[np.bool_]:
        """(N,) which faces are rejected."""
        return np.asarray(self.columns.states == STATES.index(FaceState.REJECTED))

    def counts(self) -> Mapping[FaceState, int]:
        """How many faces are in each state."""
        numbers = np.bincount(self.columns.states, minlength=len(STATES))
        return {state: int(number) for state, number in zip(STATES, numbers, strict=True)}
