"""Faces changed one by one, by OpenCV.

The steps and their order are the paper's. Colours stay in LAB from the equalisation to the end, and are shifted where
fewest pixels are left: a shift moves each channel along a line, so it may change places with averages of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import central_square
from studio.core.records import Image
from studio.core.vision import cv2
from studio.training.augment import (
    CLAHE_LIMIT,
    WARP_MARGIN,
    Change,
    StoredFace,
    clahe_repeats,
    crop_matrix,
    mask_matrix,
    warp_knots,
)


@dataclass(frozen=True, eq=False)
class Sample:
    """One face as the network is trained on it.

    Attributes:
        input: (S, S, 3) uint8, warped in the first part of a training.
        target: (S, S, 3) uint8, never warped.
        masks: (S, S, 3) uint8, 0 to 255: face, eyes, mouth of the target.
    """

    input: Image
    target: Image
    masks: Image


def changed(face: StoredFace, size: int, change: Change) -> Sample:
    """Input, target and masks at `size` px of a stored face; the face itself is not written to."""
    side = face.lab.shape[0]
    lab = _equalised(face.lab, change.tiles)
    table = _shifts(change.shares)
    target = _finished(_target(lab, size, change), table, change.mirrored)
    knots = warp_knots(change, side)
    shown = target if knots is None else _finished(_warped(lab, size, knots), table, change.mirrored)
    masks = _moved(face.masks, mask_matrix(change, side, face.masks.shape[0], size), size)
    return Sample(shown, target, cv2.flip(masks, 1) if change.mirrored else masks)


def _equalised(lab: Image, tiles: int | None) -> Image:
    if tiles is None:
        return lab
    times = clahe_repeats(lab.shape[0])
    lightness = cv2.extractChannel(lab, 0)
    if times > 1:
        lightness = cv2.resize(lightness, None, fx=times, fy=times, interpolation=cv2.INTER_NEAREST)
    lightness = cv2.createCLAHE(clipLimit=CLAHE_LIMIT, tileGridSize=(tiles, tiles)).apply(lightness)
    lightness = np.ascontiguousarray(lightness[times // 2 :: times, times // 2 :: times])
    return np.asarray(cv2.insertChannel(lightness, lab.copy(), 0), dtype=np.uint8)


def _shifts(shares: NDArray[np.float64]) -> Image:
    """(1, 256, 3): where each level of L, a and b goes."""
    levels = np.arange(256, dtype=np.float64)[:, None]
    table = np.where(shares > 0, levels + shares * (255 - levels), levels * (1 + shares))
    return np.rint(table).astype(np.uint8)[None]


def _target(lab: Image, size: int, change: Change) -> Image:
    """The moved central 80 % of a face, averaged down to `size` px."""
    side = lab.shape[0]
    square = central_square(side)
    crop = _moved(lab, crop_matrix(change, side), square.stop - square.start)
    return np.asarray(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _moved(picture: Image, matrix: NDArray[np.float64], side: int) -> Image:
    """(side, side, 3) of a picture under an affine map; its border pixels are repeated outward."""
    out = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)


def _warped(lab: Image, size: int, knots: NDArray[np.float32]) -> Image:
    """The face at `size` px, sampled where the knots of a coarse grid say.

    The grid is enlarged to 1.25 times `size` and its inner part taken: as pixels are squares, that part spans the crop
    exactly, and without displacements the result is the crop itself.
    """
    large = round(WARP_MARGIN * size)
    margin = (large - size) // 2
    dense = cv2.resize(knots, (large, large), interpolation=cv2.INTER_LINEAR)
    inner = dense[margin : margin + size, margin : margin + size]
    out = cv2.remap(lab, inner, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)


def _finished(lab: Image, table: Image, mirrored: bool) -> Image:
    rgb = cv2.cvtColor(cv2.LUT(lab, table), cv2.COLOR_LAB2RGB)
    return np.asarray(cv2.flip(rgb, 1) if mirrored else rgb, dtype=np.uint8)
