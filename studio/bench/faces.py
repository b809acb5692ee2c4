"""Faces for the benches of training: of the sample clips, with masks of about the right size."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, TrainingFace
from studio.core.resources import assets
from studio.core.vision import cv2
from studio.faces.engines.choose import choose
from studio.faces.protocols import Engines
from studio.video.read import read_frames

CLIPS = ("mira.mp4", "tomas.mp4")

# Where the heads are in the frames of 480 px. No engine is asked: what is timed is what comes after.
_ROWS, _COLUMNS = slice(40, 360), slice(80, 400)
_EVERY = 5


def embedded_engines() -> Engines:
    """The engines that need no weights: figures of one machine compare with those of another."""
    return choose("dlib", _no_weights)


def _no_weights(name: str) -> None:
    """Nothing was downloaded."""


def sample_faces(clip: str, count: int) -> list[tuple[Image, Image]]:
    """`count` faces (512, 512, 3) uint8 RGB of a clip, and masks of face, eyes and mouth (512, 512, 3), 0 or 255."""
    frames = islice(read_frames(assets() / "sample" / clip), 0, count * _EVERY, _EVERY)
    masks = _masks()
    return [(_large(frame.image[_ROWS, _COLUMNS]), masks) for frame in frames]


def stored_faces(folder: Path, clip: str, count: int) -> list[TrainingFace]:
    """The same faces as files in `folder`, as an extraction leaves them."""
    folder.mkdir(parents=True)
    faces = []
    for number, (image, masks) in enumerate(sample_faces(clip, count)):
        face = TrainingFace(number, folder / f"{number}.png", folder / f"{number}.masks.png")
        cv2.imwrite(str(face.image), image[..., ::-1])
        cv2.imwrite(str(face.masks), FaceMasks(*(masks[..., part] > 0 for part in range(3))).packed())
        faces.append(face)
    return faces


def _large(picture: Image) -> Image:
    resized = cv2.resize(picture, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(resized, dtype=np.uint8)


def _masks() -> Image:
    masks = [np.zeros((FACE_SIZE, FACE_SIZE), np.uint8) for _ in range(3)]
    for part, centre, axes in (
        (0, (256, 270), (150, 195)),
        (1, (195, 200), (38, 22)),
        (1, (325, 200), (38, 22)),
        (2, (256, 335), (60, 32)),
    ):
        cv2.ellipse(masks[part], centre, axes, 0, 0, 360, 255, -1)
    return np.stack(masks, axis=-1)
