"""Large facesets for benches: stored as an extraction would store them, from drawn faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.core.project import Project
from studio.core.records import Basis, Identity
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.core.vision import cv2
from studio.faceset.thumbnail import thumbnail
from studio.provenance.consent import add_record

EVERYONE, NOBODY = "Everyone", "Nobody"
_ENGINES = "fan+bisenet+dlib-resnet"
_DIMENSIONS = 128
# So many different pictures; decoding takes the same time for each.
_PICTURES = 64
_BATCH = 10_000


def make_project(folder: Path, faces: int, *, nobody: bool = False) -> None:
    """Make a project in `folder` with one identity of `faces` faces of eight people, with thumbnails and features.

    With `nobody` there is a person without faces too, who is the first of the list and on show when it is opened.
    """
    rng = np.random.default_rng(0)
    with Project.create(folder) as project:
        if nobody:
            add_record(project, NOBODY, Basis.SYNTHETIC, "drawn for a measurement")
        identity = add_record(project, EVERYONE, Basis.SYNTHETIC, "drawn for a measurement")
        project.store.identities.set_engines(identity, _ENGINES)
        pictures = [_picture(number) for number in range(_PICTURES)]
        for first in range(0, faces, _BATCH):
            _add(project, identity, range(first, min(first + _BATCH, faces)), pictures, rng)
        ids = project.store.faces.columns(identity).ids.tolist()
        project.store.faces.set_clusters({face: number % 25 for number, face in enumerate(ids)})


def _add(project: Project, identity: Identity, rows: range, pictures: list[bytes], rng: np.random.Generator) -> None:
    """Store a batch as one clip of four faces a second."""
    clip = f"clip-{rows.start}.mp4"
    medium = project.store.media.add(identity, clip, clip, clip, f"{rows.start:064x}")
    scores = rng.uniform((0.7, 80, 2, -60, -30, -20, 0.5, 40, 0), (1, 600, 90, 60, 30, 20, 1, 220, 0.4), (len(rows), 9))
    hashes = rng.integers(0, 2**63, (len(rows), 4)).tolist()
    faces = []
    for frame, (score, words) in enumerate(zip(scores.tolist(), hashes, strict=True)):
        confidence, size, blur, yaw, pitch, roll, landmarks, exposure, occlusion = score
        faces.append(
            NewFace(
                frame, frame / 4, 0, (0.0, 0.0, size, size), confidence, size, blur, (yaw, pitch, roll), _ENGINES,
                (words[0], words[1], words[2], words[3]), landmarks, exposure, occlusion,
            )
        )  # fmt: skip
    people = rng.normal(0, 0.056, (8, _DIMENSIONS))[np.arange(len(rows)) % 8]
    features = people + rng.normal(0, 0.02, people.shape)
    project.features(identity, _DIMENSIONS).write(rows.start, features.astype(np.float32))
    project.thumbnails(identity).put(list(rows), [pictures[row % len(pictures)] for row in rows])
    project.store.faces.add(identity, medium, rows.start, faces, Scan(1, 0, len(rows), complete=True))


def _picture(number: int) -> bytes:
    """The thumbnail of a drawn face."""
    face = np.full((512, 512, 3), 40 + 2 * number, dtype=np.uint8)
    cv2.ellipse(face, (256, 270), (150 + number % 8 * 6, 200), 0, 0, 360, (224 - number, 172, 140 + number), -1)
    for x in (196, 316):
        cv2.circle(face, (x, 230), 20, (30, 30, 30), -1)
    cv2.ellipse(face, (256, 370), (60, 10 + number % 5 * 6), 0, 0, 360, (150, 60, 60), -1)
    # Skin has grain, and grain is what makes a JPEG as large as that of a photograph.
    grain = np.random.default_rng(number).normal(0, 8, face.shape)
    return thumbnail(np.clip(face + grain, 0, 255).astype(np.uint8))
