"""The embedded parser: polygons of the 68 landmarks, the face's rim refined by colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, Mask, Points
from studio.core.vision import cv2
from studio.faces.protocols import checked_face, checked_landmarks

# Lengths in pixels of the 512 px aligned face, in which the inner face spans 192.
_FOREHEAD = 62.0
_TEMPLE = 26.0
# How far the face may reach where it looks like skin: with a high hair line, and above the ears when the head turns.
_HIGH_FOREHEAD = 130.0
_HIGH_TEMPLE = 95.0
_ABOVE_EARS = 80.0
_EYE_GROWTH = 5

# GrabCut runs on a quarter of the side: a sixteenth of the time, and hair strands are not resolved either way. The
# lengths below are in these pixels.
_WORK = 128
_ROUNDS = 2
_CORE_MARGIN = 4
_SIDE_REACH = 1
_BROW_WIDTH = 5
_FEATURE_GROWTH = 2
_SURROUNDINGS = 12

# Distance from the skin's colours, in their standard deviations, up to which a pixel may be skin; what rounding adds to
# those, in levels of Lab; and the share of such pixels around the head from which on colour says nothing.
_SKIN_LIKE = 3.5
_NOISE = (1.0, 0.7, 0.7)
_TOO_ALIKE = 0.4

# A refined face outside these shares of the hull's area is a mistake of the colour models.
_PLAUSIBLE = (0.72, 1.65)

_JAW, _BROWS, _EYES, _MOUTH = slice(0, 17), slice(17, 27), (slice(36, 42), slice(42, 48)), slice(48, 60)


class PolygonParser:
    """Draws the masks from the landmarks; needs no weights.

    Face = hull of jaw and brows, the brows raised toward the forehead; eyes and mouth = hulls of their points. With
    `refine`, GrabCut then moves the face's rim to where skin meets hair or background, up to a high hair line. It can't
    see what covers the middle of the face (hands, microphones) and keeps hair or a hat of skin's colour.
    """

    def __init__(self, refine: bool = True) -> None:
        self._refine = refine
        self.name = "polygons" if refine else "polygons-plain"

    def parse(self, face: Image, landmarks: Points) -> FaceMasks:
        """The masks of an aligned face; see `Parser.parse`."""
        face, points = checked_face(face), checked_landmarks(landmarks)
        eyes = np.zeros((FACE_SIZE, FACE_SIZE), dtype=np.uint8)
        for part in _EYES:
            eyes |= _hull(points[part])
        eyes = cv2.dilate(eyes, _disc(_EYE_GROWTH))
        mouth = _hull(points[_MOUTH])
        plain = _outline(points, _FOREHEAD, _TEMPLE, 0.0)
        mask = _refined(face, points, plain, eyes | mouth) if self._refine else plain
        # Skin around the eyes and lips is face whatever its colour, so that both lie inside.
        mask = np.where(_hull(points) > 0, mask | cv2.dilate(eyes | mouth, _disc(_EYE_GROWTH)), mask)
        inside = mask > 0
        return FaceMasks(face=inside, eyes=(eyes > 0) & inside, mouth=(mouth > 0) & inside)

    def parse_all(self, faces: Sequence[Image], landmarks: Sequence[Points]) -> list[FaceMasks]:
        """The masks of several faces; see `Parser.parse_all`."""
        return [self.parse(face, points) for face, points in zip(faces, landmarks, strict=True)]


def _outline(points: NDArray[np.float64], forehead: float, temple: float, ears: float) -> Image:
    """Hull of jaw and brows, moved up by pixels: the brows above the nose and at the temples, and the jaw's ends."""
    up = points[27] - points[8]
    up = up / max(float(np.hypot(*up)), 1e-6)
    arch = np.sin(np.linspace(0, np.pi, 10))[:, None]
    raised = points[_BROWS] + up * (temple + (forehead - temple) * arch)
    return _hull(np.vstack([points[_JAW], points[[0, 16]] + up * ears, raised]))


def _refined(face: Image, points: NDArray[np.float64], plain: Image, features: Image) -> Image:
    """The hull with its rim where colours change from skin's to others', or as it was where that is implausible."""
    image, hull = _small(face), _small(plain)
    tall = _small(_outline(points, _HIGH_FOREHEAD, _HIGH_TEMPLE, _ABOVE_EARS))
    points = points * (_WORK / FACE_SIZE)
    core = cv2.erode(_hull(points, _WORK), _disc(_CORE_MARGIN)) > 0
    reach = (cv2.dilate(hull, _disc(_SIDE_REACH)) | tall) > 0
    drawn = core & _drawn(points, _small(features))
    skin_like = _skin_like(image, core & ~drawn)
    around = ~reach & ~_neck(points)
    others = around & ~skin_like
    if others.sum() <= (1 - _TOO_ALIKE) * around.sum():
        return plain
    skin = _cut(_paintable(image, core, reach, drawn, others), core, reach, skin_like | (hull > 0))
    if skin is None:
        return plain
    refined = _smooth(skin)
    share = float(refined.sum()) / max(float(plain.sum()), 1.0)
    return refined if _PLAUSIBLE[0] <= share <= _PLAUSIBLE[1] else plain


