"""One face in full: its picture, masks and landmarks as they are in use, and the frame it came from."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.errors import MediaError
from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import Face, FaceMasks, Identity, Image, Points
from studio.faces.align import alignment_matrix, transform_points
from studio.faceset.folder import FacesetFolder
from studio.faceset.sources import source_frame


@dataclass(frozen=True, eq=False)
class CloseUp:
    """A face as it is in use.

    Attributes:
        image: (512, 512, 3) RGB; None where the file is missing.
        landmarks: (68, 2) in pixels of the frame.
        aligned: (68, 2) the same in pixels of the aligned face.
    """

    face: Face
    image: Image | None
    masks: FaceMasks | None
    landmarks: Points
    aligned: Points


@dataclass(frozen=True, eq=False)
class Source:
    """Where a face was found.

    Attributes:
        frame: (H, W, 3) RGB.
        landmarks: (68, 2) in pixels of it, as they are in use.
    """

    face: Face
    frame: Image
    landmarks: Points


def read_closeup(project: Project, identity: Identity, face_id: int) -> CloseUp:
    """Read a face; masks are None where they or the picture are missing.

    Raises:
        FacesetError: the face is gone, or the faceset is damaged.
    """
    face = project.store.faces.face(face_id)
    folder = FacesetFolder(project, identity)
    image, packed = read_png(folder.image_of(face)), read_png(folder.masks_of(face))
    landmarks = folder.landmarks([face])[0]
    masks = FaceMasks.unpacked(packed) if image is not None and packed is not None else None
    return CloseUp(face, image, masks, landmarks, transform_points(alignment_matrix(landmarks), landmarks))


def read_source(project: Project, identity: Identity, face_id: int) -> Source:
    """Read the frame a face was found in.

    Raises:
        MediaError: the medium is gone or can't be read.
        FacesetError: the face is gone, or the faceset is damaged.
    """
    face = project.store.faces.face(face_id)
    landmarks = FacesetFolder(project, identity).landmarks([face])[0]
    try:
        return Source(face, source_frame(project, face), landmarks)
    except MediaError as error:
        raise MediaError(
            f"The frame of this face can't be shown: {error.message}",
            hint="Put the file back in its place to see it. The face itself is safe and stays in use.",
            code=error.code,
        ) from error
