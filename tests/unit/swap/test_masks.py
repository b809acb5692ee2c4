"""Squeezing masks against scipy's exact distance transform."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt, gaussian_filter

from studio.swap.masks import blend_field, blend_mask, distance_field, squeeze


def exact_distance(mask):
    return distance_transform_edt(np.pad(mask.astype(bool), 1))[1:-1, 1:-1]


def random_mask(height, width, density, seed):
    rng = np.random.default_rng(seed)
    if density == "smooth":
        return gaussian_filter(rng.normal(size=(height, width)), 9) > -0.01
    return rng.random((height, width)) < density


masks = st.builds(
    random_mask, st.integers(1, 120), st.integers(1, 120),
    st.sampled_from([0.0, 0.3, 0.9, 0.99, 0.999, 1.0, "smooth"]), st.integers(0, 10_000),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(mask=masks, pixels=st.one_of(st.integers(0, 40), st.floats(0, 40)))
def test_eroding_keeps_exactly_what_is_further_from_the_outside(mask, pixels):
    squared = np.rint(exact_distance(mask) ** 2)
    kept = squeeze(mask, pixels)
    assert kept.dtype == bool
    # A width within float32's last digit of a distance may fall on either side.
    clear = np.abs(np.sqrt(squared) - pixels) > 1e-5
    whole = float(pixels).is_integer()
    np.testing.assert_array_equal(kept[clear | whole], (squared > float(pixels) ** 2)[clear | whole])


def test_pixels_at_exactly_the_squeezed_distance_are_dropped():
    mask = np.ones((101, 101), bool)
    mask[50, 50] = False
    y, x = np.mgrid[:101, :101]
    exactly_five = (y - 50) ** 2 + (x - 50) ** 2 == 25
    assert exactly_five.sum() == 12
    assert not squeeze(mask, 5)[exactly_five].any()
    assert squeeze(mask, 4.99)[exactly_five].all()


def test_distances_of_a_whole_aligned_face_are_exact():
    for seed, density in enumerate(("smooth", 0.9999, 1.0)):
        mask = random_mask(512, 512, density, seed)
        assert np.abs(distance_field(mask) - exact_distance(mask)).max() < 2e-5


def test_the_border_of_the_image_counts_as_outside():
    kept = squeeze(np.ones((40, 60), np.uint8) * 255, 10)
    wanted = np.zeros((40, 60), bool)
    wanted[10:-10, 10:-10] = True
    np.testing.assert_array_equal(kept, wanted)


def test_nothing_is_squeezed_by_zero_pixels():
    mask = random_mask(64, 64, 0.5, 0)
    np.testing.assert_array_equal(squeeze(mask, 0), mask)
    np.testing.assert_array_equal(squeeze(mask, 0, "scale"), mask)


@pytest.mark.parametrize("pixels", [5, 15, 30, 47.5])
def test_scaling_shrinks_about_the_centre_as_padding_and_resizing_does(pixels):
    y, x = np.mgrid[:512, :512] - 255.5
    mask = (np.abs(x) < 150.3) & (np.abs(y) < 200.7)
    shrunk = squeeze(mask, pixels, "scale")
    ratio = 512 / (512 + 2 * pixels)
    wanted = (np.abs(x) < 150.3 * ratio) & (np.abs(y) < 200.7 * ratio)
    differing = shrunk ^ wanted
    rim = (np.abs(np.abs(x) - 150.3 * ratio) < 1) | (np.abs(np.abs(y) - 200.7 * ratio) < 1)
    assert not differing[~rim].any()
    np.testing.assert_array_equal(shrunk, shrunk[::-1, ::-1])


def test_scaling_moves_the_middle_nowhere_and_the_rim_most():
    mask = np.zeros((512, 512), bool)
    mask[255:257, 255:257] = True
    mask[100:120, 250:260] = True
    shrunk = squeeze(mask, 15, "scale")
    assert shrunk[255:257, 255:257].all()
    rows = np.flatnonzero(shrunk[:200].any(axis=1))
    assert abs(rows.mean() - (255.5 + (109.5 - 255.5) * 512 / 542)) < 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), pixels=st.integers(0, 20), method=st.sampled_from(["erode", "scale"]))
def test_a_blend_mask_is_both_masks_squeezed_and_intersected(seed, pixels, method):
    driver, generated = random_mask(90, 90, "smooth", seed), random_mask(90, 90, 0.999, seed + 1)
    wanted = squeeze(driver, pixels, method) & squeeze(generated, pixels, method)
    np.testing.assert_array_equal(blend_mask(driver, generated, pixels, method), wanted)
    if method == "erode":
        np.testing.assert_array_equal(blend_field(driver, generated) > pixels, wanted)


def test_a_negative_squeeze_and_an_unknown_method_are_refused():
    with pytest.raises(ValueError, match="-1"):
        squeeze(np.ones((4, 4), bool), -1)
    with pytest.raises(ValueError, match="melt"):
        squeeze(np.ones((4, 4), bool), 1, "melt")
