"""The records that cross the borders between packages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Points = NDArray[np.float32]


class Basis(StrEnum):
    """Why a person's face may be used."""

    SELF = "self"
    WRITTEN = "written"
    DATASET = "dataset"
    SYNTHETIC = "synthetic"
    PUBLIC_DOMAIN = "public-domain"


class Scope(StrEnum):
    """What a consent record allows."""

    RESEARCH = "research"
    PRODUCTION = "production"


class FaceState(StrEnum):
    """What curation decided of a face; it is used as long as it is not rejected."""

    UNMARKED = "unmarked"
    KEPT = "kept"
    REJECTED = "rejected"


# A state's place here is its number in arrays and in the store: add at the end only.
STATES = (FaceState.UNMARKED, FaceState.KEPT, FaceState.REJECTED)
USED = (FaceState.UNMARKED, FaceState.KEPT)


@dataclass(frozen=True)
class Identity:
    """A person and the record that allows using their face.

    Attributes:
        folder: name of the folder under facesets/; it stays when the person is renamed.
        document: path inside the project of the kept consent document, with its SHA-256 beside it.
        expires: last day on which the record holds; None for no end.
        revoked: when the record was withdrawn (ISO 8601, UTC); None while it holds.
    """

    id: int
    name: str
    folder: str
    basis: Basis
    scope: Scope
    note: str
    document: str | None
    document_sha256: str | None
    expires: date | None
    revoked: str | None

    def holds(self, today: date) -> bool:
        """Whether the record allows anything on `today`."""
        return self.revoked is None and (self.expires is None or today <= self.expires)


@dataclass(frozen=True)
class Face:
    """One extracted face as the store knows it.

    Attributes:
        row: index into the faceset's row-aligned arrays.
        medium: id of the medium it was found in.
        source: media path as the user gave it.
        frame, time: index and presentation time in seconds of the frame it was found in.
        box: x0, y0, x1, y1 in pixels of the frame.
        size: the longer side of the box, in pixels of the frame.
        blur: `faces.quality.blur_score`; yaw, pitch, roll in degrees.
        engines: which engine found, parsed and described it.
        phash: 256-bit perceptual hash as 4 uint64 words.
        landmark_confidence: how sure the engine is of the landmarks, 0 to 1.
        exposure: mean luma of the face's skin, 0 to 255.
        occlusion: share of the face's hull that something covers, 0 to 1.
        seen: whether somebody has looked at it.
        correction: which correction by hand is in use; None for what the engines said.

    Scores are None for faces stored before they were measured.
    """

    id: int
    row: int
    medium: int
    source: str
    frame: int
    time: float
    index: int
    box: tuple[float, float, float, float]
    confidence: float
    size: float
    blur: float
    yaw: float
    pitch: float
    roll: float
    engines: str
    phash: tuple[int, int, int, int]
    cluster: int | None
    state: FaceState
    landmark_confidence: float | None = None
    exposure: float | None = None
    occlusion: float | None = None
    seen: bool = False
    correction: int | None = None

    @property
    def used(self) -> bool:
        """Whether training and conversion use it."""
        return self.state in USED


@dataclass(frozen=True)
class TrainingFace:
    """What training reads of a face: paths of the 512 px aligned PNG and of its masks.

    The masks are an 8-bit grey PNG of 512 px with bit 0 = face, bit 1 = eyes, bit 2 = mouth.
    """

    id: int
    image: Path
    masks: Path


@dataclass(frozen=True)
class FaceMasks:
    """Segmentation of a 512 px aligned face: three bool arrays (512, 512)."""

    face: Mask
    eyes: Mask
    mouth: Mask

    def packed(self) -> Image:
        """The three masks as bits 0, 1, 2 of one uint8 array (512, 512)."""
        bits = self.face.astype(np.uint8) | (self.eyes.astype(np.uint8) << 1) | (self.mouth.astype(np.uint8) << 2)
        return np.asarray(bits, dtype=np.uint8)

    @classmethod
    def unpacked(cls, bits: Image) -> FaceMasks:
        """The inverse of `packed`."""
        return cls(face=(bits & 1) > 0, eyes=(bits & 2) > 0, mouth=(bits & 4) > 0)
