"""The small picture of an aligned face, for whoever shows many at once."""

from __future__ import annotations

import numpy as np

from studio.core.errors import StorageError
from studio.core.records import Image
from studio.core.vision import cv2

SIDE = 160
_QUALITY = 85
# The central 80 % of an aligned face holds the whole face.
_CROP = 0.8


def thumbnail(face: Image) -> bytes:
    """The middle of a 512 px aligned face, (512, 512, 3) RGB uint8, as a JPEG of 160 px.

    Raises:
        StorageError: it could not be encoded.
    """
    side = face.shape[0]
    cut = round(side * (1 - _CROP) / 2)
    small = cv2.resize(face[cut : side - cut, cut : side - cut], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(small[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise StorageError("A thumbnail could not be encoded.", code="storage.encode")
    return bytes(data)
