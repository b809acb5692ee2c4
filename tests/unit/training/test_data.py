import threading

import numpy as np
import pytest

from studio.core.errors import FacesetError
from studio.core.records import FaceMasks, TrainingFace
from studio.training.augment import Augmentation
from studio.training.data import FaceCache, Plan, batches, load_face, make_batch

PLAN = Plan(seed=3, batch_size=3, size=32, bounds=Augmentation(), warp_until=5)


def drawn(faces, steps, workers=1, cache_bytes=1 << 24, plan=PLAN):
    with batches(plan, lambda step: faces, steps, workers, cache_bytes) as stream:
        return [(step, a.inputs, b.targets, b.masks) for step, a, b in stream]


def same(one, other):
    return len(one) == len(other) and all(
        x[0] == y[0] and all(np.array_equal(p, q) for p, q in zip(x[1:], y[1:], strict=True))
        for x, y in zip(one, other, strict=True)
    )


def test_a_run_that_goes_on_at_step_seven_sees_what_the_whole_run_saw(faces):
    assert same(drawn(faces, range(7, 12)), drawn(faces, range(12))[7:])


def test_batches_do_not_depend_on_threads_or_cache(faces):
    plain = drawn(faces, range(8))
    assert same(plain, drawn(faces, range(8), workers=4))
    assert same(plain, drawn(faces, range(8), workers=3, cache_bytes=0))


def test_steps_identities_and_seeds_draw_differently(faces):
    cache = FaceCache(32, 1 << 24)
    first = make_batch(PLAN, 0, 0, faces[0], cache).targets
    assert not np.array_equal(first, make_batch(PLAN, 1, 0, faces[0], cache).targets)
    assert not np.array_equal(first, make_batch(PLAN, 0, 1, faces[0], cache).targets)
    reseeded = Plan(seed=4, batch_size=3, size=32, bounds=Augmentation(), warp_until=5)
    assert not np.array_equal(first, make_batch(reseeded, 0, 0, faces[0], cache).targets)
    assert not np.array_equal(first[0], first[1])


def test_inputs_are_warped_up_to_the_step_that_was_said(faces):
    cache = FaceCache(32, 1 << 24)
    for step in range(8):
        batch = make_batch(PLAN, step, 0, faces[0], cache)
        assert np.array_equal(batch.inputs, batch.targets) == (step >= 5)


def test_every_face_is_drawn_about_as_often(faces):
    cache = FaceCache(32, 1 << 26)
    plan = Plan(seed=0, batch_size=1, size=32, bounds=Augmentation(), warp_until=0)
    shown = [make_batch(plan, step, 0, faces[0], cache).faces for step in range(300)]
    assert np.bincount(np.ravel(shown)).min() > 35


def test_a_batch_names_the_faces_it_shows(faces):
    cache = FaceCache(32, 1 << 24)
    still = Augmentation(
        clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=0, zoom=0, shift=0, warp_sigma=0, flip=False
    )
    plan = Plan(seed=3, batch_size=4, size=32, bounds=still, warp_until=0)
    batches_of = [make_batch(plan, step, 0, faces[0], cache) for step in range(6)]
    pictures = [(face, sample) for batch in batches_of for face, sample in zip(batch.faces, batch.targets, strict=True)]
    assert {face for face, _ in pictures} == {0, 1, 2, 3, 4}
    for face, sample in pictures:
        assert all(np.array_equal(sample, other) == (face == number) for number, other in pictures)


def test_the_cache_keeps_to_its_bytes(faces):
    one = 80 * 80 * 3 + 40 * 40 * 3
    cache = FaceCache(32, int(one * 2.5))
    for face in faces[0] * 2:
        assert cache.get(face).lab.shape == (80, 80, 3)
    assert len(cache._faces) == 2
    assert cache.get(faces[0][0]) is cache.get(faces[0][0])


def test_masks_come_as_three_planes_at_the_faces_size(faces):
    face = faces[0][0]
    image, masks = load_face(face, 512)
    assert image.shape == masks.shape == (512, 512, 3)
    assert set(np.unique(masks)) == {0, 255}
    assert masks[220, 256 - 50 - 20 : 256 - 50 + 20, 1].any()
    assert not (masks[..., 1] & ~masks[..., 0]).any()
    assert load_face(face, 160)[1].shape == (160, 160, 3)


def test_no_thread_outlives_the_loop_even_if_it_is_left_early(faces):
    before = threading.active_count()
    with batches(PLAN, lambda step: faces, range(1000), 3, 1 << 24) as stream:
        next(stream)
        assert threading.active_count() > before
    assert threading.active_count() == before


def test_a_missing_or_foreign_file_is_named(faces, tmp_path):
    gone = TrainingFace(0, tmp_path / "gone.png", faces[0][0].masks)
    with pytest.raises(FacesetError, match=r"gone\.png"):
        drawn(([gone], faces[1]), range(3))
    text = tmp_path / "text.png"
    text.write_text("no picture")
    with pytest.raises(FacesetError, match=r"text\.png"):
        drawn((faces[0], [TrainingFace(0, text, faces[0][0].masks)]), range(3))


def test_masks_unpack_as_they_were_packed():
    random = np.random.default_rng(0)
    parts = FaceMasks(*(random.random((8, 8)) > 0.5 for _ in range(3)))
    again = FaceMasks.unpacked(parts.packed())
    assert np.array_equal(again.eyes, parts.eyes)
    assert np.array_equal(again.mouth, parts.mouth)
