"""The embedded parser: polygons of the 68 landmarks, the face's rim refined by colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, Mask, Points
from studio.core.vision import cv2
from studio.faces.protocols import checked_face, checked_landmarks

# Lengths in pixels of the 512 px aligned face, in which the inner face spans 192.
_FOREHEAD = 62.0
_TEMPLE = 26.0
_EYE_GROWTH = 5

# GrabCut runs on a quarter of the side: a sixteenth of the time, and hair strands are not resolved either way. The
# lengths below are in these pixels.
_WORK = 128
_ROUNDS = 2
_CORE_MARGIN = 4
_SIDE_REACH = 1
_FOREHEAD_REACH = 8
_BROW_WIDTH = 5
_FEATURE_GROWTH = 2
_SURROUNDINGS = 12

# A refined face outside these shares of the hull's area is a mistake of the colour models.
_PLAUSIBLE = (0.72, 1.25)

_JAW, _BROWS, _EYES, _MOUTH = slice(0, 17), slice(17, 27), (slice(36, 42), slice(42, 48)), slice(48, 60)


class PolygonParser:
    """Draws the masks from the landmarks; needs no weights.

    Face = hull of jaw and brows, the brows raised toward the forehead; eyes and mouth = hulls of their points. With
    `refine`, GrabCut then moves the face's rim to where skin meets hair or background. It can't see what covers the
    middle of the face (hands, microphones) and keeps hair or a hat of skin's colour.
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
        plain = _hull(np.vstack([points[_JAW], _raised_brows(points)]))
        mask = _refined(face, points, plain, eyes | mouth) if self._refine else plain
        # Skin around the eyes and lips is face whatever its colour, so that both lie inside.
        mask = np.where(_hull(points) > 0, mask | cv2.dilate(eyes | mouth, _disc(_EYE_GROWTH)), mask)
        inside = mask > 0
        return FaceMasks(face=inside, eyes=(eyes > 0) & inside, mouth=(mouth > 0) & inside)


def _raised_brows(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The brow points moved toward the hair line: most above the nose, least at the temples."""
    up = points[27] - points[8]
    up = up / max(float(np.hypot(*up)), 1e-6)
    arch = np.sin(np.linspace(0, np.pi, 10))[:, None]
    return np.asarray(points[_BROWS] + up * (_TEMPLE + (_FOREHEAD - _TEMPLE) * arch), dtype=np.float64)


def _refined(face: Image, points: NDArray[np.float64], plain: Image, features: Image) -> Image:
    """The hull with its rim where colours change from skin's to others', or as it was where that is implausible."""
    image, hull, points = _small(face), _small(plain), points * (_WORK / FACE_SIZE)
    core = cv2.erode(_hull(points, _WORK), _disc(_CORE_MARGIN)) > 0
    reach = (cv2.dilate(hull, _disc(_SIDE_REACH)) | (_shifted_up(hull, _FOREHEAD_REACH) & _above_brows(points))) > 0
    skin = _cut(_paintable(image, points, core, reach, _small(features)), core, reach)
    if skin is None:
        return plain
    refined = _smooth(skin)
    share = float(refined.sum()) / max(float(plain.sum()), 1.0)
    return refined if _PLAUSIBLE[0] <= share <= _PLAUSIBLE[1] else plain


def _paintable(image: Image, points: NDArray[np.float64], core: Mask, reach: Mask, features: Image) -> Image:
    """The reduced face as the colour models should learn it.

    Brows, eyes and lips would teach them that hair's colours are skin, the neck that skin's are background; so the
    first get the skin's median colour, the second that of the background.
    """
    brows = np.zeros((_WORK, _WORK), dtype=np.uint8)
    for brow in (points[17:22], points[22:27]):
        cv2.polylines(brows, [np.rint(brow).astype(np.int32)], False, 1, _BROW_WIDTH)
    drawn = (cv2.dilate(features, _disc(_FEATURE_GROWTH)) | brows) > 0
    plain_skin = core & ~drawn
    y, x = np.ogrid[:_WORK, :_WORK]
    neck = ~reach & (y > points[30, 1]) & (x > points[0, 0]) & (x < points[16, 0])
    other = ~reach & ~neck
    painted = image.copy()
    if plain_skin.any():
        painted[drawn & core] = np.median(image[plain_skin], axis=0)
    if other.any():
        painted[neck] = np.median(image[other], axis=0)
    return painted


def _cut(image: Image, core: Mask, reach: Mask) -> Mask | None:
    """GrabCut between `core` (surely face) and the outside of `reach`; None where there is nothing to decide."""
    if not core.any() or reach.all() or not (reach & ~core).any():
        return None
    window = _around(reach)
    labels = np.where(core, cv2.GC_FGD, np.where(reach, cv2.GC_PR_FGD, cv2.GC_BGD)).astype(np.uint8)
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


def _shifted_up(mask: Image, pixels: int) -> Image:
    shifted = np.zeros_like(mask)
    shifted[:-pixels] = mask[pixels:]
    return shifted


def _above_brows(points: NDArray[np.float64]) -> Image:
    rows = np.arange(_WORK)[:, None] < points[_BROWS, 1].mean()
    return np.repeat(rows.astype(np.uint8), _WORK, axis=1)
