"""Grouping faces by identity features: the paper's k-means."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.faceset.reduction import Features, Points, Spread, blocks, one_by_one, reduced, side_by_side

Labels = NDArray[np.int64]

# The paper's number of components, for features longer than the embedded engine's; those stay as they are.
_SHORT = 128
_COMPONENTS = 100

# The start is sought among this many faces a cluster: more would move the centres less than they cost.
_SAMPLE = 192
_STARTS = 2
_TRIALS = 5
_SWAPS = 20
_PASSES_SAMPLE = 6

# After a start on a sample one pass over all faces is enough; a small faceset is run until it settles.
_PASSES_LARGE = 1
_PASSES_SMALL = 30
_SETTLED = 1e-4


def cluster_identities(features: Features, k: int = 25, seed: int = 0) -> Labels:
    """Group faces into at most `k` clusters of like features (k-means; above 128 dimensions after PCA to 100).

    The start is the better of two, each k-means++ and then swaps of centres that lower the cost (Lattanzi and Sohler,
    "A better k-means++ algorithm via local search", 2019). The same input gives the same labels, whatever the number
    of cores.

    Args:
        features: (N, D) float; may be memory-mapped, it is read in blocks.
        k: number of clusters; fewer come back where there are fewer different faces.
        seed: of the start.

    Returns:
        (N,) int64 labels from 0 without gaps, largest cluster first (ties: the one whose first face comes first).

    Raises:
        ValueError: `features` is not (N, D) or not finite, or `k` is below 1.
    """
    if k < 1:
        raise ValueError("There must be at least one cluster.")
    with side_by_side() as spread:
        long = np.ndim(features) == 2 and features.shape[1] > _SHORT
        points = reduced(features, _COMPONENTS if long else _SHORT, spread)
        if len(points) == 0:
            return np.zeros(0, dtype=np.int64)
        return _largest_first(_k_means(points, min(k, len(points)), seed, spread))


def split(features: Features, members: NDArray[np.integer], k: int = 2, seed: int = 0) -> Labels:
    """Divide the faces in rows `members` (n,) of `features` into at most `k` parts; labels (n,) as above."""
    return cluster_identities(np.asarray(features[members]), k, seed)


class _Clustering(NamedTuple):
    """Faces assigned to centres.

    Attributes:
        labels: (N,) index of the nearest centre.
        centres: (k, D) what they were assigned to.
        cost: sum of the squared distances to the nearest centre, less that to the origin.
    """

    labels: Labels
    centres: Points
    cost: float


def _k_means(points: Points, k: int, seed: int, spread: Spread) -> Labels:
    rows = np.random.default_rng(seed).choice(len(points), min(len(points), _SAMPLE * k), replace=False, shuffle=False)
    sample = points[np.sort(rows)]

    def start(number: int) -> _Clustering:
        chosen = _Start(sample, k, np.random.default_rng((seed, number)))
        chosen.improve(_SWAPS)
        return _settled(sample, sample[chosen.rows], _PASSES_SAMPLE, one_by_one)

    best = min(spread(start, range(_STARTS)), key=lambda clustering: clustering.cost)
    passes = _PASSES_LARGE if len(sample) < len(points) else _PASSES_SMALL
    return _settled(points, best.centres, passes, spread).labels


def _settled(points: Points, centres: Points, passes: int, spread: Spread) -> _Clustering:
    """Assign faces and move centres amid them, up to `passes` times; the faces are assigned to the centres returned."""
    found = _assigned(points, centres, spread)
    for _ in range(passes):
        before = found.cost
        found = _assigned(points, _amid(points, found, spread), spread)
        if before - found.cost <= _SETTLED * abs(found.cost):
            break
    return found


def _assigned(points: Points, centres: Points, spread: Spread) -> _Clustering:
    lengths = np.einsum("ij,ij->i", centres, centres)
    # |x - c|^2 less |x|^2, which is the same for all centres.
    twice = np.ascontiguousarray(-2 * centres.T)

    def assign(block: slice) -> tuple[Labels, float]:
        distances = points[block] @ twice
        distances += lengths
        labels = distances.argmin(axis=1)
        return labels, float(distances[np.arange(len(labels)), labels].sum(dtype=np.float64))

    labels, costs = zip(*spread(assign, blocks(len(points))), strict=True)
    return _Clustering(np.concatenate(labels), centres, sum(costs))


def _amid(points: Points, found: _Clustering, spread: Spread) -> Points:
    """The means of the faces of each centre; a centre without faces goes to one of those farthest from theirs."""
    k = len(found.centres)

    def add(block: slice) -> Points:
        members = np.zeros((k, len(found.labels[block])), dtype=np.float32)
        members[found.labels[block], np.arange(members.shape[1])] = 1
        return np.asarray(members @ points[block])

    counts = np.bincount(found.labels, minlength=k)
    sums = np.sum(spread(add, blocks(len(points))), axis=0, dtype=np.float64)
    centres = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        away = points - found.centres[found.labels]
        centres[empty] = points[np.argsort(-np.einsum("ij,ij->i", away, away), kind="stable")[: len(empty)]]
    return centres


class _Start:
    """Centres chosen among the faces, with the squared distance of every face to each.

    Attributes:
        rows: of the chosen faces, (k,); fewer where there are fewer different ones.
    """

    def __init__(self, points: Points, k: int, rng: np.random.Generator) -> None:
        """Choose centres by k-means++: each time the best of a few faces drawn by their distance to the nearest."""
        self._points = points
        self._lengths = np.einsum("ij,ij->i", points, points)
        self._rng = rng
        self._distances = np.empty((k, len(points)), dtype=np.float32)
        self.rows = rng.integers(len(points), size=1)
        self._distances[0] = self._to(self.rows)[0]
        nearest = self._distances[0].copy()
        while len(self.rows) < k and nearest.any():
            drawn = self._drawn(nearest)
            distances = self._to(drawn)
            best = int(np.minimum(nearest, distances).sum(axis=1).argmin())
            self._distances[len(self.rows)] = distances[best]
            self.rows = np.append(self.rows, drawn[best])
            np.minimum(nearest, distances[best], out=nearest)
        self._distances = self._distances[: len(self.rows)]

    def improve(self, attempts: int) -> None:
        """Put drawn faces in the place of centres where that lowers the cost."""
        k = len(self.rows)
        if k < 2:
            return
        own, nearest, second = self._nearest_two()
        for _ in range(attempts):
            if not nearest.any():
                return
            drawn = self._drawn(nearest)
            distances = self._to(drawn)
            with_all = np.minimum(nearest, distances)
            # Without its own centre a face falls to its second, or to the one drawn.
            falls = np.minimum(second, distances) - with_all
            costs = with_all.sum(axis=1)[:, None] + np.stack([np.bincount(own, fall, minlength=k) for fall in falls])
            new, old = np.unravel_index(int(costs.argmin()), costs.shape)
            if costs[new, old] < nearest.sum() * (1 - _SETTLED):
                self.rows[old], self._distances[old] = drawn[new], distances[new]
                own, nearest, second = self._nearest_two()

    def _to(self, rows: NDArray[np.integer]) -> Points:
        squared = self._lengths - 2 * (self._points[rows] @ self._points.T) + self._lengths[rows, None]
        return np.asarray(np.maximum(squared, 0, out=squared), dtype=np.float32)

    def _drawn(self, nearest: Points) -> NDArray[np.int64]:
        reach = np.cumsum(nearest, dtype=np.float64)
        drawn = np.searchsorted(reach, self._rng.random(_TRIALS) * reach[-1], side="right")
        return np.asarray(np.minimum(drawn, len(nearest) - 1), dtype=np.int64)

    def _nearest_two(self) -> tuple[Labels, Points, Points]:
        own = self._distances.argmin(axis=0)
        at = np.arange(len(own))
        nearest = self._distances[own, at]
        self._distances[own, at] = np.inf
        second = self._distances.min(axis=0)
        self._distances[own, at] = nearest
        return own, nearest, second


def _largest_first(labels: Labels) -> Labels:
    counts = np.bincount(labels)
    first = np.full(len(counts), len(labels))
    # Backwards, so that the first face of each is written last.
    first[labels[::-1]] = np.arange(len(labels))[::-1]
    rank = np.empty(len(counts), dtype=np.int64)
    rank[np.lexsort((first, -counts))] = np.arange(len(counts))
    return rank[labels]
