from __future__ import annotations

import numpy as np
import pytest

from studio.conversion.smoothing import smoothed

TIMES = np.arange(40) / 30
NO_BREAK = np.zeros(40, bool)


def _path(times: np.ndarray) -> np.ndarray:
    """A face that moves and speeds up."""
    along = 100 + 40 * times + 90 * times**2
    return np.stack([along, 2 * along], axis=1).astype(np.float32)


def test_movement_and_acceleration_are_kept() -> None:
    assert np.allclose(smoothed(TIMES, _path(TIMES), NO_BREAK), _path(TIMES), atol=0.01)


def test_jitter_is_reduced_by_a_third_at_least() -> None:
    noise = np.random.default_rng(0).normal(0, 2, (400, 50)).astype(np.float32)

    left = smoothed(np.arange(400) / 30, noise, np.zeros(400, bool))

    assert left.std() < 2 * 0.67


def test_a_variable_rate_makes_no_difference_to_steady_movement() -> None:
    times = np.cumsum(np.random.default_rng(1).uniform(0.005, 0.05, 60))

    assert np.allclose(smoothed(times, _path(times), np.zeros(60, bool)), _path(times), atol=0.01)


def test_nothing_is_smoothed_across_a_break() -> None:
    values = np.concatenate([np.zeros((20, 2)), np.full((20, 2), 50)]).astype(np.float32)
    breaks = NO_BREAK.copy()
    breaks[20] = True

    assert np.array_equal(smoothed(TIMES, values, breaks), values)
    assert not np.allclose(smoothed(TIMES, values, NO_BREAK), values)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_too_few_moments_stay_as_they_are(count: int) -> None:
    values = np.random.default_rng(2).normal(size=(count, 68, 2)).astype(np.float32)

    assert np.array_equal(smoothed(TIMES[:count], values, NO_BREAK[:count]), values)
