from dataclasses import replace

import cv2
import numpy as np
import pytest

from studio.bench.augment import plain
from studio.bench.faces import sample_faces
from studio.nets.framing import network_input
from studio.training.augment import Augmentation, drawn, stored_face, working_size
from studio.training.augment_cpu import changed

STILL = Augmentation(
    clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=0, zoom=0, shift=0, warp_sigma=0, flip=False
)


def rng(seed=0):
    return np.random.default_rng(seed)


def augmented(face, masks, size, bounds, warp, random):
    """A face of any side, changed as a training does it."""
    return changed(stored_face(face, masks, size), size, drawn(face.shape[0], bounds, warp, random))


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


@pytest.fixture(scope="module")
def people():
    """Two faces of each sample clip with their masks."""
    return [face for clip in ("mira.mp4", "tomas.mp4") for face in sample_faces(clip, 2)]


@pytest.mark.parametrize(
    ("bounds", "warp"),
    [
        (STILL, False),
        (replace(STILL, clahe_chance=1), False),
        (replace(STILL, lightness_shift=0.3, colour_shift=0.08), False),
        (replace(STILL, rotation=10, zoom=0.05, shift=0.05), False),
        (replace(STILL, warp_sigma=5), True),
        (replace(STILL, flip=True), False),
        (Augmentation(), True),
    ],
    ids=["nothing", "contrast", "colour", "affine", "warp", "flip", "all"],
)
def test_each_step_does_what_the_plain_version_does_on_whole_pictures(people, bounds, warp):
    for seed, (face, masks) in enumerate(people):
        change = drawn(512, bounds, warp, rng(seed))
        expected = plain(face, masks, 256, change)
        found = changed(stored_face(face, masks, 256), 256, change)
        for part in ("input", "target", "masks"):
            difference = np.abs(getattr(found, part).astype(int) - getattr(expected, part))
            assert difference.mean() < 1, part


@pytest.mark.parametrize("size", [64, 128])
def test_local_contrast_of_a_smaller_face_is_that_of_the_whole_one(people, size):
    bounds, side = replace(STILL, clahe_chance=1), working_size(size)
    for seed, (face, masks) in enumerate(people):
        small = (cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA) for part in (face, masks))
        found = augmented(*small, size, bounds, False, rng(seed)).target
        expected = plain(face, masks, size, drawn(512, bounds, False, rng(seed))).target
        assert np.abs(found.astype(int) - expected).mean() < 4


def test_without_bounds_a_face_comes_through_as_the_plain_crop(face, masks):
    face, masks = (cv2.resize(part, (160, 160), interpolation=cv2.INTER_AREA) for part in (face, masks))
    sample = augmented(face, masks, 64, STILL, True, rng())
    # 8-bit LAB is coarser than RGB: pixels are a level or two off, but not all in one direction.
    for one, other in ((sample.target, network_input(face, 64)), (sample.input, sample.target)):
        assert np.abs(one.astype(int) - other).mean() < 1.2
        assert np.abs((one.astype(int) - other).mean((0, 1))).max() < 0.7
    assert np.abs(sample.masks.astype(int) - network_input(masks, 64)).max() <= 2


def test_the_crop_of_stored_faces_matches_that_of_whole_ones(face):
    small = cv2.resize(face, (160, 160), interpolation=cv2.INTER_AREA)
    assert working_size(64) == 160
    assert working_size(256) == 512
    still = augmented(small, small, 64, STILL, False, rng()).target
    assert np.abs(still.astype(int) - network_input(face, 64)).mean() < 1.2


def test_equal_chance_gives_equal_samples_and_another_gives_others(face, masks):
    first, again, other = (augmented(face, masks, 64, Augmentation(), True, rng(s)) for s in (5, 5, 6))
    assert np.array_equal(first.input, again.input)
    assert np.array_equal(first.masks, again.masks)
    assert not np.array_equal(first.target, other.target)


def test_the_stored_face_is_never_written_to(face, masks):
    stored = stored_face(face, masks, 64)
    before = stored.lab.copy(), stored.masks.copy()
    for seed in range(8):
        changed(stored, 64, drawn(512, Augmentation(), True, rng(seed)))
    assert np.array_equal(stored.lab, before[0])
    assert np.array_equal(stored.masks, before[1])


