"""Poisson blending against an exact sparse solve."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from studio.swap.membrane import Membrane, poisson_blend

SHAPES = ("blobs", "noise", "sparse noise", "rings", "stripes", "pinholes", "ellipse", "one pixel", "all", "empty")


def larger_step(generated, driver, here, there):
    """The step of grey levels from one pixel to another that mixed gradients want, less the generated one."""
    own, other = (image[here].astype(float) - image[there] for image in (generated, driver))
    return np.where(abs(other) > abs(own), other - own, 0)


def exact_blend(generated, driver, mask, mixed=False):
    """The same equation, assembled and factorised independently in double precision."""
    inside = mask.astype(bool)
    inside[[0, -1]] = False
    inside[:, [0, -1]] = False
    result = driver.astype(float)
    if not inside.any():
        return result
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    gap = driver.astype(float) - generated
    y, x = np.nonzero(inside)
    wanted = np.zeros((y.size, gap.shape[2]))
    rows, columns, values = [np.arange(y.size)], [np.arange(y.size)], [np.full(y.size, 4.0)]
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        neighbour = number[y + dy, x + dx]
        joined = neighbour >= 0
        rows.append(np.flatnonzero(joined))
        columns.append(neighbour[joined])
        values.append(np.full(joined.sum(), -1.0))
        wanted[~joined] += gap[y[~joined] + dy, x[~joined] + dx]
        if mixed:
            wanted += larger_step(generated, driver, (y, x), (y + dy, x + dx))
    matrix = csc_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))))
    result[inside] = generated[inside] + splu(matrix).solve(wanted)
    return result


def make_mask(kind, height, width, rng):
    y, x = np.mgrid[:height, :width]
    if kind == "blobs":
        return gaussian_filter(rng.normal(size=(height, width)), max(1, min(height, width) / 20)) > 0
    if kind == "noise":
        return rng.random((height, width)) < 0.7
    if kind == "sparse noise":
        return rng.random((height, width)) < 0.2
    if kind == "rings":
        return (np.hypot(y - height / 2, x - width / 2) // 5) % 2 == 0
    if kind == "stripes":
        return x % rng.integers(2, 9) != 0
    if kind == "pinholes":
        gap = rng.integers(6, 24)
        return (y % gap != 0) | (x % gap != 0)
    if kind == "ellipse":
        return ((y - height / 2) / height) ** 2 + ((x - width / 2) / width) ** 2 < rng.uniform(0.05, 0.3)
    mask = np.full((height, width), kind == "all")
    if kind == "one pixel":
        mask[rng.integers(height), rng.integers(width)] = True
    return mask


def pictures(height, width, rng, roughness, dtype=np.float32, channels=3):
    def picture():
        noise = rng.normal(size=(height, width, channels))
        smooth = gaussian_filter(noise, (roughness, roughness, 0))
        return np.clip(smooth / (smooth.std() + 1e-9) * 60 + 128, 0, 255).astype(dtype)

    return picture(), picture()


def outside(mask):
    area = ~mask.astype(bool)
    area[[0, -1]] = True
    area[:, [0, -1]] = True
    return area


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(SHAPES), height=st.integers(1, 150), width=st.integers(1, 150),
    roughness=st.sampled_from([0, 1, 6]), seed=st.integers(0, 10_000),
)  # fmt: skip
def test_every_pixel_is_within_half_a_grey_level_of_the_exact_solution(kind, height, width, roughness, seed):
    rng = np.random.default_rng(seed)
    mask = make_mask(kind, height, width, rng)
    generated, driver = pictures(height, width, rng, roughness)
    blended = poisson_blend(generated, driver, mask)
    assert blended.dtype == np.float32
    assert np.abs(blended - exact_blend(generated, driver, mask)).max(initial=0) <= 0.5
    np.testing.assert_array_equal(blended[outside(mask)], driver[outside(mask)])


@settings(max_examples=30, deadline=None)
@given(kind=st.sampled_from(SHAPES), height=st.integers(1, 90), width=st.integers(1, 90), seed=st.integers(0, 10_000))
def test_mixed_gradients_are_exact_and_touch_nothing_outside(kind, height, width, seed):
    rng = np.random.default_rng(seed)
    mask = make_mask(kind, height, width, rng)
    generated, driver = pictures(height, width, rng, 2)
    blended = poisson_blend(generated, driver, mask, mixed=True)
    assert np.abs(blended - exact_blend(generated, driver, mask, mixed=True)).max(initial=0) <= 0.5
    np.testing.assert_array_equal(blended[outside(mask)], driver[outside(mask)])


def test_mixed_gradients_keep_a_wrinkle_that_the_plain_blend_wipes_out():
    generated, driver = np.full((60, 60, 3), 120, np.uint8), np.full((60, 60, 3), 120, np.uint8)
    driver[30, 20:40] = 60
    mask = np.zeros((60, 60), bool)
    mask[10:50, 10:50] = True
    assert poisson_blend(generated, driver, mask)[30, 30, 0] == 120
    assert poisson_blend(generated, driver, mask, mixed=True)[30, 30, 0] < 90


@pytest.mark.parametrize("kind", SHAPES)
def test_a_whole_aligned_face_is_exact_too(kind):
    rng = np.random.default_rng(3)
    mask = make_mask(kind, 512, 512, rng)
    generated, driver = pictures(512, 512, rng, 10)
    assert np.abs(poisson_blend(generated, driver, mask) - exact_blend(generated, driver, mask)).max() <= 0.5


@settings(max_examples=20, deadline=None)
@given(kind=st.sampled_from(SHAPES), seed=st.integers(0, 10_000))
def test_bytes_are_the_exact_solution_rounded_and_clipped(kind, seed):
    rng = np.random.default_rng(seed)
    mask = make_mask(kind, 90, 70, rng)
    generated, driver = pictures(90, 70, rng, 4, np.uint8)
    before = generated.copy(), driver.copy(), mask.copy()
    blended = poisson_blend(generated, driver, mask)
    assert blended.dtype == np.uint8
    # Half a level for the rounding, half for the solver.
    assert np.abs(blended - np.clip(exact_blend(generated, driver, mask), 0, 255)).max() <= 1
    np.testing.assert_array_equal(blended[outside(mask)], driver[outside(mask)])
    for kept, given_ in zip(before, (generated, driver, mask), strict=True):
        np.testing.assert_array_equal(kept, given_)


def test_a_constant_difference_is_taken_away_entirely():
    rng = np.random.default_rng(0)
    driver = rng.integers(40, 200, (80, 60, 3)).astype(np.uint8)
    mask = np.zeros((80, 60), bool)
    mask[10:70, 10:50] = True
    np.testing.assert_array_equal(poisson_blend(driver + np.uint8(25), driver, mask), driver)


def test_a_mask_may_be_bytes_and_images_may_be_read_only_views():
    rng = np.random.default_rng(1)
    generated, driver = pictures(60, 60, rng, 3, np.uint8)
    mask = make_mask("ellipse", 60, 60, rng)
    wanted = poisson_blend(generated, driver, mask)
    large = np.zeros((120, 120, 3), np.uint8)
    large[::2, ::2] = driver
    view = large[::2, ::2]
    view.flags.writeable = False
    np.testing.assert_array_equal(poisson_blend(generated, view, mask.astype(np.uint8) * 255), wanted)


def test_one_channel_and_four_are_blended_like_three():
    rng = np.random.default_rng(2)
    for channels in (1, 4):
        generated, driver = pictures(50, 40, rng, 3, channels=channels)
        mask = make_mask("blobs", 50, 40, rng)
        assert np.abs(poisson_blend(generated, driver, mask) - exact_blend(generated, driver, mask)).max() <= 0.5


def test_a_slider_that_moves_stays_exact_and_takes_no_more_steps_than_a_new_start():
    rng = np.random.default_rng(4)
    generated, driver = pictures(200, 200, rng, 12)
    y, x = np.mgrid[:200, :200]
    radius = np.hypot(y - 100, x - 100)
    membrane, steps, steps_anew = Membrane(), [], []
    for limit in (*range(80, 20, -4), *range(20, 80, 7)):
        mask = radius < limit
        blended = poisson_blend(generated, driver, mask, start=membrane)
        steps.append(membrane.steps)
        anew = Membrane()
        anew.blend(generated, driver, mask)
        steps_anew.append(anew.steps)
        assert np.abs(blended - exact_blend(generated, driver, mask)).max() <= 0.5
    assert sum(steps[1:]) < sum(steps_anew[1:])


def test_the_field_of_an_earlier_solution_is_a_start():
    rng = np.random.default_rng(5)
    generated, driver = pictures(120, 100, rng, 8)
    mask = make_mask("ellipse", 120, 100, rng)
    first = Membrane()
    first.blend(generated, driver, mask)
    field = first.field.copy()
    blended = poisson_blend(generated, driver, mask, start=field)
    assert np.abs(blended - exact_blend(generated, driver, mask)).max() <= 0.5
    np.testing.assert_array_equal(field, first.field)


def test_a_start_of_another_size_or_of_garbage_does_no_harm():
    rng = np.random.default_rng(6)
    generated, driver = pictures(64, 64, rng, 4)
    mask = make_mask("blobs", 64, 64, rng)
    membrane = Membrane()
    membrane.blend(*pictures(32, 48, rng, 4), make_mask("ellipse", 32, 48, rng))
    wanted = exact_blend(generated, driver, mask)
    assert np.abs(membrane.blend(generated, driver, mask) - wanted).max() <= 0.5
    garbage = rng.normal(size=(64, 64, 3)).astype(np.float32) * 1000
    assert np.abs(poisson_blend(generated, driver, mask, start=garbage) - wanted).max() <= 0.5


def test_threads_get_the_same_pixels_as_one_alone():
    rng = np.random.default_rng(7)
    cases = [(*pictures(150, 150, rng, 5, np.uint8), make_mask("blobs", 150, 150, rng)) for _ in range(4)]
    alone = [poisson_blend(*case) for case in cases]
    together = [None] * 4

    def work(index):
        for _ in range(10):
            together[index] = poisson_blend(*cases[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_shapes_and_types_that_do_not_go_together_are_refused():
    image, mask = np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), bool)
    with pytest.raises(ValueError, match="Shapes"):
        poisson_blend(image[:10], image, mask)
    with pytest.raises(ValueError, match="Shapes"):
        poisson_blend(image, image, mask[:10])
    with pytest.raises(ValueError, match="uint8"):
        poisson_blend(image.astype(np.float32), image, mask)
