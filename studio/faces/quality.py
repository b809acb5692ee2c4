"""How sharp an aligned face is, by the released code's two scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.core.vision import cv2
from studio.faces.protocols import checked_face

_BLUR_WINDOW = 150
_FREQUENCY_WINDOW = 200
_LOW_FREQUENCIES = 150

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


def _grey_centre(face: Image, window: int) -> NDArray[np.uint8]:
    face = checked_face(face)
    start = (face.shape[0] - window) // 2
    centre = face[start : start + window, start : start + window]
    return np.asarray(cv2.cvtColor(centre, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
