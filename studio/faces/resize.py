"""Images at another scale."""

from __future__ import annotations

import numpy as np

from studio.core.records import Image
from studio.core.vision import cv2


def rescaled(image: Image, scale: float) -> Image:
    """`image` (H, W, 3) with both sides times `scale`, at least 1 px: averaged when smaller, bilinear when larger."""
    if scale == 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)
