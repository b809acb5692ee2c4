"""Colour transfer reaches the driver's statistics inside the mask."""

import numpy as np
import pytest

from studio.core.vision import cv2
from studio.swap.colour import transfer


@pytest.fixture
def faces():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:96, :96]
    mask = np.hypot(y - 48, x - 48) < 40
    mix = np.array([[9, 5, 3], [4, 8, 1], [2, 1, 6]])
    generated = rng.normal(size=(96, 96, 3)) @ mix + (150, 110, 100)
    driver = rng.normal(size=(96, 96, 3)) @ mix.T * 0.7 + (120, 100, 110)
    return np.uint8(generated), np.uint8(driver), mask


def test_no_transfer_changes_nothing(faces):
    generated, driver, mask = faces
    np.testing.assert_array_equal(transfer(generated, driver, mask, "none"), generated)


def test_mkl_brings_mean_and_covariance_over(faces):
    generated, driver, mask = faces
    moved = transfer(generated, driver, mask, "mkl")
    np.testing.assert_allclose(moved[mask].mean(axis=0), driver[mask].mean(axis=0), atol=0.2)
    wanted = np.cov(driver[mask].astype(float), rowvar=False)
    np.testing.assert_allclose(np.cov(moved[mask].astype(float), rowvar=False), wanted, atol=1.0)


def test_lab_brings_mean_and_deviation_over(faces):
    generated, driver, mask = faces

    def lab(image):
        return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[mask]

    moved = transfer(generated, driver, mask, "lab")
    np.testing.assert_allclose(lab(moved).mean(axis=0), lab(driver).mean(axis=0), atol=0.3)
    np.testing.assert_allclose(lab(moved).std(axis=0), lab(driver).std(axis=0), atol=0.3)


@pytest.mark.parametrize("method", ["lab", "mkl"])
def test_a_face_with_the_drivers_colours_already_stays_as_it_is(faces, method):
    _, driver, mask = faces
    assert np.abs(transfer(driver, driver, mask, method).astype(int) - driver).max() <= 1


@pytest.mark.parametrize("method", ["lab", "mkl"])
def test_only_pixels_inside_the_mask_count(faces, method):
    generated, driver, mask = faces
    other = driver.copy()
    other[~mask] = (0, 255, 0)
    np.testing.assert_array_equal(
        transfer(generated, driver, mask, method), transfer(generated, other, mask.astype(np.uint8) * 255, method)
    )


@pytest.mark.parametrize("method", ["lab", "mkl"])
def test_a_flat_patch_and_an_empty_mask_do_no_harm(faces, method):
    generated, driver, mask = faces
    flat = np.full_like(generated, 90)
    moved = transfer(flat, driver, mask, method)
    np.testing.assert_allclose(moved[mask].mean(axis=0), driver[mask].mean(axis=0), atol=6)
    assert np.ptp(moved.reshape(-1, 3), axis=0).max() == 0
    np.testing.assert_array_equal(transfer(generated, driver, np.zeros_like(mask), method), generated)


def test_an_unknown_method_is_refused(faces):
    with pytest.raises(ValueError, match="sepia"):
        transfer(*faces, "sepia")
