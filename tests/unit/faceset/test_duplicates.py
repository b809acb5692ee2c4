import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.bench.duplicates import all_pairs, walking_hashes
from studio.faceset.duplicates import nearest_kept, prepare, representatives


def _one_by_one(hashes, quality, max_bits):
    """The definition, as plainly as it can be written."""
    kept = []
    for face in sorted(range(len(hashes)), key=lambda face: (-quality[face], face)):
        words = [int(word) for word in hashes[face]]
        near = (sum((a ^ int(b)).bit_count() for a, b in zip(words, hashes[other], strict=True)) for other in kept)
        if all(bits > max_bits for bits in near):
            kept.append(face)
    return np.isin(np.arange(len(hashes)), kept)


def _nearest_one_by_one(hashes, kept, max_bits):
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None]).sum(axis=2, dtype=int)
    bits[:, ~kept] = 10_000
    if len(hashes) == 0:
        return np.zeros(0, int)
    return np.where(kept, np.arange(len(hashes)), np.where(bits.min(axis=1) <= max_bits, bits.argmin(axis=1), -1))


_words = st.integers(0, 15) | st.integers(0, 2**64 - 1)
_faces = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.tuples(st.lists(_words, min_size=width, max_size=width), st.integers(0, 3)), min_size=0, max_size=30
    ).map(lambda faces: (width, faces))
)


@settings(max_examples=200, deadline=None)
@given(_faces, st.integers(0, 260))
def test_it_keeps_what_the_definition_keeps(drawn, max_bits):
    width, faces = drawn
    hashes = np.array([words for words, _ in faces], dtype=np.uint64).reshape(len(faces), width)
    quality = np.array([score for _, score in faces], dtype=np.float64)
    kept = representatives(hashes, quality, max_bits)
    np.testing.assert_array_equal(kept, _one_by_one(hashes, quality, max_bits))
    np.testing.assert_array_equal(nearest_kept(hashes, kept, max_bits), _nearest_one_by_one(hashes, kept, max_bits))


@pytest.mark.parametrize("max_bits", [0, 4, 10, 18, 19, 24, 30, 45, 80])
@pytest.mark.parametrize("step", [2, 9])
def test_faces_of_clips_are_kept_as_by_brute_force_at_every_limit(max_bits, step):
    # Enough of them that keys are looked up: few faces are simply compared.
    rng = np.random.default_rng(max_bits)
    turns = rng.random((1500, 256)) < step / 256
    turns[::50] = rng.random((30, 256)) < 0.5
    bits = np.logical_xor.accumulate(turns.reshape(30, 50, 256), axis=1).reshape(1500, 256)
    hashes = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)
    quality = rng.integers(0, 40, 1500).astype(float)
    kept = representatives(hashes, quality, max_bits)
    np.testing.assert_array_equal(kept, all_pairs(hashes, quality, max_bits))
    np.testing.assert_array_equal(nearest_kept(hashes, kept, max_bits), _nearest_one_by_one(hashes, kept, max_bits))


def test_a_faceset_of_several_blocks_keeps_what_the_definition_keeps():
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(0, 2**64, (150, 4), dtype=np.uint64), 6, axis=0)
    frames[:, 0] ^= np.uint64(1) << rng.integers(0, 64, len(frames), dtype=np.uint64)
    quality = rng.random(len(frames))
    kept = representatives(frames, quality, 2)
    np.testing.assert_array_equal(kept, _one_by_one(frames, quality, 2))
    assert kept.sum() == 150


def test_a_slow_change_is_thinned_and_not_chained_away():
    step_by_step = np.array([[(1 << face) - 1] for face in range(64)], dtype=np.uint64)
    kept = representatives(step_by_step, np.zeros(64), 3)
    assert np.flatnonzero(kept).tolist() == list(range(0, 64, 4))


def test_of_equal_pictures_the_sharpest_stays_and_of_equally_sharp_ones_the_first():
    same = np.zeros((4, 4), np.uint64)
    assert representatives(same, np.array([1.0, 3.0, 3.0, 2.0]), 0).tolist() == [False, True, False, False]
    assert representatives(same, np.array([np.nan, np.nan, -5.0, np.nan]), 0).tolist() == [False, False, True, False]


def test_an_empty_faceset_stays_empty():
    assert representatives(np.zeros((0, 4), np.uint64), np.zeros(0), 10).shape == (0,)
    assert nearest_kept(np.zeros((0, 4), np.uint64), np.zeros(0, bool), 10).shape == (0,)


def test_a_face_that_no_kept_face_is_near_to_duplicates_none():
    hashes = np.array([[0], [1], [2**64 - 1]], dtype=np.uint64)
    assert nearest_kept(hashes, np.array([True, False, False]), 3).tolist() == [0, 0, -1]
    assert nearest_kept(hashes, np.zeros(3, bool), 3).tolist() == [-1, -1, -1]


def test_several_threads_may_search_at_once():
    rng = np.random.default_rng(0)
    hashes, quality = walking_hashes(6000), rng.random(6000)
    prepare()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda bits: representatives(hashes, quality, bits), [4, 10, 24, 10, 4, 24]))
    for first, again in ((0, 4), (1, 3), (2, 5)):
        np.testing.assert_array_equal(found[first], found[again])
    np.testing.assert_array_equal(found[1], all_pairs(hashes, quality, 10))


@pytest.mark.parametrize(
    ("hashes", "quality", "max_bits"),
    [
        (np.zeros((3, 4), np.int64), np.zeros(3), 1),
        (np.zeros(3, np.uint64), np.zeros(3), 1),
        (np.zeros((3, 4), np.uint64), np.zeros(2), 1),
        (np.zeros((3, 4), np.uint64), np.zeros(3), -1),
    ],
)
def test_what_does_not_fit_is_refused(hashes, quality, max_bits):
    with pytest.raises(ValueError):
        representatives(hashes, quality, max_bits)


def test_marks_of_another_number_are_refused():
    with pytest.raises(ValueError):
        nearest_kept(np.zeros((3, 4), np.uint64), np.zeros(2, bool), 1)


def test_importing_it_does_not_wait_for_the_compiler():
    code = "import sys, studio.faceset.duplicates; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
