"""What stands between the pipeline and the engines that find, parse and describe faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, Points

LANDMARKS = 68
"""Points of a face in the iBUG 300-W order: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 mouth.

The subject's right side comes first, so in an upright picture 0, 17 and 36 lie on the image's left.
"""

Box = NDArray[np.float32]
Features = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Detection:
    """One face in an image.

    Attributes:
        box: (4,) float32, x0 y0 x1 y1 in pixels, inside the image; x1 and y1 are excluded.
        landmarks: (68, 2) float32, x y in pixels of the image, pixel centres at whole numbers; may lie outside it.
        confidence: higher is surer, on the engine's own scale; never compared between engines.
        landmark_confidence: how sure the engine is of the landmarks, 0 to 1; None where it does not say.
    """

    box: Box
    landmarks: Points
    confidence: float
    landmark_confidence: float | None = None

    @property
    def size(self) -> float:
        """The longer side of the box in pixels."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))


class FaceFinder(Protocol):
    """Finds faces and their 68 landmarks."""

    @property
    def name(self) -> str:
        """What is recorded with every face this engine found."""
        ...

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        """The faces of each image (H, W, 3), largest first; an empty list where there is none.

        Raises:
            ValueError: an image is not uint8 (H, W, 3).
        """
        ...

    def landmarks_in(self, image: Image, box: Box) -> Points:
        """The landmarks (68, 2) of the face in `box` (4,), without looking for it: for boxes known already.

        The box must be of the kind this engine's `find` gives: the landmark models are trained on it.

        Raises:
            ValueError: the image is not uint8 (H, W, 3), or the box is empty or lies outside the image.
        """
        ...


class Parser(Protocol):
    """Segments an aligned face."""

    @property
    def name(self) -> str:
        """What is recorded with every face this engine parsed."""
        ...

    def parse(self, face: Image, landmarks: Points) -> FaceMasks:
        """The masks of `face` (512, 512, 3); `landmarks` (68, 2) are in its pixels.

        Eyes and mouth lie inside the face.

        Raises:
            ValueError: the face or the landmarks have another shape or kind.
        """
        ...

    def parse_all(self, faces: Sequence[Image], landmarks: Sequence[Points]) -> list[FaceMasks]:
        """The masks of several faces, as `parse` gives them one by one; together where that is faster.

        Raises:
            ValueError: as `parse`, or faces and landmarks differ in number.
        """
        ...


class IdentityEncoder(Protocol):
    """Turns aligned faces into features in which one person's faces lie near one another (Euclidean)."""

    @property
    def name(self) -> str:
        """What is recorded with every face this engine described."""
        ...

    @property
    def dimensions(self) -> int:
        """The length D of a feature."""
        ...

    @property
    def same_person(self) -> float | None:
        """The published distance below which two faces are one person's; None where nobody published one."""
        ...

    def encode(self, faces: Sequence[Image], landmarks: Sequence[Points]) -> Features:
        """(N, D) float32 features of N faces (512, 512, 3) with landmarks (68, 2) in their pixels.

        Raises:
            ValueError: faces and landmarks differ in number, or one has another shape or kind.
        """
        ...


@dataclass(frozen=True)
class Engines:
    """The three engines that look at a face."""

    finder: FaceFinder
    parser: Parser
    encoder: IdentityEncoder

    @property
    def names(self) -> str:
        """What is recorded with every face: finder+parser+encoder."""
        return f"{self.finder.name}+{self.parser.name}+{self.encoder.name}"


def checked_image(image: Image) -> Image:
    """`image` as a contiguous array.

    Raises:
        ValueError: it is not uint8 (H, W, 3) with at least one pixel.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"An image must be uint8 (H, W, 3), not {_described(image)}.")
    if image.size == 0:
        raise ValueError("An image must have at least one pixel.")
    return np.ascontiguousarray(image)


def checked_face(face: Image) -> Image:
    """`face` as a contiguous array.

    Raises:
        ValueError: it is not uint8 (512, 512, 3).
    """
    face = checked_image(face)
    if face.shape[:2] != (FACE_SIZE, FACE_SIZE):
        raise ValueError(
            f"An aligned face must be {FACE_SIZE} x {FACE_SIZE} px, not {face.shape[1]} x {face.shape[0]}."
        )
    return face


def checked_landmarks(landmarks: Points) -> NDArray[np.float64]:
    """`landmarks` as float64.

    Raises:
        ValueError: they are not (68, 2) or not all finite.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    if points.shape != (LANDMARKS, 2):
        raise ValueError(f"Landmarks must be ({LANDMARKS}, 2), not {points.shape}.")
    if not np.isfinite(points).all():
        raise ValueError("Landmarks must be finite.")
    return points


def checked_box(box: Box, image: Image) -> NDArray[np.float64]:
    """`box` cut to `image`, as float64.

    Raises:
        ValueError: it is not (4,) and finite, or nothing of it lies in the image.
    """
    corners = np.asarray(box, dtype=np.float64)
    if corners.shape != (4,) or not np.isfinite(corners).all():
        raise ValueError("A box must be four finite numbers: x0, y0, x1, y1.")
    height, width = image.shape[:2]
    corners = np.clip(corners, 0, [width, height, width, height])
    if corners[2] - corners[0] < 1 or corners[3] - corners[1] < 1:
        raise ValueError("The box is empty or lies outside the image.")
    return corners


def _described(value: object) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
