"""A faceset on disk: aligned faces, masks and row-aligned arrays, written before the store knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from studio.core.errors import FacesetError
from studio.core.files import storage_errors, write_bytes
from studio.core.pictures import encode_png
from studio.core.project import LANDMARKS, Project
from studio.core.records import STATES, USED, Face, FaceMasks, Identity, Image, Points, TrainingFace
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan, StoredMedium
from studio.faces.encoders import ENCODERS, EncoderFacts
from studio.faceset.thumbnail import thumbnail


@dataclass(frozen=True, eq=False)
class EncodedFace:
    """A face as its files hold it: PNGs of the aligned face and of its masks, JPEG of its thumbnail."""

    record: NewFace
    image: bytes
    masks: bytes
    thumbnail: bytes
    landmarks: Points
    feature: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ExtractedFace:
    """A face ready to be stored: its record, 512 px aligned image, masks, landmarks (68, 2) in the frame, feature."""

    record: NewFace
    image: Image
    masks: FaceMasks
    landmarks: Points
    feature: NDArray[np.float32]

    def encoded(self) -> EncodedFace:
        """The face as its files hold it."""
        return EncodedFace(
            self.record, encode_png(self.image), encode_png(self.masks.packed()), thumbnail(self.image),
            self.landmarks, self.feature,
        )  # fmt: skip


class FacesetFolder:
    """The files of one identity's faceset."""

    def __init__(self, project: Project, identity: Identity) -> None:
        self._project = project
        self._identity = identity
        self.folder = project.faceset_folder(identity)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one who adds faces: rows are given out before the store knows of them.

        Raises:
            FacesetError: another extraction is adding faces.
        """
        with storage_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise FacesetError(
                f"Another extraction is adding faces to {self._identity.name!r}.",
                hint="Wait until it is done, or stop it: studio runs DIR.",
                code="faceset.busy",
            ) from error
        try:
            yield
        finally:
            lock.release()

    def image_path(self, row: int) -> Path:
        """The aligned face in `row`: an 8-bit RGB PNG of 512 px."""
        return self.folder / "aligned" / f"{row:07d}.png"

    def masks_path(self, row: int) -> Path:
        """The masks in `row`: see `records.TrainingFace`."""
        return self.folder / "masks" / f"{row:07d}.png"

    def correction_path(self, correction: int, part: Literal["aligned.png", "masks.png", "landmarks.npy"]) -> Path:
        """A file of a correction by hand: the face cut anew, its masks, or its landmarks (68, 2) in the frame."""
        return self.folder / "corrections" / f"{correction:07d}-{part}"

    def image_of(self, face: Face) -> Path:
        """The aligned face that is in use for `face`: as corrected by hand, or as the engines made it."""
        if face.correction is None:
            return self.image_path(face.row)
        return self.correction_path(face.correction, "aligned.png")

    def masks_of(self, face: Face) -> Path:
        """The masks that are in use for `face`."""
        if face.correction is None:
            return self.masks_path(face.row)
        return self.correction_path(face.correction, "masks.png")

    def add(self, medium: StoredMedium, faces: Sequence[EncodedFace], scan: Scan) -> None:
        """Write the files of `faces`, then have the store commit them together with the scan's progress."""
        first = self._project.store.faces.next_row(self._identity)
        for row, face in enumerate(faces, start=first):
            write_bytes(self.image_path(row), face.image)
            write_bytes(self.masks_path(row), face.masks)
        if faces:
            rows = range(first, first + len(faces))
            self._project.thumbnails(self._identity).put(rows, [face.thumbnail for face in faces])
            self._project.landmarks(self._identity).write(first, np.stack([face.landmarks for face in faces]))
            features = np.stack([face.feature for face in faces])
            self._project.features(self._identity, features.shape[1]).write(first, features)
        records = [face.record for face in faces]
        self._project.store.faces.add(self._identity, medium, first, records, scan)

    def features(self, faces: Sequence[Face], dimensions: int) -> NDArray[np.float32]:
        """The identity features of `faces`, (N, dimensions)."""
        rows = np.array([face.row for face in faces], dtype=np.intp)
        count = int(rows.max()) + 1 if len(rows) else 0
        return np.asarray(self._project.features(self._identity, dimensions).read(count)[rows])

    def landmarks(self, faces: Sequence[Face]) -> NDArray[np.float32]:
        """The landmarks that are in use for `faces` in pixels of their frames, (N, 68, 2)."""
        rows = np.array([face.row for face in faces], dtype=np.intp)
        count = int(rows.max()) + 1 if len(rows) else 0
        landmarks = np.array(self._project.landmarks(self._identity).read(count)[rows])
        for place, face in enumerate(faces):
            if face.correction is not None:
                landmarks[place] = self.corrected_landmarks(face.correction)
        return landmarks

    def corrected_landmarks(self, correction: int) -> Points:
        """The landmarks (68, 2) of a correction by hand.

        Raises:
            FacesetError: its file is missing or damaged.
        """
        path = self.correction_path(correction, "landmarks.npy")
        try:
            landmarks = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise FacesetError(f"{path} is missing or damaged: {error}.", code="faceset.damaged") from error
        if landmarks.shape != LANDMARKS:
            raise FacesetError(f"{path} holds no landmarks.", code="faceset.damaged")
        return np.asarray(landmarks, dtype=np.float32)


def encoder_of(engines: str) -> EncoderFacts:
    """What is known of the identity encoder among `engines` (finder+parser+encoder, as recorded with each face).

    Raises:
        FacesetError: this version does not know it.
    """
    name = engines.rpartition("+")[2]
    if name not in ENCODERS:
        raise FacesetError(
            f"This version does not know the identity encoder {name!r}.",
            hint="Update Faceswap Studio.",
            code="faceset.engine",
        )
    return ENCODERS[name]


def training_faces(project: Project, identity: Identity, *, rejected: bool = False) -> list[TrainingFace]:
    """The used faces of `identity` as training reads them; with the rejected ones where `rejected`.

    Raises:
        FacesetError: there is none.
    """
    faces = project.store.faces.of(identity, *(STATES if rejected else USED))
    if not faces:
        raise FacesetError(
            f"The faceset of {identity.name!r} has no{'' if rejected else ' kept'} face.",
            hint=f"Extract some: studio extract DIR {identity.name!r} VIDEO",
            code="faceset.empty",
        )
    folder = FacesetFolder(project, identity)
    return [TrainingFace(face.id, folder.image_of(face), folder.masks_of(face)) for face in faces]
