"""Compiled loops over hashes: which lie within some bits of others.

Hashes are (N, W) uint64. An *index* files hashes under several keys, each made of bits of its own: of two hashes that
differ in at most b bits, one of any b + 1 keys is equal, and of half as many keys one differs in at most one bit
(Norouzi et al., "Fast search in Hamming space with multi-index hashing", 2012). The bits of a key lie far apart in the
hash, since neighbouring ones of a perceptual hash go together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.swap.multigrid.compiled import compiled

Words = NDArray[np.uint64]

# Keys of fewer bits leave so many hashes under each that looking at all is quicker; longer ones are no use.
_SHORTEST = 13
_SHORTEST_FLIPPED = 8
_LONGEST = 24

# Looking up a filed hash takes as long as passing so many in a row.
_DETOUR = 8

# Buckets of a key; keys that share one cost a comparison and no more.
_BUCKET_BITS = 16


class Keys(NamedTuple):
    """How hashes are filed.

    Attributes:
        places: (K, L) int64, the bits of the hash each key is made of.
        flips: 0, or L where one bit of a key may differ.
    """

    places: NDArray[np.int64]
    flips: int


def keys_for(width: int, max_bits: int) -> Keys:
    """The keys for hashes of `width` bits within `max_bits` of each other; none where looking at all is quicker."""
    for spare, shortest in ((0, _SHORTEST), (1, _SHORTEST_FLIPPED)):
        count = max_bits // (spare + 1) + 1
        length = min(width // count, _LONGEST)
        if length >= shortest:
            return Keys(np.arange(count)[:, None] + count * np.arange(length)[None, :], spare * length)
    return Keys(np.zeros((0, 0), dtype=np.int64), 0)


class Index(NamedTuple):
    """Hashes filed under their keys: for each key buckets of linked places.

    Attributes:
        words: (N, W) the hashes, of which the first few are filed.
        heads: (K, B) int32, the place filed last in each bucket; -1 for none.
        before: (K, N) int32, the place filed before each in its bucket.
        sizes: (K, B) int32.
    """

    words: Words
    heads: NDArray[np.int32]
    before: NDArray[np.int32]
    sizes: NDArray[np.int32]

    @classmethod
    def empty(cls, capacity: int, width: int, keys: Keys) -> Index:
        """An index for up to `capacity` hashes of `width` words."""
        count = len(keys.places)
        return cls(
            np.empty((capacity, width), dtype=np.uint64),
            np.full((count, 1 << _BUCKET_BITS), -1, dtype=np.int32),
            np.empty((count, capacity), dtype=np.int32),
            np.zeros((count, 1 << _BUCKET_BITS), dtype=np.int32),
        )


@compiled
def take(hashes: Words, order: NDArray[np.int64], max_bits: int, keys: Keys, index: Index) -> NDArray[np.bool_]:
    """Which hashes (N, W) to keep: in `order`, each that lies within `max_bits` of none kept before it.

    `index` is empty and has room for all of them.
    """
    kept = np.zeros(hashes.shape[0], dtype=np.bool_)
    filed = 0
    for row in order:
        word = hashes[row]
        own = _keys(word, keys.places)
        if _nearest(word, own, keys.flips, index, filed, max_bits, True)[0] < 0:
            _file(word, own, index, filed)
            filed += 1
            kept[row] = True
    return kept


@compiled
def file_all(hashes: Words, keys: Keys, index: Index) -> None:
    """File every hash (N, W) in the empty `index`."""
    for row in range(hashes.shape[0]):
        _file(hashes[row], _keys(hashes[row], keys.places), index, row)


@compiled
def nearest(
    hashes: Words, max_bits: int, keys: Keys, index: Index, places: NDArray[np.int64], bits: NDArray[np.int64]
) -> None:
    """For each hash (M, W) the place of the nearest filed one within `max_bits` (-1 for none), and its distance."""
    for row in range(hashes.shape[0]):
        own = _keys(hashes[row], keys.places)
        places[row], bits[row] = _nearest(hashes[row], own, keys.flips, index, index.words.shape[0], max_bits, False)


@compiled
def _nearest(
    word: Words, keys: NDArray[np.int64], flips: int, index: Index, filed: int, max_bits: int, any_will_do: bool
) -> tuple[int, np.int64]:
    """The place of the nearest of the first `filed` hashes within `max_bits` and its distance; ties: the first filed.

    Where any will do, the first one that is found.
    """
    found, bits = -1, np.int64(max_bits + 1)
    candidates = 0
    for key in range(keys.shape[0]):
        for flip in range(-1, flips):
            candidates += index.sizes[key, _bucket(keys[key], flip)]
    if keys.shape[0] == 0 or candidates > filed // _DETOUR:
        for place in range(filed):
            distance = _distance(word, index.words, place, bits)
            if distance < bits:
                found, bits = place, distance
                if any_will_do:
                    break
        return found, bits
    for key in range(keys.shape[0]):
        for flip in range(-1, flips):
            place = index.heads[key, _bucket(keys[key], flip)]
            while place >= 0:
                distance = _distance(word, index.words, place, bits)
                if distance < bits or (distance == bits and place < found):
                    found, bits = place, distance
                    if any_will_do:
                        return found, bits
                place = index.before[key, place]
    return found, bits


@compiled
def _keys(word: Words, places: NDArray[np.int64]) -> NDArray[np.int64]:
    keys = np.zeros(places.shape[0], dtype=np.int64)
    for key in range(places.shape[0]):
        for bit in range(places.shape[1]):
            place = places[key, bit]
            keys[key] |= np.int64((word[place >> 6] >> np.uint64(place & 63)) & np.uint64(1)) << bit
    return keys


@compiled
def _bucket(key: np.int64, flip: int) -> np.int64:
    """The bucket of a key, one bit of which is turned unless `flip` is -1."""
    if flip >= 0:
        key ^= np.int64(1) << flip
    # Fibonacci hashing: it spreads what the lower bits alone would not.
    return np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _BUCKET_BITS))


@compiled
def _file(word: Words, keys: NDArray[np.int64], index: Index, place: int) -> None:
    index.words[place] = word
    for key in range(keys.shape[0]):
        bucket = _bucket(keys[key], -1)
        index.before[key, place] = index.heads[key, bucket]
        index.heads[key, bucket] = place
        index.sizes[key, bucket] += 1


@compiled
def _bits(word: np.uint64) -> np.uint64:
    # The compiler knows this for what it is and makes one instruction of it.
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _distance(word: Words, filed: Words, place: int, limit: np.int64) -> np.int64:
    """Bits in which a hash (W,) and one of (N, W) differ; any number above `limit` where they differ in more."""
    total = np.int64(0)
    for part in range(word.shape[0]):
        # Not filed[place][part]: a view of a row counts its references, which takes longer than all the rest.
        total += np.int64(_bits(word[part] ^ filed[place, part]))
        if total > limit:
            return total
    return total
