"""Keeping and rejecting: edits that show at once and are written behind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.app.faceset.faces import Indices, ShownFaces
from studio.app.faceset.freshness import Freshness
from studio.app.studio import Studio
from studio.core.project import Project
from studio.core.records import FaceState, Identity
from studio.core.store.journal import Change, Entry

VERBS = {FaceState.KEPT: "Keep", FaceState.REJECTED: "Reject", FaceState.UNMARKED: "Unmark"}


class Marks:
    """Changes of states and clusters; each is one entry of the journal.

    Attributes:
        edits: how many were begun, for whoever reads the store meanwhile: what was read before an edit is stale.
    """

    def __init__(self, studio: Studio, faces: ShownFaces, freshness: Freshness) -> None:
        self._studio = studio
        self._faces = faces
        self._freshness = freshness
        self._identity: Identity | None = None
        self.edits = 0

    def of(self, identity: Identity | None) -> None:
        """Edit the faces of `identity` from now on."""
        self._identity = identity

    def set_state(self, indices: Indices, state: FaceState, what: str = "") -> int:
        """Give faces a state, as "Reject 3 faces" or "Reject `what`"; returns how many had another one."""
        changed = self._faces.set_states(indices, state)
        if len(changed):
            faces = f"{len(changed):,} {'face' if len(changed) == 1 else 'faces'}"
            title = f"{VERBS[state]} {f'{what}: {faces}' if what else faces}"
            self._write(title, [Change("state", self._faces.columns.ids[changed], state)])
        return len(changed)

    def set_clusters(self, indices: Indices, clusters: np.ndarray[tuple[int], np.dtype[np.int32]], title: str) -> None:
        """Put faces into clusters, (n,) for n indices."""
        if len(indices):
            self._faces.set_clusters(indices, clusters)
            self._write(title, [Change("cluster", self._faces.columns.ids[indices], clusters)])

    def _write(self, title: str, changes: Sequence[Change]) -> None:
        identity = self._identity
        assert identity is not None
        self.edits += 1

        def edit(project: Project) -> Entry | None:
            return self._freshness.own(project, lambda: project.store.journal.edit(identity, title, changes))

        self._studio.edit(edit)
