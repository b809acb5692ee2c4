"""The aligned face: the head upright in the middle of a square, at one scale.

Framing of the released code: the 51 inner landmarks are brought to the mean face by a similarity, the head's centre
(from its pose) to the middle, and the face is scaled so that it spans 192 of 512 px.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from studio.core.framing import FACE_SIZE
from studio.core.records import Image, Mask, Points
from studio.core.vision import cv2
from studio.faces.pose import head_position, normalisation
from studio.faces.protocols import Box, checked_image, checked_landmarks

Matrix = NDArray[np.float64]

_FACE_SPAN = 192.0
_MARGIN = 160.0


def alignment_matrix(landmarks: Points, size: int = FACE_SIZE) -> Matrix:
    """The (2, 3) similarity from the image to the aligned face of `size` px.

    It is that of 512 px times size / 512.

    Raises:
        ValueError: the landmarks are not (68, 2), not finite or all on one point; the size is not positive.
    """
    if size < 1:
        raise ValueError("The size of an aligned face must be at least 1 px.")
    matrix = normalisation(landmarks)
    matrix[:, 2] -= head_position(transform_points(matrix, checked_landmarks(landmarks)).astype(np.float64)).offset()
    matrix *= _FACE_SPAN
    matrix[:, 2] += _MARGIN
    return matrix * (size / FACE_SIZE)


def align_face(image: Image, landmarks: Points, size: int = FACE_SIZE) -> tuple[Image, Matrix]:
    """Cut the face with these landmarks (68, 2) out of `image` (H, W, 3), aligned.

    Returns:
        the aligned face, uint8 (size, size, 3), black where it reaches over the image's edge; and the (2, 3) matrix
        that takes a point of the image to the aligned face.

    Raises:
        ValueError: the image is not uint8 (H, W, 3); the landmarks are not (68, 2), not finite or all on one point.
    """
    image = checked_image(image)
    matrix = alignment_matrix(landmarks, size)
    region, shift = _region(image, matrix, size)
    if region.size == 0:
        return np.zeros((size, size, 3), np.uint8), matrix
    local = matrix.copy()
    local[:, 2] += matrix[:, :2] @ shift
    # Cubic keeps skin texture, which blur scores and training live on; Lanczos would ring at teeth and glasses.
    warped = cv2.warpAffine(_band_limited(region, matrix), local, (size, size), flags=cv2.INTER_CUBIC)
    return np.asarray(warped, dtype=np.uint8), matrix


def seen_in_frame(matrix: Matrix, width: int, height: int, size: int = 512) -> Mask:
    """Which pixels of the aligned face, (size, size) bool, lie on the frame; the rest is black and no part of it."""
    corners = transform_points(matrix, [(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)])
    inside = np.zeros((size, size), dtype=np.uint8)
    # Corners may lie far outside, where fillConvexPoly's fixed-point numbers still hold them.
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    return inside > 0


def transform_points(matrix: Matrix, points: ArrayLike) -> Points:
    """`points` (..., 2) through `matrix` (2, 3), as float32."""
    return np.asarray(np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2], dtype=np.float32)


def transform_box(matrix: Matrix, box: Box) -> Box:
    """`box` (4,) moved and scaled by the similarity `matrix` (2, 3), its sides kept parallel to the axes.

    This is where a finder's box lies on the aligned face, for `FaceFinder.landmarks_in`.
    """
    centre = transform_points(matrix, [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    half = np.array([box[2] - box[0], box[3] - box[1]]) / 2 * _scale(matrix)
    return np.concatenate([centre - half, centre + half]).astype(np.float32)


def invert(matrix: Matrix) -> Matrix:
    """The (2, 3) matrix of the way back.

    Raises:
        ValueError: `matrix` has no inverse.
    """
    if abs(np.linalg.det(matrix[:, :2])) < 1e-12:
        raise ValueError("The matrix has no inverse.")
    inverse = np.linalg.inv(matrix[:, :2])
    return np.column_stack([inverse, -inverse @ matrix[:, 2]])


def _scale(matrix: Matrix) -> float:
    return math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))


def _region(image: Image, matrix: Matrix, size: int) -> tuple[Image, NDArray[np.float64]]:
    """The part of `image` that the aligned face can see, and the (2,) position of its first pixel."""
    corners = transform_points(invert(matrix), [(0, 0), (size, 0), (0, size), (size, size)])
    reach = 4 + 2 / _scale(matrix)
    height, width = image.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0) - reach), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(axis=0) + reach), 0, (width, height)).astype(int)
    return image[y0:y1, x0:x1], np.array([x0, y0], dtype=np.float64)


def _band_limited(region: Image, matrix: Matrix) -> Image:
    """`region` without the detail that a smaller aligned face can't hold, which would alias.

    The Gaussian's width grows from nothing at scale 1 (the rule of scikit-image's `resize`), so that faces of a
    clip that zooms past that scale do not jump in sharpness.
    """
    sigma = (1 / _scale(matrix) - 1) / 2
    if sigma < 0.1:
        return region
    return np.asarray(cv2.GaussianBlur(region, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), dtype=np.uint8)
