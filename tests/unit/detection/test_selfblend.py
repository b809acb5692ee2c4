"""Pseudo-fakes come from one face alone and differ from it where a swap would."""

import numpy as np
import pytest

from studio.core.vision import cv2
from studio.detection.selfblend import augmented_pair, self_blend


@pytest.fixture(scope="module")
def face(stored_faces):
    image = cv2.imread(str(stored_faces[0].image))[..., ::-1].copy()
    mask = (cv2.imread(str(stored_faces[0].masks), cv2.IMREAD_GRAYSCALE) & 1) > 0
    return image, mask


def test_a_pseudo_fake_is_a_face_of_its_own_and_leaves_the_original_alone(face):
    image, mask = face
    before = image.copy()
    fakes = [self_blend(image, mask, np.random.default_rng(seed)) for seed in range(4)]
    np.testing.assert_array_equal(image, before)
    for fake in fakes:
        assert fake.shape == image.shape
        assert fake.dtype == np.uint8
        assert (fake != image)[mask].mean() > 0.3
    assert (fakes[0] != fakes[1]).any()


def test_the_same_seed_makes_the_same_pair(face):
    for one, other in zip(
        augmented_pair(*face, np.random.default_rng(5)), augmented_pair(*face, np.random.default_rng(5)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_inside_and_outside_of_the_mask_are_set_apart(face):
    image, mask = face
    outside = np.ones_like(mask)
    outside[60:450, 90:420] = False
    apart = 0
    for seed in range(20):
        fake = self_blend(image, mask, np.random.default_rng(seed)).astype(float)
        gap = np.abs(fake - image).mean(axis=-1)
        apart += abs(gap[mask].mean() - gap[outside].mean()) > 0.5
    assert apart >= 18


def test_far_from_the_mask_a_pair_is_altered_alike_or_the_target_was_shifted_as_a_whole(face):
    image, mask = face
    alike = 0
    for seed in range(30):
        fake = self_blend(image, mask, np.random.default_rng(seed))
        alike += bool((fake[:40] == image[:40]).all())
    assert 5 <= alike <= 25


def test_an_empty_mask_leaves_nothing_to_blend(face):
    image, mask = face
    seeds = range(10)
    fakes = [self_blend(image, np.zeros_like(mask), np.random.default_rng(seed)) for seed in seeds]
    assert any((fake == image).all() for fake in fakes)
