"""Corrections by hand of a face's landmarks and masks, kept beside what the engines said."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.core.errors import FacesetError, MediaError
from studio.core.files import link_or_copy, write_bytes
from studio.core.framing import FACE_SIZE
from studio.core.pictures import read_png, write_png
from studio.core.project import Project
from studio.core.records import Face, FaceMasks, Identity, Image, Points
from studio.core.store.journal import Change, Entry
from studio.core.vision import cv2
from studio.faces.align import Matrix, align_face, alignment_matrix, invert
from studio.faceset.folder import FacesetFolder
from studio.faceset.sources import source_frame

_SAME_PX = 1e-3
# A medium whose frame differs more from the stored face than this, in grey levels, is another one by now.
_SAME_LEVELS = 4.0


@dataclass(frozen=True, eq=False)
class Correction:
    """What somebody says of a face.

    Attributes:
        landmarks: (68, 2) float32 in pixels of the frame.
        masks: of the aligned face; None to leave them as they are.
    """

    landmarks: Points
    masks: FaceMasks | None = None


def in_use(project: Project, identity: Identity, face: Face) -> Correction:
    """The landmarks and masks of a face as they are used: the engines', or those of its correction.

    Raises:
        FacesetError: files of the face are missing or damaged.
    """
    folder = FacesetFolder(project, identity)
    return Correction(folder.landmarks([face])[0], FaceMasks.unpacked(_picture(folder.masks_of(face))))


def load(project: Project, identity: Identity, number: int) -> Correction:
    """A correction by its number.

    Raises:
        FacesetError: its files are missing or damaged.
    """
    folder = FacesetFolder(project, identity)
    masks = FaceMasks.unpacked(_picture(folder.correction_path(number, "masks.png")))
    return Correction(folder.corrected_landmarks(number), masks)


def save(project: Project, identity: Identity, face_id: int, correction: Correction) -> int:
    """Write a correction beside the face and give its number; the journal's field "correction" puts it to use.

    Where the landmarks have moved, the face is cut anew from its medium, or from the aligned face where the medium
    can't be read any more. The masks are given as painted over the aligned face in use, and move with the cut.

    Raises:
        FacesetError: the face or one of its files is gone.
        ValueError: the landmarks are not (68, 2), not finite or all on one point.
    """
    face = project.store.faces.face(face_id)
    folder = FacesetFolder(project, identity)
    before = in_use(project, identity, face)
    assert before.masks is not None
    masks = correction.masks or before.masks
    after = alignment_matrix(correction.landmarks)
    number = project.store.corrections.add(face_id)
    image = folder.correction_path(number, "aligned.png")
    if np.allclose(before.landmarks, correction.landmarks, rtol=0, atol=_SAME_PX):
        link_or_copy(folder.image_of(face), image)
        bits = masks.packed()
    else:
        change = _after(after, invert(alignment_matrix(before.landmarks)))
        write_png(image, _cut(project, face, before.landmarks, correction.landmarks, _picture(folder.image_of(face))))
        bits = _warped(masks.packed(), change, cv2.INTER_NEAREST)
    write_png(folder.correction_path(number, "masks.png"), bits)
    data = io.BytesIO()
    np.save(data, np.asarray(correction.landmarks, dtype=np.float32), allow_pickle=False)
    write_bytes(folder.correction_path(number, "landmarks.npy"), data.getvalue())
    return number


def correct(project: Project, identity: Identity, face_id: int, correction: Correction) -> Entry | None:
    """Save a correction and put it to use, as one entry of the journal."""
    number = save(project, identity, face_id, correction)
    title = f"Correct a face of {identity.name}"
    return project.store.journal.edit(identity, title, [Change("correction", [face_id], number)])


def withdraw(project: Project, identity: Identity, face_id: int) -> Entry | None:
    """Use what the engines said again, as one entry of the journal; None where that is in use."""
    title = f"Withdraw the correction of a face of {identity.name}"
    return project.store.journal.edit(identity, title, [Change("correction", [face_id], 0)])


def _cut(project: Project, face: Face, before: Points, landmarks: Points, stored: Image) -> Image:
    """The aligned face by its new landmarks."""
    try:
        frame = source_frame(project, face)
    except MediaError:
        frame = None
    if frame is not None and _shows(frame, before, stored):
        return align_face(frame, landmarks)[0]
    change = _after(alignment_matrix(landmarks), invert(alignment_matrix(before)))
    return _warped(stored, change, cv2.INTER_CUBIC)


def _shows(frame: Image, landmarks: Points, stored: Image) -> bool:
    again = align_face(frame, landmarks)[0]
    return again.shape == stored.shape and float(cv2.absdiff(again, stored).mean()) <= _SAME_LEVELS


def _after(outer: Matrix, inner: Matrix) -> Matrix:
    """The (2, 3) matrix that does `inner` and then `outer`."""
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def _warped(picture: Image, matrix: Matrix, interpolation: int) -> Image:
    return np.asarray(cv2.warpAffine(picture, matrix, (FACE_SIZE, FACE_SIZE), flags=interpolation), dtype=np.uint8)


def _picture(path: Path) -> Image:
    picture = read_png(path)
    if picture is None:
        raise FacesetError(
            f"{path} is missing or damaged.",
            hint="Restore it from a backup, or reject the face.",
            code="faceset.damaged",
        )
    return picture
