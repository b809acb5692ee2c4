"""The clusters of the faces on show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.app.faceset.faces import Indices, ShownFaces
from studio.app.faceset.marks import Marks
from studio.core.records import FaceState

_SHOWN = 12


class ClusterFacts(NamedTuple):
    """One cluster as its contact sheet shows it.

    Attributes:
        samples: indices of up to 12 faces, spread over the cluster from the sharpest on.
        used: share of its faces that are not rejected, 0..1.
    """

    cluster: int
    faces: int
    used: float
    samples: Indices


class Clusters:
    """Keeps, rejects, merges and splits whole clusters."""

    def __init__(self, faces: ShownFaces, marks: Marks) -> None:
        self._faces = faces
        self._marks = marks

    def members(self, clusters: NDArray[np.integer] | list[int]) -> Indices:
        """The faces in any of `clusters`."""
        return np.flatnonzero(np.isin(self._faces.columns.clusters, clusters))

    def of(self, indices: Indices) -> NDArray[np.int64]:
        """The clusters that faces are in, ascending."""
        found = np.unique(self._faces.columns.clusters[indices])
        return found[found >= 0].astype(np.int64)

    def facts(self) -> list[ClusterFacts]:
        """Every cluster, the largest first."""
        columns, rejected = self._faces.columns, self._faces.rejected
        # All at once: there may be a thousand, and they are looked at after every mark.
        order = np.lexsort((-columns.blur, columns.clusters))
        order = order[columns.clusters[order] >= 0]
        numbers, starts = np.unique(columns.clusters[order], return_index=True)
        found = []
        for cluster, sharpest in zip(numbers.tolist(), np.split(order, starts)[1:], strict=True):
            spread = np.linspace(0, len(sharpest) - 1, min(_SHOWN, len(sharpest))).astype(np.int64)
            found.append(ClusterFacts(cluster, len(sharpest), float(1 - rejected[sharpest].mean()), sharpest[spread]))
        return sorted(found, key=lambda facts: (-facts.faces, facts.cluster))

    def mark(self, clusters: list[int], state: FaceState) -> int:
        """Give every face of `clusters` a state; returns how many changed."""
        return self._marks.set_state(self.members(clusters), state, _named(clusters))

    def merge(self, clusters: list[int]) -> int:
        """Make one cluster of several: the largest keeps its number, which is returned."""
        members = self.members(clusters)
        numbers, sizes = np.unique(self._faces.columns.clusters[members], return_counts=True)
        target = int(numbers[sizes.argmax()])
        moved = members[self._faces.columns.clusters[members] != target]
        title = f"Merge {_named(clusters)} into {target}"
        self._marks.set_clusters(moved, np.full(len(moved), target, dtype=np.int32), title)
        return target

    def assign(self, indices: Indices, labels: NDArray[np.integer], title: str) -> None:
        """Put faces into the clusters that a clustering found, (n,) for n indices."""
        self._marks.set_clusters(indices, labels.astype(np.int32), title)

    def split(self, cluster: int, members: Indices, parts: NDArray[np.integer]) -> None:
        """Divide a cluster into `parts` (n,), 0 and up: part 0 keeps the number, the others get new ones."""
        first = int(self._faces.columns.clusters.max()) + 1
        labels = np.where(parts == 0, cluster, first + parts - 1)
        self._marks.set_clusters(members, labels.astype(np.int32), f"Split cluster {cluster} into {parts.max() + 1}")


def _named(clusters: list[int]) -> str:
    return f"cluster{'s' if len(clusters) > 1 else ''} {', '.join(str(cluster) for cluster in clusters)}"