def _drawn(points: NDArray[np.float64], features: Image) -> Mask:
    """Brows, eyes and lips, where the core has other colours than skin's."""
    brows = np.zeros((_WORK, _WORK), dtype=np.uint8)
    for brow in (points[17:22], points[22:27]):
        cv2.polylines(brows, [np.rint(brow).astype(np.int32)], False, 1, _BROW_WIDTH)
    return np.asarray((cv2.dilate(features, _disc(_FEATURE_GROWTH)) | brows) > 0)


def _skin_like(image: Image, skin: Mask) -> Mask:
    """Where the colours are near those of `skin` by their own spread (Mahalanobis distance in Lab)."""
    if np.count_nonzero(skin) < 2:
        return np.zeros(skin.shape, dtype=np.bool_)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float64)
    away = lab - np.median(lab[skin], axis=0)
    spread = np.cov(away[skin].T) + np.diag(np.square(_NOISE))
    distance = np.einsum("...i,ij,...j", away, np.linalg.inv(spread), away)
    return np.asarray(distance < _SKIN_LIKE**2, dtype=np.bool_)


def _neck(points: NDArray[np.float64]) -> Mask:
    """What lies below the nose, between the sides of the face."""
    y, x = np.ogrid[:_WORK, :_WORK]
    return np.asarray((x > points[0, 0]) & (x < points[16, 0]) & (y > points[30, 1]), dtype=np.bool_)


def _paintable(image: Image, core: Mask, reach: Mask, drawn: Mask, others: Mask) -> Image:
    """The reduced face as the colour models should learn it.

    Brows, eyes and lips would teach them that hair's colours are skin; neck, ears and a bare scalp that skin's are
    background. So the first get the skin's median colour, and all beyond `reach` not among the `others` gets theirs.
    """
    painted = image.copy()
    if (core & ~drawn).any():
        painted[drawn] = np.median(image[core & ~drawn], axis=0)
    painted[~reach & ~others] = np.median(image[others], axis=0)
    return painted


def _cut(image: Image, core: Mask, reach: Mask, likely: Mask) -> Mask | None:
    """GrabCut between `core` (surely face) and the outside of `reach`; None where there is nothing to decide.

    What lies between starts as face where it is `likely`, else as background.
    """
    if not core.any() or reach.all() or not (reach & ~core).any():
        return None
    window = _around(reach)
    labels = np.full(core.shape, cv2.GC_BGD, dtype=np.uint8)
    labels[reach] = np.where(likely[reach], cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    labels[core] = cv2.GC_FGD
    decided = np.ascontiguousarray(labels[window])
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(image[window]), decided, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    labels[window] = decided
    skin = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    return np.asarray(skin, dtype=np.bool_)


def _around(reach: Mask) -> tuple[slice, slice]:
    """Where `reach` lies, with enough around it to learn what its surroundings look like."""
    x, y, width, height = cv2.boundingRect(reach.astype(np.uint8))
    return (
        slice(max(0, y - _SURROUNDINGS), y + height + _SURROUNDINGS),
        slice(max(0, x - _SURROUNDINGS), x + width + _SURROUNDINGS),
    )


def _smooth(skin: Mask) -> Image:
    """The reduced mask at full size: its largest piece, without holes and with a smooth rim."""
    clean = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, _disc(2))
    outlines, _ = cv2.findContours(clean, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros((_WORK, _WORK), dtype=np.float32)
    if outlines:
        cv2.drawContours(filled, [max(outlines, key=cv2.contourArea)], -1, 1.0, cv2.FILLED)
    large = cv2.resize(cv2.GaussianBlur(filled, (0, 0), 1.5), (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > 0.5, dtype=np.uint8)


def _small(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (_WORK, _WORK), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _hull(points: NDArray[np.float64], side: int = FACE_SIZE) -> Image:
    mask = np.zeros((side, side), dtype=np.uint8)
    corners = np.clip(np.rint(points), -4 * side, 4 * side).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(corners), 1)
    return mask


def _disc(radius: int) -> Image:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), dtype=np.uint8)
