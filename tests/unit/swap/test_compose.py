"""What happens to a frame when a generated face is put into it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from studio.core.errors import UsageError
from studio.core.vision import cv2
from studio.swap.compose import (
    BlendedFace,
    BlendSettings,
    blend_face,
    boundary_mismatch,
    chosen_mask,
    insert,
    place_generated,
)
from studio.swap.masks import squeeze
from studio.swap.membrane import Membrane, poisson_blend

Y, X = np.mgrid[:512, :512]


def ellipse(height=300, width=240, centre=(256, 256)):
    return ((Y - centre[0]) / height * 2) ** 2 + ((X - centre[1]) / width * 2) ** 2 < 1


def smooth_picture(height, width, seed, sigma=6):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(height, width, 3)), (sigma, sigma, 0))
    return np.clip(noise / noise.std() * 40 + 128, 0, 255).astype(np.uint8)


def similarity(scale, degrees, centre_in_frame):
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, (np.array([255.5, 255.5]) - turn @ centre_in_frame)[:, None]])


@pytest.mark.parametrize("blend", ["poisson", "alpha"])
@pytest.mark.parametrize("colour", ["none", "lab", "mkl"])
def test_no_pixel_outside_the_mask_changes(blend, colour):
    face, generated = smooth_picture(512, 512, 0), smooth_picture(256, 256, 1)
    driver_mask, generated_mask = ellipse(), ellipse(centre=(266, 250))
    result = blend_face(
        face, generated, driver_mask, generated_mask, BlendSettings(blend=blend, colour=colour, squeeze=10)
    )
    np.testing.assert_array_equal(result.mask, squeeze(driver_mask, 10) & squeeze(generated_mask, 10))
    np.testing.assert_array_equal(result.image[~result.mask], face[~result.mask])
    assert (result.image[result.mask] != face[result.mask]).any(axis=1).mean() > 0.9


def test_poisson_blending_is_that_of_the_membrane_on_the_placed_face():
    face, generated = smooth_picture(512, 512, 0), smooth_picture(128, 128, 1)
    result = blend_face(face, generated, ellipse(), ellipse(), BlendSettings())
    np.testing.assert_array_equal(result.image, poisson_blend(place_generated(generated), face, result.mask))


def test_masks_squeezed_to_nothing_pass_the_driver_through():
    face = smooth_picture(512, 512, 0)
    result = blend_face(face, face[::2, ::2], ellipse(60, 60), ellipse(60, 60), BlendSettings(squeeze=40))
    assert not result.mask.any()
    np.testing.assert_array_equal(result.image, face)
    frame = smooth_picture(300, 400, 2)
    np.testing.assert_array_equal(insert(frame, result, similarity(1, 0, (200, 150))), frame)


def test_the_drivers_mask_alone_is_used_unsqueezed():
    driver_mask = ellipse()
    settings_ = BlendSettings(mask="driver", squeeze=30)
    np.testing.assert_array_equal(chosen_mask(driver_mask, np.zeros((512, 512), bool), settings_), driver_mask)


@pytest.mark.parametrize("size", [64, 128, 256, 512])
def test_the_generated_face_fills_the_central_410_pixels(size):
    face = smooth_picture(512, 512, 3, sigma=20)
    central = cv2.resize(face[51:461, 51:461], (size, size), interpolation=cv2.INTER_AREA)
    placed = place_generated(central)
    assert placed.shape == (512, 512, 3)
    assert np.abs(placed[60:450, 60:450].astype(int) - face[60:450, 60:450]).mean() < 1.5
    assert not chosen_mask(np.ones((512, 512)), np.ones((512, 512)), BlendSettings(squeeze=0))[:, :51].any()


def test_alpha_blending_rises_from_the_rim_over_the_feather():
    face, generated = np.zeros((512, 512, 3), np.uint8), np.full((256, 256, 3), 200, np.uint8)
    mask = np.zeros((512, 512), bool)
    mask[100:400, 100:400] = True
    line = blend_face(face, generated, mask, mask, BlendSettings(blend="alpha", squeeze=0, feather=9)).image[250, :, 0]
    np.testing.assert_array_equal(line[99:112], [0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 200, 200])


def test_a_slider_with_a_warm_start_shows_what_the_export_writes():
    face, generated = smooth_picture(512, 512, 0), smooth_picture(256, 256, 1)
    membrane = Membrane()
    for amount in (5, 6, 8, 12, 10):
        options = BlendSettings(squeeze=amount)
        warm = blend_face(face, generated, ellipse(), ellipse(), options, membrane).image
        cold = blend_face(face, generated, ellipse(), ellipse(), options).image
        assert np.abs(warm.astype(int) - cold).max() <= 1
        np.testing.assert_array_equal(cold, blend_face(face, generated, ellipse(), ellipse(), options).image)


@settings(max_examples=60, deadline=None)
@given(
    scale=st.floats(0.3, 6), degrees=st.floats(-180, 180), x=st.floats(-50, 350), y=st.floats(-50, 250),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_inserting_changes_no_pixel_outside_the_warped_mask(scale, degrees, x, y, seed):
    frame = smooth_picture(200, 300, seed)
    mask = gaussian_filter(np.random.default_rng(seed).normal(size=(512, 512)), 15) > 0.01
    blended = BlendedFace(np.full((512, 512, 3), 255, np.uint8), mask)
    matrix = similarity(scale, degrees, (x, y))
    before = frame.copy()
    result = insert(frame, blended, matrix)
    np.testing.assert_array_equal(frame, before)
    rows, columns = np.mgrid[:200, :300]
    points = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ matrix.T
    column, row = np.rint(points[..., 0]).astype(int), np.rint(points[..., 1]).astype(int)
    on_crop = (column >= 0) & (column < 512) & (row >= 0) & (row < 512)
    support = np.zeros((200, 300), bool)
    support[on_crop] = mask[row[on_crop], column[on_crop]]
    # Where a centre falls on the line between two pixels, rounding may choose either.
    fraction = np.abs(points - np.floor(points) - 0.5).min(axis=-1)
    changed = (result != frame).any(axis=-1)
    assert not changed[~support & (fraction > 0.05)].any()


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7, 3.2])
def test_a_face_that_was_not_changed_goes_back_where_it_came_from(scale):
    frame = smooth_picture(900, 960, 5, sigma=8 / min(scale, 1))
    matrix = similarity(scale, 17, (480.3, 450.8))
    face = cv2.warpAffine(frame, matrix, (512, 512), flags=cv2.INTER_CUBIC)
    result = insert(frame, BlendedFace(face, ellipse()), matrix)
    assert np.abs(result.astype(int) - frame).max() <= 3
    assert np.abs(result.astype(int) - frame)[(result != frame).any(axis=-1)].mean() < 0.8


def test_the_rim_in_the_frame_is_soft_over_at_most_a_pixel():
    frame = np.zeros((512, 512, 3), np.uint8)
    mask = np.zeros((512, 512), bool)
    mask[100:400, 100:400] = True
    blended = BlendedFace(np.full((512, 512, 3), 200, np.uint8), mask)
    for degrees in (0, 10, 45):
        result = insert(frame, blended, similarity(1.0, degrees, (255.9, 255.2)))[..., 0]
        between = (result > 0) & (result < 200)
        # Along a rim of about 1,200 px there is one mixed pixel for each, two where the rim runs diagonally.
        assert between.sum() < 1200 * 1.5
        assert abs((result / 200).sum() - 300 * 300) < 1200


def test_a_face_beyond_the_frame_changes_nothing_and_one_across_its_edge_only_what_is_in_it():
    frame = smooth_picture(200, 300, 1)
    blended = BlendedFace(np.full((512, 512, 3), 255, np.uint8), ellipse())
    np.testing.assert_array_equal(insert(frame, blended, similarity(1, 0, (2000, 100))), frame)
    across = insert(frame, blended, similarity(2, 0, (0, 100)))
    assert (across[100, :50] == 255).all()
    assert (across[:, 200:] == frame[:, 200:]).all()


def test_the_boundary_measure_is_the_step_along_the_edge():
    driver = smooth_picture(512, 512, 0)
    mask = ellipse()
    assert boundary_mismatch(driver, driver, mask) == 0
    step = driver.astype(np.float32)
    step[mask] += 12
    assert boundary_mismatch(step, driver, mask) == pytest.approx(12)
    assert boundary_mismatch(driver, driver, np.zeros((512, 512), bool)) is None
    inner = step.copy()
    inner[squeeze(mask, 3)] += 50
    assert boundary_mismatch(inner, driver, mask) == pytest.approx(12)


def test_settings_out_of_bounds_are_refused_with_what_they_take():
    with pytest.raises(UsageError, match="squeeze"):
        BlendSettings.build({"squeeze": 61})
    with pytest.raises(UsageError, match="glue"):
        BlendSettings.build({"blend": "glue"})
