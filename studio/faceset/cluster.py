"""Grouping faces by identity features: the paper's k-means."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.floating]
Labels = NDArray[np.int64]

_PCA_DIMENSIONS = 100
_PCA_ROWS = 8192
_BLOCK = 4096

# Above this many faces, k-means on small batches: minutes become seconds.
_WHOLE = 50_000


def cluster_identities(features: Features, k: int = 25, seed: int = 0) -> Labels:
    """Group faces into at most `k` clusters of like features (k-means after PCA to 100 dimensions).

    The same input gives the same labels, whatever the number of cores.

    Args:
        features: (N, D) float; may be memory-mapped, it is read in blocks.
        k: number of clusters; fewer come back where there are fewer different faces.
        seed: of the k-means start.

    Returns:
        (N,) int64 labels from 0 without gaps, largest cluster first (ties: the one whose first face comes first).

    Raises:
        ValueError: `features` is not (N, D) or not finite, or `k` is below 1.
    """
    if np.ndim(features) != 2 or features.shape[1] == 0:
        raise ValueError(f"Features must be (N, D), not {np.shape(features)}.")
    if k < 1:
        raise ValueError("There must be at least one cluster.")
    if len(features) == 0:
        return np.zeros(0, dtype=np.int64)
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    # Sums over several threads differ in their last bits from run to run, and k-means magnifies that.
    with threadpool_limits(limits=1):
        return _largest_first(_k_means(_reduced(features, seed), min(k, len(features)), seed))


def _reduced(features: Features, seed: int) -> NDArray[np.float32]:
    """Float32 features of at most 100 dimensions; the components are those of a spread of up to 8192 rows."""
    rows, columns = features.shape
    basis, mean = np.eye(columns, dtype=np.float32), np.zeros(columns, dtype=np.float32)
    if columns > _PCA_DIMENSIONS:
        from sklearn.utils.extmath import randomized_svd

        sample = np.asarray(features[:: -(-rows // _PCA_ROWS)], dtype=np.float32)
        _check_finite(sample)
        mean = sample.mean(axis=0)
        components = min(_PCA_DIMENSIONS, *sample.shape)
        basis = randomized_svd(sample - mean, components, random_state=seed)[2].T.astype(np.float32)
    reduced = np.empty((rows, basis.shape[1]), dtype=np.float32)
    for start in range(0, rows, _BLOCK):
        block = np.asarray(features[start : start + _BLOCK], dtype=np.float32)
        _check_finite(block)
        reduced[start : start + _BLOCK] = (block - mean) @ basis
    return reduced


def _check_finite(block: NDArray[np.float32]) -> None:
    if not np.isfinite(block).all():
        raise ValueError("Features must be finite.")


def _k_means(points: NDArray[np.float32], k: int, seed: int) -> Labels:
    # Imported here: a cold import takes over a second, and nothing else of the faceset needs it.
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    if len(points) > _WHOLE:
        model = MiniBatchKMeans(k, random_state=seed, n_init=3, batch_size=4096)
    else:
        model = KMeans(k, random_state=seed, n_init=4)
    with warnings.catch_warnings():
        # Fewer different faces than clusters is no fault: the empty ones are left out.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(model.fit_predict(points), dtype=np.int64)


def _largest_first(labels: Labels) -> Labels:
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse]
