"""Where a head looks: its pose from 68 landmarks and the mean head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Points
from studio.core.vision import cv2
from studio.faces.meanface import HEAD_CENTRE, INNER, MEAN_FACE, MEAN_HEAD, POSE_LANDMARKS
from studio.faces.protocols import checked_landmarks

Array = NDArray[np.float64]

_CAMERA = np.array([[4.0, 0.0, 0.5], [0.0, 4.0, 0.5], [0.0, 0.0, 1.0]])

# With x toward the subject's right and y up, the head lies behind this camera: projecting through it turns both axes.
_FRONTAL_ROTATION = np.zeros((3, 1))
_FRONTAL_POSITION = np.array([[0.0], [3.4], [-58.0]])


@dataclass(frozen=True, eq=False)
class HeadPosition:
    """Where the mean head has to be for its landmarks to fall on a normalised face's.

    Attributes:
        rotation: (3,) rotation vector, translation: (3,), as `cv2.solvePnP` gives them.
    """

    rotation: Array
    translation: Array

    def offset(self) -> Array:
        """(2,): how far the head's centre lies from the middle (.5, .5) of the normalised face."""
        centre, _ = cv2.projectPoints(HEAD_CENTRE, self.rotation, self.translation, _CAMERA, None)
        return np.asarray(centre, dtype=np.float64).reshape(2) - 0.5


def similarity(source: Array, target: Array) -> Array:
    """The (2, 3) rotation, uniform scale and shift that takes `source` (N, 2) nearest to `target` (N, 2).

    Least squares after Umeyama (1991), equations 40 to 43; never a reflection.

    Raises:
        ValueError: the source's points all coincide, so no scale fits.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_centred, target_centred = source - source_mean, target - target_mean
    variance = (source_centred**2).sum() / len(source)
    if variance < 1e-12 * max(1.0, float(np.abs(source).max()) ** 2):
        raise ValueError("The landmarks all lie on one point.")
    left, singular, right = np.linalg.svd(target_centred.T @ source_centred / len(source))
    signs = np.array([1.0, 1.0 if np.linalg.det(left) * np.linalg.det(right) >= 0 else -1.0])
    turn = left @ np.diag(signs) @ right
    scale = (singular * signs).sum() / variance
    if scale <= 0:
        raise ValueError("The landmarks are not those of a face.")
    return np.column_stack([scale * turn, target_mean - scale * turn @ source_mean])


def normalisation(landmarks: Points) -> Array:
    """The (2, 3) similarity from the image to units in which the upright inner face spans 0..1.

    Raises:
        ValueError: the landmarks are not (68, 2), not finite, or all on one point.
    """
    return similarity(checked_landmarks(landmarks)[INNER], MEAN_FACE)


def head_position(normalised: Array) -> HeadPosition:
    """The position of the mean head for landmarks (68, 2) in normalised units (see `normalisation`)."""
    _, rotation, translation = cv2.solvePnP(
        MEAN_HEAD, np.ascontiguousarray(normalised[POSE_LANDMARKS]), _CAMERA, None,
        _FRONTAL_ROTATION.copy(), _FRONTAL_POSITION.copy(), useExtrinsicGuess=True, flags=cv2.SOLVEPNP_ITERATIVE,
    )  # fmt: skip
    return HeadPosition(np.asarray(rotation).reshape(3), np.asarray(translation).reshape(3))


def head_pose(landmarks: Points) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees of the head with these landmarks (68, 2) in image coordinates.

    All are 0 for a face that looks into the camera upright, and seen as the viewer sees the image:

    - yaw is positive when the nose points to the image's right side, -90 to 90;
    - pitch is positive when the face looks up, -180 to 180;
    - roll is positive when the head is tilted clockwise, -180 to 180; a picture turned clockwise adds to it.

    The head is pitched first, then yawed, then rolled. A mirrored image negates yaw and roll and keeps pitch.

    Raises:
        ValueError: the landmarks are not (68, 2), not finite, or all on one point.
    """
    points = checked_landmarks(landmarks)
    matrix = normalisation(landmarks)
    head = head_position(points @ matrix[:, :2].T + matrix[:, 2])
    turn = np.asarray(cv2.Rodrigues(head.rotation)[0], dtype=np.float64)
    yaw = np.arcsin(np.clip(turn[2, 0], -1.0, 1.0))
    pitch = np.arctan2(-turn[2, 1], turn[2, 2])
    roll = np.arctan2(turn[1, 0], turn[0, 0]) - np.arctan2(matrix[1, 0], matrix[0, 0])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), (float(np.degrees(roll)) + 180.0) % 360.0 - 180.0
