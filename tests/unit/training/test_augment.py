import cv2
import numpy as np
import pytest

from studio.nets.framing import network_input
from studio.training.augment import (
    Augmentation,
    augmented,
    equalised,
    moved,
    random_affine,
    shifted_colours,
    shrunk,
    warped,
    working_size,
)

STILL = Augmentation(
    clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=0, zoom=0, shift=0, warp_sigma=0, flip=False
)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def face():
    y, x = np.mgrid[0:512, 0:512]
    return np.stack([100 + x // 8, 90 + y // 8, 160 - (x + y) // 16], axis=-1).astype(np.uint8)


@pytest.fixture
def masks():
    out = np.zeros((512, 512, 3), np.uint8)
    cv2.ellipse(out, (256, 256), (140, 170), 0, 0, 360, (255, 0, 0), -1)
    out[200:220, 180:330, 1] = 255
    out[330:370, 210:300, 2] = 255
    return out


def test_without_bounds_a_face_comes_through_as_the_plain_crop(face, masks):
    face, masks = (cv2.resize(part, (160, 160), interpolation=cv2.INTER_AREA) for part in (face, masks))
    sample = augmented(face, masks, 64, STILL, True, rng())
    assert np.abs(sample.target.astype(int) - network_input(face, 64)).max() <= 2
    assert np.abs(sample.input.astype(int) - sample.target).max() <= 2
    assert np.array_equal(sample.masks, shrunk(masks, 64))


def test_the_crop_of_stored_faces_matches_that_of_whole_ones(face):
    small = cv2.resize(face, (160, 160), interpolation=cv2.INTER_AREA)
    assert working_size(64) == 160
    assert working_size(256) == 512
    assert np.abs(shrunk(small, 64).astype(int) - network_input(face, 64)).max() <= 1


def test_equal_chance_gives_equal_samples_and_another_gives_others(face, masks):
    first, again, other = (augmented(face, masks, 64, Augmentation(), True, rng(s)) for s in (5, 5, 6))
    assert np.array_equal(first.input, again.input)
    assert np.array_equal(first.masks, again.masks)
    assert not np.array_equal(first.target, other.target)


def test_the_stored_face_is_never_written_to(face, masks):
    before = face.copy(), masks.copy()
    for seed in range(8):
        augmented(face, masks, 64, Augmentation(), True, rng(seed))
    assert np.array_equal(face, before[0])
    assert np.array_equal(masks, before[1])


def test_only_the_input_is_warped(face, masks):
    calm, bent = (augmented(face, masks, 64, Augmentation(flip=False), warp, rng(3)) for warp in (False, True))
    assert np.array_equal(calm.input, calm.target)
    assert np.array_equal(bent.target, calm.target)
    assert np.array_equal(bent.masks, calm.masks)
    assert not np.array_equal(bent.input, bent.target)


def test_the_warp_bends_by_pixels_of_the_full_face():
    ramp = np.broadcast_to((np.arange(512) // 2)[None, :, None], (512, 512, 3)).astype(np.uint8)
    straight = shrunk(ramp, 256).astype(float)
    bends = [
        (warped(ramp, 256, Augmentation(), rng(seed)).astype(float) - straight)[20:-20, 20:-20, 0] * 2
        for seed in range(60)
    ]
    knots = np.array(bends)[:, ::54, ::54]
    assert 3 < knots.std() < 5.5
    assert abs(knots.mean()) < 1


def test_face_and_masks_move_together(face, masks):
    bounds = Augmentation(clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=25, shift=0.1, zoom=0.2)
    drawn = np.where(masks[..., :1] > 0, np.uint8(220), np.uint8(20)).repeat(3, axis=-1)
    for seed in range(6):
        sample = augmented(drawn, masks, 128, bounds, False, rng(seed))
        disagree = (sample.target[..., 0] > 120) != (sample.masks[..., 0] > 127)
        assert disagree.mean() < 0.01


def test_the_affine_turns_about_the_centre_within_its_bounds():
    bounds = Augmentation()
    for seed in range(50):
        matrix = random_affine(512, bounds, rng(seed))
        scale = np.sqrt(np.linalg.det(matrix[:, :2]))
        angle = np.degrees(np.arctan2(matrix[0, 1], matrix[0, 0]))
        shift = matrix @ [255.5, 255.5, 1] - 255.5
        assert 0.95 <= scale <= 1.05
        assert abs(angle) <= 10
        assert np.abs(shift).max() <= 0.05 * 512 + 1e-6


def test_borders_are_repeated_not_black():
    white = np.full((64, 64, 3), 255, np.uint8)
    assert moved(white, np.array([[1.0, 0, 20], [0, 1, 20]])).min() == 255


def test_colours_move_toward_white_or_black_and_no_further(face):
    for seed in range(20):
        lab = cv2.cvtColor(face, cv2.COLOR_RGB2LAB).astype(float)
        shares = rng(seed).uniform([-0.3, -0.08, -0.08], [0.3, 0.08, 0.08])
        out = cv2.cvtColor(shifted_colours(face, Augmentation(), rng(seed)), cv2.COLOR_RGB2LAB).astype(float)
        expected = np.where(shares > 0, lab + shares * (255 - lab), lab * (1 + shares))
        inside = (out[..., 0] > 5) & (out[..., 0] < 250)
        assert np.median(np.abs(out[..., 0] - expected[..., 0])[inside]) <= 2


def test_local_contrast_is_equalised_by_chance():
    dull = np.rint(rng().normal(120, 6, (160, 160, 1))).repeat(3, axis=-1).astype(np.uint8)
    outs = [equalised(dull, Augmentation(), rng(seed)) for seed in range(200)]
    changed = [not np.array_equal(out, dull) for out in outs]
    assert 0.35 < np.mean(changed) < 0.65
    assert min(out.std() for out in outs if not np.array_equal(out, dull)) > dull.std() * 1.1


def test_half_of_the_faces_are_mirrored_with_all_their_parts(face, masks):
    bounds = Augmentation(clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=0, zoom=0, shift=0)
    plain = augmented(face, masks, 64, STILL, False, rng())
    mirrored = 0
    for seed in range(100):
        sample = augmented(face, masks, 64, bounds, False, rng(seed))
        if not np.array_equal(sample.masks, plain.masks):
            mirrored += 1
            assert np.array_equal(sample.masks, plain.masks[:, ::-1])
            assert np.array_equal(sample.target, plain.target[:, ::-1])
            assert np.array_equal(sample.input, sample.target)
    assert 35 < mirrored < 65
