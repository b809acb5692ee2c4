"""Random changes to faces before they are shown to the network: the paper's steps in the paper's order.

Values are the released code's. A face may be stored smaller than 512 px (see `working_size`); what is said in pixels of
the 512 px face then shrinks with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.framing import FACE_SIZE, central_square
from studio.core.records import Image
from studio.core.vision import cv2

_CLAHE_LIMIT = 2.0
_WARP_POINTS = 5
_WARP_MARGIN = 1.25

Generator = np.random.Generator


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


def working_size(size: int) -> int:
    """Side of the stored face for a network of `size` px: its central 80 % is twice the network's size, at most 512.

    Below 512 px this costs nothing in sharpness (the target is made by area averaging either way) and makes every step
    on small networks many times cheaper.
    """
    return min(FACE_SIZE, size * 5 // 2)


def augmented(face: Image, masks: Image, size: int, bounds: Augmentation, warp: bool, random: Generator) -> Sample:
    """Input, target and masks of one face, changed at random.

    Args:
        face: (W, W, 3) uint8 RGB aligned face.
        masks: (W, W, 3) uint8, 0 or 255: face, eyes, mouth.
        size: side S of the network.
        bounds: how far it may be changed.
        warp: whether the input is warped.
        random: where chance comes from; equal states give equal samples.
    """
    face = shifted_colours(equalised(face, bounds, random), bounds, random)
    matrix = random_affine(face.shape[0], bounds, random)
    face, masks = moved(face, matrix), moved(masks, matrix)
    target, masks = shrunk(face, size), shrunk(masks, size)
    shown = warped(face, size, bounds, random) if warp else target
    if bounds.flip and random.random() < 0.5:
        shown, target, masks = (np.ascontiguousarray(part[:, ::-1]) for part in (shown, target, masks))
    return Sample(input=shown, target=target, masks=masks)


def equalised(face: Image, bounds: Augmentation, random: Generator) -> Image:
    """Contrast-limited adaptive histogram equalisation of the lightness, by chance, with 4 to 12 tiles a side."""
    if random.random() >= bounds.clahe_chance:
        return face
    tiles = 4 + 2 * round(random.uniform(0, 4))
    lab = cv2.cvtColor(face, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=_CLAHE_LIMIT, tileGridSize=(tiles, tiles)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)


def shifted_colours(face: Image, bounds: Augmentation, random: Generator) -> Image:
    """Each channel of LAB moved by a random share: a positive one toward 255, a negative one toward 0."""
    limits = np.array([bounds.lightness_shift, bounds.colour_shift, bounds.colour_shift])
    shares = random.uniform(-limits, limits)
    levels = np.arange(256, dtype=np.float64)[:, None]
    table = np.where(shares > 0, levels + shares * (255 - levels), levels * (1 + shares))
    table = np.rint(table).astype(np.uint8)[None]
    lab = cv2.LUT(cv2.cvtColor(face, cv2.COLOR_RGB2LAB), table)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)


def random_affine(side: int, bounds: Augmentation, random: Generator) -> NDArray[np.float64]:
    """A (2, 3) matrix that rotates, scales and shifts about the centre of a picture of `side` px."""
    angle = random.uniform(-bounds.rotation, bounds.rotation)
    scale = 1 + random.uniform(-bounds.zoom, bounds.zoom)
    centre = (side - 1) / 2
    matrix = cv2.getRotationMatrix2D((centre, centre), angle, scale)
    matrix[:, 2] += random.uniform(-bounds.shift, bounds.shift, size=2) * side
    return np.asarray(matrix, dtype=np.float64)


def moved(picture: Image, matrix: NDArray[np.float64]) -> Image:
    """`picture` (W, W, 3) under an affine map; its border pixels are repeated outward."""
    side = picture.shape[0]
    out = cv2.warpAffine(picture, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)


def shrunk(picture: Image, size: int) -> Image:
    """The central 80 % of `picture` (W, W, 3), averaged down to `size` px."""
    square = central_square(picture.shape[0])
    out = cv2.resize(picture[square, square], (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(out, dtype=np.uint8)


def warped(face: Image, size: int, bounds: Augmentation, random: Generator) -> Image:
    """The central 80 % of `face` (W, W, 3) at `size` px, bent by noise on a 5 x 5 grid.

    The grid is enlarged to 1.25 times `size` and its inner part taken: as pixels are squares, that part spans the crop
    exactly, and without noise the result is the crop itself.
    """
    side = face.shape[0]
    square = central_square(side)
    line = np.linspace(square.start, square.stop, _WARP_POINTS) - 0.5
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    grid += random.normal(scale=bounds.warp_sigma * side / FACE_SIZE, size=grid.shape)
    large = round(_WARP_MARGIN * size)
    margin = (large - size) // 2
    dense = cv2.resize(grid.astype(np.float32), (large, large), interpolation=cv2.INTER_LINEAR)
    inner = np.ascontiguousarray(dense[margin : margin + size, margin : margin + size])
    out = cv2.remap(face, inner, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.uint8)
