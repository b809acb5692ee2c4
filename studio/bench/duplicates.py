"""Finding near-duplicates, beside a NumPy search of all pairs."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.bench.table import Row
from studio.core.errors import JobError

FACES = 100_000
_BITS = 256
_LIMIT = 10
_TIMES = 3
_BLOCK = 64

Words = NDArray[np.uint64]


def duplicates() -> Sequence[Row]:
    """100,000 hashes of 256 bits, limit 10: the time, with the same faces kept as by brute force."""
    from studio.faceset.duplicates import prepare, representatives

    rng = np.random.default_rng(0)
    hashes, quality = walking_hashes(FACES), rng.random(FACES)
    prepare()
    ours = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        kept = representatives(hashes, quality, _LIMIT)
        ours.append(time.perf_counter() - began)
    sys.stderr.write("duplicates: the search of all pairs takes a while\n")
    began = time.perf_counter()
    expected = all_pairs(hashes, quality, _LIMIT)
    baseline = time.perf_counter() - began
    if not np.array_equal(kept, expected):
        raise JobError("The faces kept are not those of the search of all pairs.", code="bench.wrong")
    notes = (
        f"{FACES:,} faces, {_BITS} bits, limit {_LIMIT}, {int(kept.sum()):,} kept, against a NumPy search of all "
        "pairs that keeps the same"
    )
    return [Row.compared("duplicates", float(np.median(ours)), baseline, limit="≥ 20", notes=notes)]


def walking_hashes(faces: int, seed: int = 0) -> Words:
    """Hashes (faces, 4) as clips of 300 frames give them: from frame to frame about six of 256 bits turn."""
    rng = np.random.default_rng(seed)
    # Faces are alike: many bits are nearly always the same.
    often = rng.beta(0.5, 0.5, _BITS)
    clips = []
    for _ in range(-(-faces // 300)):
        turns = rng.random((300, _BITS)) < 6 / _BITS
        turns[0] = rng.random(_BITS) < often
        clips.append(np.logical_xor.accumulate(turns, axis=0))
    bits = np.concatenate(clips)[:faces]
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)


def all_pairs(hashes: Words, quality: NDArray[np.float64], max_bits: int) -> NDArray[np.bool_]:
    """What `representatives` keeps, by holding every face against every better one that was kept."""
    order = np.argsort(-quality, kind="stable")
    kept_hashes = np.empty_like(hashes)
    kept, count = np.zeros(len(hashes), dtype=bool), 0
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        near = np.asarray(_near(hashes[block], kept_hashes[:count], max_bits).any(axis=1))
        among = _near(hashes[block], hashes[block], max_bits)
        for row, face in enumerate(block):
            if near[row] or (among[row, :row] & kept[block[:row]]).any():
                continue
            kept[face] = True
            kept_hashes[count] = hashes[face]
            count += 1
    return kept


def _near(some: Words, others: Words, max_bits: int) -> NDArray[np.bool_]:
    bits = np.zeros((len(some), len(others)), dtype=np.uint16)
    for word in range(some.shape[1]):
        bits += np.bitwise_count(some[:, None, word] ^ others[None, :, word])
    return np.asarray(bits <= max_bits)
