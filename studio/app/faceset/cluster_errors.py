"""How badly the faces of each cluster are learned."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class ClusterError(NamedTuple):
    """The mean training error of those faces of a cluster of which one is known, and how many these are."""

    mean: float
    faces: int


def cluster_errors(clusters: NDArray[np.integer], errors: NDArray[np.float64]) -> dict[int, ClusterError]:
    """By cluster, where an error of a face is known: `clusters` (N,), -1 for none, `errors` (N,), NaN where unknown."""
    known = ~np.isnan(errors) & (clusters >= 0)
    # Counted, not sorted: this is done after every mark.
    counts, sums = np.bincount(clusters[known]), np.bincount(clusters[known], weights=errors[known])
    return {n: ClusterError(float(sums[n] / counts[n]), int(counts[n])) for n in np.flatnonzero(counts).tolist()}
