"""Near-duplicates: of faces that look alike, only the best is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]


def representatives(hashes: Words, quality: NDArray[np.floating], max_bits: int) -> NDArray[np.bool_]:
    """Which faces to keep, so that no kept face lies within `max_bits` of a better kept one.

    Faces are taken from the best quality down (ties: lower index first); one is kept unless an already kept one
    differs from it in at most `max_bits` bits. Only kept faces reject: linking all near pairs instead would chain
    neighbouring frames and leave one face of a whole clip.

    Args:
        hashes: (N, W) uint64, W words a face.
        quality: (N,) float, higher is better; NaN counts as worst.
        max_bits: Hamming distance up to which two faces count as alike; 0 rejects equal hashes only.

    Returns:
        (N,) bool, True where the face is kept.

    Raises:
        ValueError: shapes or kinds don't match, or `max_bits` is negative.
    """
    hashes, quality = _checked(hashes, max_bits), np.asarray(quality, dtype=np.float64)
    if quality.shape != hashes.shape[:1]:
        raise ValueError(f"{len(hashes)} hashes came with qualities {quality.shape}.")
    # Imported here: it brings a compiler, which takes half a second.
    from studio.faceset.hamming import Index, keys_for, take

    best_first = np.argsort(-np.where(np.isnan(quality), -np.inf, quality), kind="stable")
    keys = keys_for(64 * hashes.shape[1], max_bits)
    kept: NDArray[np.bool_] = take(hashes, best_first, max_bits, keys, Index.empty(len(hashes), hashes.shape[1], keys))
    return kept


def nearest_kept(hashes: Words, kept: NDArray[np.bool_], max_bits: int) -> NDArray[np.int64]:
    """The face that each face duplicates: the nearest kept one within `max_bits` (ties: lower index).

    Args:
        hashes: (N, W) uint64.
        kept: (N,) which faces are kept, as `representatives` says.
        max_bits: as there.

    Returns:
        (N,) int64 indices of kept faces; a kept face's is its own, -1 where no kept face is near.

    Raises:
        ValueError: shapes or kinds don't match, or `max_bits` is negative.
    """
    hashes, kept = _checked(hashes, max_bits), np.asarray(kept, dtype=np.bool_)
    if kept.shape != hashes.shape[:1]:
        raise ValueError(f"{len(hashes)} hashes came with {kept.shape} marks.")
    from studio.faceset.hamming import Index, file_all, keys_for, nearest

    found = np.where(kept, np.arange(len(hashes)), -1)
    keepers, others = np.flatnonzero(kept), np.flatnonzero(~kept)
    keys = keys_for(64 * hashes.shape[1], max_bits)
    index = Index.empty(len(keepers), hashes.shape[1], keys)
    file_all(hashes[keepers], keys, index)
    places, bits = np.empty((2, len(others)), dtype=np.int64)
    nearest(hashes[others], max_bits, keys, index, places, bits)
    found[others[places >= 0]] = keepers[places[places >= 0]]
    return found


def prepare() -> None:
    """Compile the search, or load what an earlier run compiled: seconds that nobody should wait for later."""
    two = np.zeros((2, 4), dtype=np.uint64)
    nearest_kept(two, representatives(two, np.zeros(2), 1), 1)


def _checked(hashes: Words, max_bits: int) -> Words:
    hashes = np.ascontiguousarray(hashes)
    if hashes.dtype != np.uint64 or hashes.ndim != 2 or hashes.shape[1] == 0:
        raise ValueError(f"Hashes must be uint64 (N, W), not {hashes.dtype} {hashes.shape}.")
    if max_bits < 0:
        raise ValueError("The number of bits must not be negative.")
    return hashes
