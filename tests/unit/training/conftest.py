"""Synthetic aligned faces and a reporter that remembers."""

import cv2
import numpy as np
import pytest

from studio.core.records import FaceMasks, TrainingFace


def draw_face(seed):
    """A head of one colour with eyes and a mouth that open differently; face 512 px and its masks."""
    random = np.random.default_rng(seed)
    image = np.full((512, 512, 3), random.integers(60, 200, 3), np.uint8)
    masks = np.zeros((3, 512, 512), np.uint8)
    middle = (256 + int(random.integers(-20, 20)), 256)
    cv2.ellipse(image, middle, (130, 165), 0, 0, 360, (205, 160, 140), -1)
    cv2.ellipse(masks[0], middle, (130, 165), 0, 0, 360, 1, -1)
    for x in (-50, 50):
        eye = (middle[0] + x, 220)
        cv2.ellipse(image, eye, (25, int(random.integers(5, 16))), 0, 0, 360, (40, 60, 90), -1)
        cv2.ellipse(masks[1], eye, (32, 22), 0, 0, 360, 1, -1)
    mouth = (middle[0], 340)
    cv2.ellipse(image, mouth, (45, int(random.integers(6, 30))), 0, 0, 360, (150, 50, 60), -1)
    cv2.ellipse(masks[2], mouth, (50, 35), 0, 0, 360, 1, -1)
    noise = random.normal(scale=4, size=image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8), FaceMasks(*(mask.astype(bool) for mask in masks))


def write_faces(folder, seeds):
    """Write faces and masks as extraction does."""
    folder.mkdir(parents=True)
    faces = []
    for number, seed in enumerate(seeds):
        image, masks = draw_face(seed)
        face = TrainingFace(number, folder / f"{number}.png", folder / f"{number}.masks.png")
        cv2.imwrite(str(face.image), image[..., ::-1])
        cv2.imwrite(str(face.masks), masks.packed())
        faces.append(face)
    return faces


@pytest.fixture(scope="session")
def faces(tmp_path_factory):
    """Five faces of A and four of B."""
    folder = tmp_path_factory.mktemp("faces")
    return write_faces(folder / "a", range(5)), write_faces(folder / "b", range(100, 104))


class Recorder:
    """A reporter that keeps what it was told and runs `on_progress` at each step."""

    def __init__(self, on_check=lambda: None):
        self.events, self.notes, self.steps = [], [], []
        self._on_check = on_check

    def progress(self, stage, done, total=None):
        self.steps.append((stage, done, total))

    def event(self, kind, **data):
        self.events.append((kind, data))

    def note(self, text):
        self.notes.append(text)

    def check(self):
        self._on_check()

    def of(self, kind):
        """The data of all events of a kind."""
        return [data for name, data in self.events if name == kind]


@pytest.fixture
def recorder():
    """A fresh Recorder."""
    return Recorder()


@pytest.fixture
def recorder_type():
    """The class, for tests that stop a training in the middle."""
    return Recorder
