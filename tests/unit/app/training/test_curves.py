"""Curves of losses: parts, smoothing, and views that a screen can show."""

import numpy as np
import pytest

from studio.app.training.course import COLUMNS, Course
from studio.app.training.curves import Part, Pyramid, curves_of, smoothed, values_of


def course(count=100, changes=()):
    rng = np.random.default_rng(3)
    columns = {name: rng.random(count).astype(np.float32) for name in COLUMNS}
    columns["step"] = np.arange(1.0, count + 1)
    settings = {"eye_weight": 3.0, "mouth_weight": 2.0}
    return Course("run", {"settings": settings}, columns, changes=changes)


def test_a_view_of_many_points_keeps_their_highest_and_lowest():
    steps = np.arange(1_000_000, dtype=np.float64)
    values = np.sin(steps / 1e5)
    values[654_321], values[123_456] = 50.0, -50.0
    pyramid = Pyramid(steps, values)
    x, y = pyramid.view(0, 1e6, 1000)
    assert len(x) == len(y) <= 4000
    assert (y.max(), y.min()) == (50.0, -50.0)
    assert (np.diff(x) >= 0).all()


def test_a_near_view_shows_the_points_themselves():
    steps = np.arange(10_000, dtype=np.float64)
    x, y = Pyramid(steps, steps**2).view(5000, 5100, 500)
    assert set(range(5000, 5101)) <= set(x.tolist())
    np.testing.assert_array_equal(y, x**2)


@pytest.mark.parametrize("count", [0, 1, 2, 511, 513, 4097])
def test_any_number_of_points_is_shown(count):
    steps = np.arange(count, dtype=np.float64)
    x, _ = Pyramid(steps, steps).view(-10, 1e9, 64)
    assert len(x) <= 256
    if count:
        assert x[0] == 0


def test_unknown_values_hide_no_known_ones():
    steps = np.arange(5000, dtype=np.float64)
    values = np.full(5000, np.nan)
    values[::100] = 1.0
    _, y = Pyramid(steps, values).view(0, 5000, 200)
    assert np.nanmax(y) == 1.0


def test_smoothing_is_the_mean_around_each_step_and_invents_no_slope_at_the_ends():
    steps = np.arange(0.0, 500, 5)
    line = 3 * steps + 1
    np.testing.assert_allclose(smoothed(steps, line, 100), line)
    noisy = line + np.random.default_rng(0).normal(0, 50, len(line))
    assert np.std(smoothed(steps, noisy, 100)[20:-20] - line[20:-20]) < 20


def test_smoothing_leaves_alone_what_it_cannot_smooth():
    values = np.array([1.0, np.nan, 3.0, 5.0, 4.0])
    steps = np.arange(5.0)
    assert smoothed(steps, values, 0) is values
    found = smoothed(steps, values, 2)
    assert np.isnan(found[1])
    assert found[3] == 4.0
    assert smoothed(steps[:1], values[:1], 100) is not None


def test_the_whole_of_a_term_has_the_weights_that_held_at_each_step():
    told = course(changes=((40, {"eye_weight": 7.0}),))
    found = values_of(told, "b", Part("total", "mse"))
    part = {region: told.columns[f"parts/b/{region}/mse"] for region in ("face", "eyes", "mouth")}
    eyes = np.where(told.steps > 40, 7.0, 3.0)
    np.testing.assert_allclose(found, part["face"] + eyes * part["eyes"] + 2 * part["mouth"], rtol=1e-6)


def test_a_region_is_the_sum_of_its_terms():
    told = course()
    both = told.columns["parts/a/mouth/dssim"] + told.columns["parts/a/mouth/mse"]
    np.testing.assert_allclose(values_of(told, "a", Part("mouth")), both)
    assert values_of(told, "a", Part()) is told.columns["a"]


def test_each_run_has_a_curve_of_a_and_of_b_as_told_and_smoothed():
    a, b = curves_of(course(), Part(), 20)
    assert (a.side, b.side) == ("a", "b")
    assert a.smooth.values.std() < a.raw.values.std()
    assert a.raw.at(17.3) == pytest.approx(float(course().columns["a"][16]))
