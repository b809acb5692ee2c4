"""Facesets with real files, made without engines: the face in row n of a clip is a picture of brightness n."""

import numpy as np

from studio.core.project import Project
from studio.core.records import Basis, FaceMasks
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.faces.meanface import MEAN_FACE
from studio.faceset.folder import ExtractedFace, FacesetFolder
from studio.provenance.consent import add_record

ENGINES = "f+p+dlib-resnet"


def landmarks(size: float, x: float, y: float):
    """68 points of a face `size` px wide whose corner is at (x, y): a mean face with a plain jaw."""
    angle = np.linspace(np.pi, 0, 17)
    jaw = np.column_stack([0.5 + 0.6 * np.cos(angle), 0.3 + 0.9 * np.sin(angle)])
    return (np.concatenate([jaw, MEAN_FACE]) * size + (x, y)).astype(np.float32)


def masks(side: int) -> FaceMasks:
    """A square face of `side` px with eyes and mouth that are squares too."""
    parts = np.zeros((3, 512, 512), dtype=bool)
    for part, half in zip(parts, (side, side // 4, side // 8), strict=True):
        part[256 - half // 2 : 256 + half // 2, 256 - half // 2 : 256 + half // 2] = True
    return FaceMasks(*parts)


def store_faces(project, identity, source, frames, *, sha256=None):
    """Add a face for each of `frames` of a clip to the faceset."""
    if project.store.identities.engines(identity) is None:
        project.store.identities.set_engines(identity, ENGINES)
    medium = project.store.media.add(identity, str(source), str(source), str(source), sha256 or str(source))
    faces = [
        ExtractedFace(
            NewFace(n, n / 30, 0, (0, 0, 99, 99), 1, 99, 10, (0, 0, 0), ENGINES, (n, 0, 0, 0)),
            np.full((512, 512, 3), n, np.uint8), masks(200), landmarks(100, n, n), np.full(128, n, np.float32),
        )
        for n in frames
    ]  # fmt: skip
    FacesetFolder(project, identity).add(medium, [face.encoded() for face in faces], Scan(1, 0, max(frames) + 1, True))
    first = project.store.faces.columns(identity).ids[-len(frames) :]
    return first.tolist()


def three_people(path):
    """A project at `path`: Anna and Ben with faces, Cara without; returns `path`."""
    with Project.create(path) as project:
        for name, count in (("anna", 5), ("ben", 4), ("cara", 0)):
            identity = add_record(project, name, Basis.SYNTHETIC, "rendered")
            if count:
                store_faces(project, identity, f"{name}.mp4", range(count))
    return path
