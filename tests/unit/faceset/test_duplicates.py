import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.faceset import duplicates
from studio.faceset.duplicates import representatives


def _one_by_one(hashes, quality, max_bits):
    """The definition, as plainly as it can be written."""
    kept = []
    for face in sorted(range(len(hashes)), key=lambda face: (-quality[face], face)):
        words = [int(word) for word in hashes[face]]
        near = (sum((a ^ int(b)).bit_count() for a, b in zip(words, hashes[other], strict=True)) for other in kept)
        if all(bits > max_bits for bits in near):
            kept.append(face)
    return np.isin(np.arange(len(hashes)), kept)


_words = st.integers(0, 15) | st.integers(0, 2**64 - 1)
_faces = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.tuples(st.lists(_words, min_size=width, max_size=width), st.integers(0, 3)), min_size=0, max_size=30
    ).map(lambda faces: (width, faces))
)


@settings(max_examples=200)
@given(_faces, st.integers(0, 260), st.integers(1, 5), st.integers(1, 5))
def test_it_keeps_what_the_definition_keeps_whatever_the_blocks(drawn, max_bits, block, chunk):
    width, faces = drawn
    hashes = np.array([words for words, _ in faces], dtype=np.uint64).reshape(len(faces), width)
    quality = np.array([score for _, score in faces], dtype=np.float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_BLOCK", block)
        patch.setattr(duplicates, "_CHUNK", chunk)
        kept = representatives(hashes, quality, max_bits)
    np.testing.assert_array_equal(kept, _one_by_one(hashes, quality, max_bits))


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
