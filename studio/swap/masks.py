"""Where to blend: masks, squeezed so that hair and background stay out of the solve."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Mask
from studio.core.vision import cv2

SqueezeMethod = Literal["erode", "scale"]


def distance_field(mask: NDArray[Any]) -> NDArray[np.float32]:
    """How far each pixel inside `mask` (H, W) is from the nearest pixel outside it; 0 outside.

    Exact Euclidean distances in pixels, float32; what lies beyond the image counts as outside. Computed once for a
    mask, it makes every squeeze of it a threshold: `distance_field(mask) > pixels`.
    """
    padded = np.pad((mask != 0).astype(np.uint8), 1)
    field = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.ascontiguousarray(field[1:-1, 1:-1], dtype=np.float32)


def blend_field(driver: NDArray[Any], generated: NDArray[Any]) -> NDArray[np.float32]:
    """The field of which a threshold gives `blend_mask` (method "erode"): the smaller of both distances."""
    return np.minimum(distance_field(driver), distance_field(generated))


def squeeze(mask: NDArray[Any], pixels: float, method: SqueezeMethod = "erode") -> Mask:
    """Draw the rim of a mask inwards.

    Args:
        mask: (H, W), bool or uint8 (not zero = inside).
        pixels: 0 or more.
        method: "erode" keeps what is more than `pixels` away (Euclidean) from the nearest pixel outside; what lies
            beyond the image counts as outside. "scale" shrinks the mask about the image's centre, as padding it
            by `pixels` on each side and resizing it back does: by W / (W + 2 pixels) and H / (H + 2 pixels).

    Returns:
        (H, W) bool.

    Raises:
        ValueError: `pixels` is negative or the method unknown.
    """
    if pixels < 0:
        raise ValueError(f"A mask can't be squeezed by {pixels} pixels.")
    if method == "erode":
        return np.asarray(distance_field(mask) > pixels)
    if method == "scale":
        return _shrink(mask, pixels)
    raise ValueError(f"There is no squeeze method {method!r}; there are 'erode' and 'scale'.")


def blend_mask(driver: NDArray[Any], generated: NDArray[Any], pixels: float, method: SqueezeMethod = "erode") -> Mask:
    """Where both faces are, each mask squeezed by `pixels`: (H, W) bool."""
    return squeeze(driver, pixels, method) & squeeze(generated, pixels, method)


def _shrink(mask: NDArray[Any], pixels: float) -> Mask:
    height, width = mask.shape
    across, down = 1 + 2 * pixels / width, 1 + 2 * pixels / height
    # From pixel centres of the result to pixel centres of the mask, about the middle of the image.
    matrix = np.array([[across, 0, (1 - across) * (width - 1) / 2], [0, down, (1 - down) * (height - 1) / 2]])
    levels = np.where(mask != 0, 255, 0).astype(np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(levels, matrix, (width, height), flags=flags, borderValue=0) > 127)
