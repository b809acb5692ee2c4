"""What a GPU does in batches, computed here on the CPU."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from studio.bench.faces import sample_faces
from studio.core.errors import Stopped
from studio.training import augment_cpu
from studio.training.augment import Augmentation, drawn, stored_face, working_size
from studio.training.augment_gpu import changed, equalised
from studio.training.batch import RawBatch
from studio.training.data import FaceCache, Plan, make_batch
from studio.training.loop import train
from tests.unit.training.quick import QUICK, ends_before_step, equal

STILL = Augmentation(
    clahe_chance=0, lightness_shift=0, colour_shift=0, rotation=0, zoom=0, shift=0, warp_sigma=0, flip=False
)
STEPS = {
    "nothing": (STILL, False),
    "contrast": (replace(STILL, clahe_chance=1), False),
    "colour": (replace(STILL, lightness_shift=0.3, colour_shift=0.08), False),
    "affine": (replace(STILL, rotation=10, zoom=0.05, shift=0.05), False),
    "warp": (replace(STILL, warp_sigma=5), True),
    "flip": (replace(STILL, flip=True), False),
    "all": (Augmentation(), True),
}


@pytest.fixture(scope="module")
def people():
    """Three faces of each sample clip with their masks."""
    return [face for clip in ("mira.mp4", "tomas.mp4") for face in sample_faces(clip, 3)]


def stored(people, size):
    side = working_size(size)
    small = lambda part: cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA)  # noqa: E731
    return [stored_face(small(face), small(masks), size) for face, masks in people]


@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("step", STEPS)
def test_a_batch_is_changed_as_one_face_after_the_other_is(people, size, step):
    """Within 1 level of 255 on average over a batch, for each step by itself and all together; masks within 0.1."""
    bounds, warp = STEPS[step]
    faces = stored(people, size)
    changes = [drawn(working_size(size), bounds, warp, np.random.default_rng(seed)) for seed in range(len(faces))]
    singly = [augment_cpu.changed(face, size, change) for face, change in zip(faces, changes, strict=True)]
    found = RawBatch(faces, changes, size, ()).tensors(torch.device("cpu"))
    for part, tensor, allowed in zip(("input", "target", "masks"), found, (1, 1, 0.1), strict=True):
        expected = np.stack([getattr(sample, part) for sample in singly]).astype(float)
        pictures = tensor.permute(0, 2, 3, 1).numpy() * 255
        assert np.abs(pictures - expected).mean() < allowed, part


@pytest.mark.parametrize("side", [512, 400])
def test_contrast_is_equalised_as_opencv_does_it(people, side):
    face = cv2.resize(people[0][0], (side, side), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(face, cv2.COLOR_RGB2LAB)
    tiles = [4, None, 6, 8, 10, 12]
    pictures = torch.from_numpy(lab).permute(2, 0, 1).float().expand(len(tiles), -1, -1, -1)
    found = equalised(pictures, tiles)[:, 0].numpy()
    for count, lightness in zip(tiles, found, strict=True):
        expected = lab[..., 0]
        if count is not None:
            expected = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(count, count)).apply(expected.copy())
        difference = np.abs(lightness - expected)
        assert difference.max() <= 1
        assert (difference > 0).mean() < 0.002


def test_a_face_is_changed_alike_whoever_is_in_its_batch(people):
    faces = stored(people, 64)
    changes = [drawn(160, Augmentation(), True, np.random.default_rng(seed)) for seed in range(len(faces))]
    lab, masks = (torch.from_numpy(np.stack([getattr(face, part) for face in faces])) for part in ("lab", "masks"))
    whole = changed(lab, masks, 64, changes)
    alone = changed(lab[2:3], masks[2:3], 64, changes[2:3])
    for one, other in zip(whole, alone, strict=True):
        assert torch.allclose(one[2:3], other, atol=1e-5)
        assert one.is_contiguous(memory_format=torch.channels_last)


def test_a_batch_for_a_gpu_shows_the_faces_and_changes_of_one_for_the_workers(faces):
    plan = Plan(seed=3, batch_size=4, size=64, bounds=Augmentation(), warp_until=5)
    cache = FaceCache(64, 1 << 26)
    for step in (4, 5):
        ready, raw = (make_batch(replace(plan, on_device=on), step, 1, faces[1], cache) for on in (False, True))
        assert raw.faces == ready.faces
        for one, other in zip(raw.pictures(), ready.pictures(), strict=True):
            assert one.dtype == np.uint8
            assert np.abs(one.astype(int) - other).mean() < 1.5
        inputs, targets, _ = raw.pictures()
        assert np.array_equal(inputs, targets) == (step == 5)


def test_a_training_that_changes_faces_on_its_device_resumes_exactly(faces, tmp_path, recorder_type):
    settings = QUICK.changed({"augment_on": "gpu"})
    straight = train(settings, *faces, tmp_path / "straight", 4)
    with pytest.raises(Stopped):
        train(settings, *faces, tmp_path / "resumed", 4, recorder_type(ends_before_step(1, Stopped)))
    assert equal(train(settings, *faces, tmp_path / "resumed", 4).checkpoint, straight.checkpoint)
    on_cpu = train(QUICK, *faces, tmp_path / "cpu", 4)
    assert not equal(on_cpu.checkpoint, straight.checkpoint)
    assert on_cpu.loss == pytest.approx(straight.loss, rel=0.02)
