"""What chance decides for each face before it is shown to the network: the paper's steps in the paper's order.

Values are the released code's. A face may be stored smaller than 512 px (see `working_size`); what is said in pixels of
the 512 px face then shrinks with it. What is decided here is carried out by `augment_cpu` face by face, or by
`augment_gpu` for a whole batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import COVERAGE, FACE_SIZE, central_square
from studio.core.records import Image
from studio.core.vision import cv2

CLAHE_LIMIT = 2.0
"""Clip limit of the equalisation (released code)."""

WARP_MARGIN = 1.25
"""The warp's grid is enlarged to so many times the network's size, and its inner part taken (released code)."""

_WARP_POINTS = 5

Generator = np.random.Generator
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Augmentation:
    """How far faces may be changed.

    Attributes:
        clahe_chance: chance of equalising local contrast.
        lightness_shift, colour_shift: largest share by which L, and a and b, move toward 0 or 255.
        rotation: degrees, either way.
        zoom: share by which the scale may differ from 1.
        shift: share of the face's side, per axis.
        warp_sigma: standard deviation of the warp's grid in pixels of the 512 px face.
        flip: mirror half of the faces.
    """

    clahe_chance: float = 0.5
    lightness_shift: float = 0.3
    colour_shift: float = 0.08
    rotation: float = 10.0
    zoom: float = 0.05
    shift: float = 0.05
    warp_sigma: float = 5.0
    flip: bool = True


@dataclass(frozen=True, eq=False)
class Change:
    """What is done to one stored face of W px, in this order.

    Attributes:
        tiles: tiles a side of the contrast-limited equalisation of the lightness; None: it is left out.
        shares: (3,) by which L, a and b move: a positive one toward 255, a negative one toward 0.
        matrix: (2, 3) rotates, scales and shifts about the centre, in pixels of the stored face.
        bend: (5, 5, 2) x and y in pixels of the stored face by which the input's grid is displaced; None: no warp.
        mirrored: whether input, target and masks are mirrored.
    """

    tiles: int | None
    shares: NDArray[np.float64]
    matrix: Matrix
    bend: NDArray[np.float64] | None
    mirrored: bool


@dataclass(frozen=True, eq=False)
class StoredFace:
    """A face as it is kept in memory.

    Attributes:
        lab: (W, W, 3) uint8, OpenCV's 8-bit LAB: every change begins there.
        masks: (M, M, 3) uint8, 0 to 255: face, eyes, mouth of the same picture at the network's scale.
    """

    lab: Image
    masks: Image

    @property
    def nbytes(self) -> int:
        """Bytes it takes."""
        return self.lab.nbytes + self.masks.nbytes


def working_size(size: int) -> int:
    """Side of the stored face for a network of `size` px: its central 80 % is twice the network's size, at most 512.

    Below 512 px this costs nothing in sharpness (the target is made by area averaging either way) and makes every step
    on small networks many times cheaper.
    """
    return min(FACE_SIZE, size * 5 // 2)


def clahe_repeats(side: int) -> int:
    """How many times each pixel of a stored face of `side` px counts in the equalisation, per axis.

    OpenCV clips a tile's histogram at whole numbers and gives what does not come out even to the darkest levels: tiles
    of few pixels become far too bright. Repeated until there are about as many as at 512 px, they do not.
    """
    return max(1, round(FACE_SIZE / side))


def stored_face(face: Image, masks: Image, size: int) -> StoredFace:
    """A face (W, W, 3) uint8 RGB and its masks (W, W, 3), 0 or 255, as they are kept for a network of `size` px."""
    side = round(size / COVERAGE)
    small = cv2.resize(masks, (side, side), interpolation=cv2.INTER_AREA)
    return StoredFace(cv2.cvtColor(face, cv2.COLOR_RGB2LAB), np.asarray(small, dtype=np.uint8))


def drawn(side: int, bounds: Augmentation, warp: bool, random: Generator) -> Change:
    """What chance decides for a stored face of `side` px; equal states of `random` decide alike.

    Args:
        warp: whether the input is warped.
    """
    equalise = random.random() < bounds.clahe_chance
    tiles = 4 + 2 * round(random.uniform(0, 4)) if equalise else None
    limits = np.array([bounds.lightness_shift, bounds.colour_shift, bounds.colour_shift])
    shares = random.uniform(-limits, limits)
    matrix = _affine(side, bounds, random)
    sigma = bounds.warp_sigma * side / FACE_SIZE
    bend = random.normal(scale=sigma, size=(_WARP_POINTS, _WARP_POINTS, 2)) if warp else None
    return Change(tiles, shares, matrix, bend, mirrored=bounds.flip and random.random() < 0.5)


def crop_matrix(change: Change, side: int) -> Matrix:
    """(2, 3): a stored face of `side` px to its moved central 80 %, pixel for pixel."""
    start = central_square(side).start
    matrix: Matrix = change.matrix - np.array([[0, 0, start], [0, 0, start]])
    return matrix


def mask_matrix(change: Change, side: int, stored: int, size: int) -> Matrix:
    """(2, 3): masks of `stored` px of a face of `side` px to those of its moved central 80 % at `size` px."""
    square = central_square(side)
    out = _rescaled(size / (square.stop - square.start))
    into = _rescaled(side / stored)
    matrix: Matrix = (out @ _square(crop_matrix(change, side)) @ into)[:2]
    return matrix


def warp_knots(change: Change, side: int) -> NDArray[np.float32] | None:
    """(5, 5, 2) x and y in the stored face of `side` px where the knots of the input's grid come from.

    They are displaced in the moved face and taken back from there: enlarging a grid between its knots and an affine map
    can change places, so the input is sampled once instead of twice.
    """
    if change.bend is None:
        return None
    square = central_square(side)
    line = np.linspace(square.start, square.stop, _WARP_POINTS) - 0.5
    knots = np.stack(np.meshgrid(line, line), axis=-1) + change.bend
    back = np.linalg.inv(_square(change.matrix))[:2]
    return np.asarray(knots @ back[:, :2].T + back[:, 2], dtype=np.float32)


def _affine(side: int, bounds: Augmentation, random: Generator) -> Matrix:
    angle = random.uniform(-bounds.rotation, bounds.rotation)
    scale = 1 + random.uniform(-bounds.zoom, bounds.zoom)
    centre = (side - 1) / 2
    matrix = cv2.getRotationMatrix2D((centre, centre), angle, scale)
    matrix[:, 2] += random.uniform(-bounds.shift, bounds.shift, size=2) * side
    return np.asarray(matrix, dtype=np.float64)


def _square(matrix: Matrix) -> Matrix:
    return np.vstack([matrix, [0.0, 0.0, 1.0]])


def _rescaled(factor: float) -> Matrix:
    """(3, 3): pixels are squares, so their centres lie half a pixel in."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])
