from itertools import pairwise

import numpy as np
import pytest

from studio.core.vision import cv2
from studio.faces.quality import blur_score, frequency_score
from tests.unit.faces.heads import painted_face


def _noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (512, 512, 3), dtype=np.uint8)


def test_the_blur_score_is_the_laplacians_variance_in_the_central_150_px_by_150():
    face = _noise()
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)[181:331, 181:331].astype(np.float64)
    padded = np.pad(grey, 1, mode="reflect")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * grey
    assert blur_score(face) == pytest.approx(laplacian.var() / 150)


@pytest.mark.parametrize("score", [blur_score, frequency_score])
def test_every_step_of_blur_lowers_the_score(score):
    face, _, _ = painted_face()
    scores = [score(face), *(score(cv2.GaussianBlur(face, (0, 0), sigma)) for sigma in (0.7, 1.5, 3))]
    assert all(one > other for one, other in pairwise(scores))


@pytest.mark.parametrize(("score", "window"), [(blur_score, 150), (frequency_score, 200)])
def test_only_the_face_counts_not_what_surrounds_it(score, window):
    start = (512 - window) // 2
    face, other = _noise(), _noise(1)
    other[start : start + window, start : start + window] = face[start : start + window, start : start + window]
    assert score(face) == score(other)


def test_a_face_without_any_detail_scores_lowest():
    flat = np.full((512, 512, 3), 90, np.uint8)
    assert blur_score(flat) == 0
    assert np.isfinite(frequency_score(flat))
    assert frequency_score(flat) < -5


def test_low_frequencies_do_not_count_in_the_frequency_score():
    ramp = np.linspace(0, 4 * np.pi, 200, endpoint=False)
    wave = np.full((512, 512, 3), 100, np.uint8)
    wave[156:356, 156:356] = np.rint(100 + 80 * np.sin(ramp))[None, :, None]
    fine = _noise()
    assert frequency_score(wave) < frequency_score(fine) - 3


@pytest.mark.parametrize("score", [blur_score, frequency_score])
def test_other_sizes_are_refused_for_their_scores_would_not_compare(score):
    with pytest.raises(ValueError):
        score(np.zeros((256, 256, 3), np.uint8))
