"""Clustering identity features, beside scikit-learn's k-means with its defaults."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.bench.table import Row

FACES = 100_000
_DIMENSIONS = 128
_K = 25
_TIMES = 5


def clusters() -> Sequence[Row]:
    """100,000 faces of 128 dimensions, k = 25: the time, and how much wider the clusters are than scikit-learn's."""
    from sklearn.cluster import KMeans

    from studio.faceset.cluster import cluster_identities

    features = walking_features(FACES)
    # Once each, so that neither is charged for imports or for compiling.
    cluster_identities(features[:5000], _K)
    KMeans(_K, random_state=0).fit(features[:5000])
    ours, theirs, our_inertia, their_inertia = [], [], [], []
    for seed in range(_TIMES):
        began = time.perf_counter()
        labels = cluster_identities(features, _K, seed)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        model = KMeans(_K, random_state=seed).fit(features)
        theirs.append(time.perf_counter() - began)
        our_inertia.append(inertia(features, labels))
        their_inertia.append(inertia(features, model.labels_))
        sys.stderr.write(f"clusters: {seed + 1} of {_TIMES}\n")
    wider = float(np.median(our_inertia) / np.median(their_inertia))
    return [
        Row.compared(
            "clusters", float(np.median(ours)), float(np.median(theirs)), limit="≥ 5",
            notes=f"{FACES:,} faces, {_DIMENSIONS} dimensions, k = {_K}, against scikit-learn's KMeans with its "
            f"defaults; medians of {_TIMES} seeds",
        ),
        Row.absolute(
            "clusters.inertia", wider, "", limit="≤ 1.02", notes="inertia, as a multiple of scikit-learn's"
        ),
    ]  # fmt: skip


def walking_features(faces: int, seed: int = 0) -> NDArray[np.float32]:
    """Features (faces, 128) as clips give them: four people, sixty clips, each a slow walk in a few directions.

    Distances are those of the embedded features: about 0.3 within a person, 0.9 between two.
    """
    rng = np.random.default_rng(seed)
    people = rng.normal(0, 0.056, (4, _DIMENSIONS))
    length = -(-faces // 60)
    clips = []
    for person in rng.integers(0, len(people), 60):
        directions = rng.normal(0, 0.009, (6, _DIMENSIONS))
        walk = np.cumsum(rng.normal(0, 0.05, (length, 6)), axis=0)
        look = people[person] + rng.normal(0, 0.012, _DIMENSIONS)
        clips.append(look + walk @ directions + rng.normal(0, 0.012, (length, _DIMENSIONS)))
    return np.concatenate(clips)[:faces].astype(np.float32)


def inertia(features: NDArray[np.float32], labels: NDArray[np.integer]) -> float:
    """The sum of squared distances to the mean of one's cluster."""
    total = 0.0
    for label in np.unique(labels):
        members = features[labels == label].astype(np.float64)
        total += float(((members - members.mean(axis=0)) ** 2).sum())
    return total
