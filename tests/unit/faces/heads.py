"""Landmarks whose pose is known, and painted faces they belong to."""

import numpy as np

from studio.core.vision import cv2
from studio.faces.meanface import MEAN_FACE, MEAN_HEAD, POSE_LANDMARKS

_JAW_AND_BROWS = [*range(16, -1, -1), *range(26, 16, -1)]
_NOSE_AND_EYES = [27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
_MOUTH = [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]

MIRRORED = np.array(_JAW_AND_BROWS + _NOSE_AND_EYES + _MOUTH)
"""Where each landmark goes when the picture is mirrored."""


def frontal_landmarks():
    """(68, 2): the mean face with an elliptic jaw, in the pixels of a 512 px aligned face."""
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.column_stack([0.5 + 0.58 * np.cos(angles), 0.25 + 0.97 * np.sin(angles)])
    return (np.vstack([jaw, MEAN_FACE]) * 192 + 160).astype(np.float32)


def head_points():
    """(68, 3): landmarks on a head that faces the viewer; x to the image's right, y down, z away from the viewer.

    The mean head gives 26 of them; the others take their place in the plane from the mean face, and their depth from
    their neighbours.
    """
    flat = np.column_stack([frontal_landmarks(), np.ones(68)]).astype(np.float64)
    plane, *_ = np.linalg.lstsq(flat[POSE_LANDMARKS], MEAN_HEAD[:, :2], rcond=None)
    head = np.column_stack([flat @ plane, np.zeros(68)])
    gaps = np.linalg.norm(head[:, None, :2] - MEAN_HEAD[None, :, :2], axis=2)
    weights = 1 / (gaps + 0.2) ** 3
    head[:, 2] = (weights @ MEAN_HEAD[:, 2]) / weights.sum(axis=1)
    head[POSE_LANDMARKS] = MEAN_HEAD
    return -head


def posed_landmarks(yaw=0.0, pitch=0.0, roll=0.0, scale=20.0, centre=(300.0, 240.0)):
    """(68, 2): image coordinates of the head turned by degrees as `head_pose` defines them, seen from afar."""
    a, b, c = np.radians([yaw, pitch, roll])
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    tilt = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    seen = head_points() @ (tilt @ turn @ nod).T
    shrink = 58 / (58 + seen[:, 2:])
    return (seen[:, :2] * shrink * scale + centre).astype(np.float32)


def mirrored(landmarks, width):
    """The landmarks of the mirrored picture of `width` px."""
    flipped = landmarks[MIRRORED].copy()
    flipped[:, 0] = width - 1 - flipped[:, 0]
    return flipped


def painted_face(hair=(50, 35, 25), forehead=100):
    """An aligned face as flat colours: grey wall, skin, brows, eyes, lips, hair from above the forehead on.

    `forehead` is the height of the hair line in pixels above the nose's bridge.
    Returns the picture (512, 512, 3), its landmarks (68, 2) and the mask of what is skin (512, 512).
    """
    landmarks = frontal_landmarks()
    picture = np.full((512, 512, 3), (150, 155, 150), np.uint8)
    cv2.rectangle(picture, (200, 380), (312, 511), (196, 145, 120), -1)
    cv2.ellipse(picture, (256, 230), (135, 50 + forehead), 0, 0, 360, hair, -1)
    skin = np.zeros((512, 512), np.uint8)
    cv2.fillConvexPoly(skin, cv2.convexHull(np.rint(landmarks).astype(np.int32)), 1)
    cv2.ellipse(skin, (256, 215), (100, forehead), 0, 180, 360, 1, -1)
    picture[skin > 0] = (200, 150, 125)
    for part, colour in (
        (slice(36, 42), (240, 240, 240)),
        (slice(42, 48), (240, 240, 240)),
        (slice(48, 60), (170, 80, 80)),
    ):
        cv2.fillConvexPoly(picture, cv2.convexHull(np.rint(landmarks[part]).astype(np.int32)), colour)
    for brow in (slice(17, 22), slice(22, 27)):
        cv2.polylines(picture, [np.rint(landmarks[brow]).astype(np.int32)], False, (60, 40, 30), 8)
    noise = np.random.default_rng(0).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), landmarks, skin > 0
