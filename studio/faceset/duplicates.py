"""Near-duplicates: of faces that look alike, only the best is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

# Pairs compared at once: _BLOCK x _CHUNK, some 100 MB at the worst whatever the faceset's size.
_BLOCK = 256
_CHUNK = 4096


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
    hashes, quality = np.asarray(hashes), np.asarray(quality, dtype=np.float64)
    if hashes.dtype != np.uint64 or hashes.ndim != 2 or hashes.shape[1] == 0:
        raise ValueError(f"Hashes must be uint64 (N, W), not {hashes.dtype} {hashes.shape}.")
    if quality.shape != hashes.shape[:1]:
        raise ValueError(f"{len(hashes)} hashes came with qualities {quality.shape}.")
    if max_bits < 0:
        raise ValueError("The number of bits must not be negative.")
    best_first = np.argsort(-np.where(np.isnan(quality), -np.inf, quality), kind="stable")
    kept = np.zeros(len(hashes), dtype=np.bool_)
    kept_hashes = np.empty_like(hashes)
    count = 0
    for start in range(0, len(hashes), _BLOCK):
        block = best_first[start : start + _BLOCK]
        block = block[~_near_any(hashes[block], kept_hashes[:count], max_bits)]
        block = block[_greedy(hashes[block], max_bits)]
        kept_hashes[count : count + len(block)] = hashes[block]
        count += len(block)
        kept[block] = True
    return kept


def _near_any(candidates: Words, kept: Words, max_bits: int) -> NDArray[np.bool_]:
    """Which candidates lie within `max_bits` of any kept hash."""
    near = np.zeros(len(candidates), dtype=np.bool_)
    for start in range(0, len(kept), _CHUNK):
        open_rows = np.flatnonzero(~near)
        rows, _ = _near_pairs(candidates[open_rows], kept[start : start + _CHUNK], max_bits)
        near[open_rows[rows]] = True
    return near


def _greedy(candidates: Words, max_bits: int) -> NDArray[np.bool_]:
    """Which of these candidates, best first, no better kept candidate lies near to."""
    near = np.zeros((len(candidates), len(candidates)), dtype=np.bool_)
    near[_near_pairs(candidates, candidates, max_bits)] = True
    kept = np.ones(len(candidates), dtype=np.bool_)
    for row in range(len(candidates)):
        if kept[row]:
            kept[row + 1 :] &= ~near[row, row + 1 :]
    return kept


def _near_pairs(a: Words, b: Words, max_bits: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of each pair within `max_bits`.

    The first word alone rules out nearly all pairs of different pictures, so the others are read for few.
    """
    rows, columns = np.nonzero(np.bitwise_count(a[:, None, 0] ^ b[None, :, 0]) <= max_bits)
    bits = np.bitwise_count(a[rows] ^ b[columns]).sum(axis=1, dtype=np.int64)
    near = bits <= max_bits
    return rows[near], columns[near]
