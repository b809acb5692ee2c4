"""How good an aligned face is: sharpness by the released code's two scores, exposure, landmarks, occlusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import FACE_SIZE
from studio.core.records import FaceMasks, Image, Points
from studio.core.vision import cv2
from studio.faces.protocols import checked_face, checked_landmarks

_BLUR_WINDOW = 150
_FREQUENCY_WINDOW = 200
_LOW_FREQUENCIES = 150

# Two findings of the inner landmarks that lie this far apart, in pixels of the 512 px face whose inner part spans 192,
# agree by 1/e: 5 % of that span, twice what two good models differ by inside the face.
_APART = 9.6
_INNER = slice(17, 68)

# What a window without any detail scores: log of a hundred-thousandth of a grey level.
_FLOOR = 1e-5


def blur_score(face: Image) -> float:
    """Variance of the Laplacian of the grey central 150 x 150 px of a 512 px face, divided by 150; higher is sharper.

    Raises:
        ValueError: the face is not uint8 (512, 512, 3).
    """
    return float(cv2.Laplacian(_grey_centre(face, _BLUR_WINDOW), cv2.CV_64F).var() / _BLUR_WINDOW)


def frequency_score(face: Image) -> float:
    """Mean log magnitude of the central 200 px of a 512 px face without their lowest 150 x 150 frequencies.

    Natural logarithm of grey levels; higher is sharper. It sees focus where the blur score sees noise as detail too.

    Raises:
        ValueError: the face is not uint8 (512, 512, 3).
    """
    spectrum = np.fft.fftshift(np.fft.fft2(_grey_centre(face, _FREQUENCY_WINDOW).astype(np.float64)))
    start = (_FREQUENCY_WINDOW - _LOW_FREQUENCIES) // 2
    spectrum[start : start + _LOW_FREQUENCIES, start : start + _LOW_FREQUENCIES] = 0
    detail = np.abs(np.fft.ifft2(np.fft.ifftshift(spectrum)))
    return float(np.log(detail + _FLOOR).mean())


def exposure(face: Image, masks: FaceMasks) -> float:
    """Mean luma of the skin of a 512 px face, 0 (black) to 255: of the face's mask less eyes and mouth.

    Rec. 601 luma; of the whole face where the mask holds no skin.

    Raises:
        ValueError: the face is not uint8 (512, 512, 3).
    """
    luma = cv2.cvtColor(checked_face(face), cv2.COLOR_RGB2GRAY)
    skin = masks.face & ~masks.eyes & ~masks.mouth
    return float(luma[skin].mean() if skin.any() else luma.mean())


def landmark_agreement(landmarks: Points, again: Points) -> float:
    """How well two findings of the landmarks (68, 2) of one face agree, 0 to 1, both in pixels of the 512 px face.

    exp(-d / 9.6) of the mean distance d between the 51 inner points. A finder that sees the same face in the frame and
    in the aligned face places its landmarks alike; one that guesses does not.

    Raises:
        ValueError: landmarks are not (68, 2) or not finite.
    """
    apart = np.linalg.norm(checked_landmarks(landmarks)[_INNER] - checked_landmarks(again)[_INNER], axis=1)
    return float(np.exp(-apart.mean() / _APART))


def occlusion(landmarks: Points, masks: FaceMasks) -> float:
    """Share (0 to 1) of the hull of the landmarks (68, 2), in pixels of the 512 px face, that the mask leaves out.

    Only as good as what made the masks: a parser that draws them from the landmarks sees hair over the rim at best.

    Raises:
        ValueError: landmarks are not (68, 2) or not finite.
    """
    hull = np.zeros((FACE_SIZE, FACE_SIZE), dtype=np.uint8)
    outline = cv2.convexHull(np.rint(checked_landmarks(landmarks)).astype(np.int32))
    cv2.fillConvexPoly(hull, outline, 1)
    inside = hull > 0
    whole = int(np.count_nonzero(inside))
    return 1.0 - int(np.count_nonzero(inside & masks.face)) / whole if whole else 1.0


def _grey_centre(face: Image, window: int) -> NDArray[np.uint8]:
    face = checked_face(face)
    start = (face.shape[0] - window) // 2
    centre = face[start : start + window, start : start + window]
    return np.asarray(cv2.cvtColor(centre, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