def test_only_the_input_is_warped(face, masks):
    calm, bent = (augmented(face, masks, 64, Augmentation(flip=False), warp, rng(3)) for warp in (False, True))
    assert np.array_equal(calm.input, calm.target)
    assert np.array_equal(bent.target, calm.target)
    assert np.array_equal(bent.masks, calm.masks)
    assert not np.array_equal(bent.input, bent.target)


def test_the_warp_bends_by_pixels_of_the_full_face():
    ramp = np.broadcast_to((np.arange(512) // 2)[None, :, None], (512, 512, 3)).astype(np.uint8)
    bounds = replace(STILL, warp_sigma=5)
    bends = []
    for seed in range(60):
        sample = augmented(ramp, ramp, 256, bounds, True, rng(seed))
        bends.append((sample.input.astype(float) - sample.target)[20:-20, 20:-20, 0] * 2)
    knots = np.array(bends)[:, ::54, ::54]
    assert 3 < knots.std() < 5.5
    assert abs(knots.mean()) < 1


def test_face_and_masks_move_together(face, masks):
    bounds = Augmentation(clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=25, shift=0.1, zoom=0.2)
    disc = np.where(masks[..., :1] > 0, np.uint8(220), np.uint8(20)).repeat(3, axis=-1)
    for seed in range(6):
        sample = augmented(disc, masks, 128, bounds, False, rng(seed))
        disagree = (sample.target[..., 0] > 120) != (sample.masks[..., 0] > 127)
        assert disagree.mean() < 0.01


def test_the_affine_turns_about_the_centre_within_its_bounds():
    bounds = Augmentation()
    for seed in range(50):
        matrix = drawn(512, bounds, False, rng(seed)).matrix
        scale = np.sqrt(np.linalg.det(matrix[:, :2]))
        angle = np.degrees(np.arctan2(matrix[0, 1], matrix[0, 0]))
        shift = matrix @ [255.5, 255.5, 1] - 255.5
        assert 0.95 <= scale <= 1.05
        assert abs(angle) <= 10
        assert np.abs(shift).max() <= 0.05 * 512 + 1e-6


def test_borders_are_repeated_not_black():
    white = np.full((512, 512, 3), 255, np.uint8)
    bounds = replace(STILL, shift=0.25, rotation=45)
    for seed in range(6):
        sample = augmented(white, white, 64, bounds, True, rng(seed))
        assert min(sample.input.min(), sample.target.min(), sample.masks.min()) >= 254


def test_colours_move_toward_white_or_black_and_no_further(face, masks):
    bounds = replace(STILL, lightness_shift=0.3, colour_shift=0.08)
    before = augmented(face, masks, 64, STILL, False, rng()).target
    for seed in range(20):
        lab = cv2.cvtColor(before, cv2.COLOR_RGB2LAB).astype(float)
        change = drawn(512, bounds, False, rng(seed))
        after = changed(stored_face(face, masks, 64), 64, change).target
        out = cv2.cvtColor(after, cv2.COLOR_RGB2LAB).astype(float)
        assert np.abs(change.shares).max() <= 0.3
        assert np.abs(change.shares[1:]).max() <= 0.08
        expected = np.where(change.shares > 0, lab + change.shares * (255 - lab), lab * (1 + change.shares))
        inside = (out[..., 0] > 5) & (out[..., 0] < 250)
        assert np.median(np.abs(out[..., 0] - expected[..., 0])[inside]) <= 2


def test_local_contrast_is_equalised_by_chance_in_four_to_twelve_tiles():
    dull = np.rint(rng().normal(120, 6, (160, 160, 1))).repeat(3, axis=-1).astype(np.uint8)
    bounds = replace(STILL, clahe_chance=0.5)
    tiles = [drawn(160, bounds, False, rng(seed)).tiles for seed in range(200)]
    plain_face = augmented(dull, dull, 64, STILL, False, rng()).target
    assert 0.35 < np.mean([count is not None for count in tiles]) < 0.65
    assert {count for count in tiles if count is not None} == {4, 6, 8, 10, 12}
    for seed, count in enumerate(tiles[:40]):
        out = augmented(dull, dull, 64, bounds, False, rng(seed)).target
        assert (out.std() > plain_face.std() * 1.1) == (count is not None)


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
