"""The benches of blending and of exports measure what they say they do."""

import numpy as np
import pytest

from studio.bench import export, slider
from studio.swap.membrane import poisson_blend


def test_the_slider_is_compared_and_its_error_taken_from_an_exact_solve(monkeypatch):
    monkeypatch.setattr(slider, "PLACES", 16)
    time, error = slider.slider()
    assert time.ratio == pytest.approx(time.baseline / time.ours)
    assert error.met


def test_a_wrong_solution_is_told(monkeypatch):
    monkeypatch.setattr(slider, "COLD_FRAMES", 2)
    assert slider.cold()[1].met

    def brighter(generated, driver, mask):
        return np.where(mask[..., None], poisson_blend(generated, driver, mask) + np.uint8(3), driver)

    monkeypatch.setattr(slider, "poisson_blend", brighter)
    assert not slider.cold()[1].met


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_exports_are_compared_with_the_plain_loop_and_with_their_slowest_stage(monkeypatch):
    monkeypatch.setattr(export, "_TIMES", 1)
    (whole,) = export.export()
    assert whole.ratio == pytest.approx(whole.baseline / whole.ours)
    (share,) = export.limit()
    assert 0.3 < share.value < 1.3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_memory_of_an_export_does_not_grow_with_its_length(monkeypatch):
    monkeypatch.setattr(export, "LENGTHS", (160, 480))
    (row,) = export.memory()
    assert row.met, row
