"""From a generated face to the frame: place, colour, blend in the aligned 512 px space, and warp back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from studio.core.config import Settings
from studio.core.framing import CENTRAL_SIZE, FACE_SIZE, central_square
from studio.core.records import Image, Mask
from studio.core.vision import cv2
from studio.swap.colour import ColourTransfer, transfer
from studio.swap.masks import SqueezeMethod, blend_mask, distance_field
from studio.swap.membrane import Membrane, poisson_blend

_CENTRAL = central_square()


class BlendSettings(Settings):
    """How a generated face is blended into the driver's; lengths in pixels of the 512 px aligned face."""

    squeeze: float = Field(default=15, ge=0, le=60, description="pixels by which each mask is squeezed, 0 to 60")
    squeeze_method: SqueezeMethod = Field(default="erode", description="erode or scale")
    mask: Literal["advanced", "driver"] = Field(
        default="advanced",
        description="advanced (both masks squeezed and intersected) or driver (the driver's mask as it is)",
    )
    blend: Literal["poisson", "mixed", "alpha"] = Field(
        default="poisson",
        description="poisson, mixed (poisson that keeps the driver's gradients where they are larger) or alpha",
    )
    colour: ColourTransfer = Field(default="none", description="colour transfer before blending: none, lab or mkl")
    feather: float = Field(
        default=8, ge=0, le=64, description="width in pixels of the soft rim inside the mask, alpha only, 0 to 64"
    )


@dataclass(frozen=True)
class BlendedFace:
    """A driver's aligned face with the generated one blended in.

    Attributes:
        image: (512, 512, 3) RGB uint8, bit-identical to the driver's face outside the mask.
        mask: (512, 512) bool, where it was blended; nowhere, if the masks were squeezed to nothing.
    """

    image: Image
    mask: Mask


@dataclass(frozen=True, eq=False)
class AlignedSwap:
    """One face of a frame and the one that is put in its place, before they are blended.

    Attributes:
        driver: (512, 512, 3) RGB uint8, the aligned face; generated: (S, S, 3), the network's, of the central 410 px.
        driver_mask, generated_mask: (512, 512) bool, faces in aligned space.
        matrix: (2, 3) float64, from frame to aligned face.
    """

    driver: Image
    generated: Image
    driver_mask: Mask
    generated_mask: Mask
    matrix: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """Pixels of the frame to one of the aligned face."""
        return 1 / float(np.sqrt(abs(np.linalg.det(self.matrix[:, :2]))))


def swap_in(
    frame: Image, face: AlignedSwap, settings: BlendSettings, start: Membrane | None = None
) -> tuple[Image, BlendedFace]:
    """The frame (H, W, 3) with one face swapped, and that face; where its mask is nothing, the frame as it is.

    `start`: see `blend_face`.
    """
    done = blend_face(face.driver, face.generated, face.driver_mask, face.generated_mask, settings, start)
    return (insert(frame, done, face.matrix) if done.mask.any() else frame), done


def place_generated(generated: Image) -> Image:
    """The network's face (S, S, 3) in its place in the aligned one: (512, 512, 3), filled up by its own rim."""
    shrinks = generated.shape[0] > CENTRAL_SIZE
    central = cv2.resize(
        generated, (CENTRAL_SIZE, CENTRAL_SIZE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    before, after = _CENTRAL.start, FACE_SIZE - _CENTRAL.stop
    # The rim, not the driver, so that the solve sees what lies just outside a mask that reaches to the very end.
    placed: Image = cv2.copyMakeBorder(central, before, after, before, after, cv2.BORDER_REPLICATE)
    return placed


def chosen_mask(driver_mask: NDArray[Any], generated_mask: NDArray[Any], settings: BlendSettings) -> Mask:
    """Where to blend, both masks (512, 512) in aligned space: never beyond what the network generated."""
    if settings.mask == "driver":
        chosen = driver_mask != 0
    else:
        chosen = blend_mask(driver_mask, generated_mask, settings.squeeze, settings.squeeze_method)
    generated_area = np.zeros_like(chosen)
    generated_area[_CENTRAL, _CENTRAL] = True
    return np.asarray(chosen & generated_area)


def blend_face(
    face: Image,
    generated: Image,
    driver_mask: NDArray[Any],
    generated_mask: NDArray[Any],
    settings: BlendSettings,
    start: Membrane | None = None,
) -> BlendedFace:
    """Blend a generated face into the driver's aligned one.

    Args:
        face: the driver's aligned face, (512, 512, 3) RGB uint8.
        generated: the network's face, (S, S, 3) RGB uint8, of the central 410 px.
        driver_mask, generated_mask: (512, 512), bool or uint8, faces in aligned space.
        start: an earlier solution, for a slider that moves; without it the same input always gives the same pixels.
    """
    mask = chosen_mask(driver_mask, generated_mask, settings)
    if not mask.any():
        return BlendedFace(face.copy(), mask)
    placed = place_generated(generated)
    # Statistics over the unsqueezed masks, so that colours stand still while the squeeze changes.
    placed = transfer(placed, face, (driver_mask != 0) & (generated_mask != 0), settings.colour)
    if settings.blend == "alpha":
        return BlendedFace(_alpha_blend(placed, face, mask, settings.feather), mask)
    return BlendedFace(poisson_blend(placed, face, mask, start, mixed=settings.blend == "mixed"), mask)


def insert(frame: Image, blended: BlendedFace, matrix: NDArray[Any]) -> Image:
    """The frame with the blended face warped back into it.

    Only pixels whose centre lies on a pixel of the mask are touched; the outermost of them are mixed with the frame
    according to how much of them the mask covers, over less than a pixel.

    Args:
        frame: (H, W, 3) RGB uint8.
        matrix: (2, 3), from frame to aligned face, as `align_face` gives it.

    Returns:
        A new (H, W, 3) uint8 array.
    """
    result = frame.copy()
    box = _box_in_frame(blended.mask, matrix, frame.shape)
    if box is None:
        return result
    rows, columns = box
    to_crop = np.asarray(matrix, np.float64).copy()
    to_crop[:, 2] += to_crop[:, :2] @ (columns.start, rows.start)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    face = _sampled(blended.image, to_crop, size, cv2.INTER_CUBIC)
    levels = blended.mask.astype(np.uint8) * 255
    cover = _sampled(levels, to_crop, size, cv2.INTER_LINEAR)
    on_mask = cv2.warpAffine(levels, to_crop, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) > 0
    # Half covered is where the rim runs: from there the share rises to one.
    share = np.where(on_mask, np.clip(cover * (2 / 255) - 1, 0, 1), 0)[..., None]
    patch = result[rows, columns]
    mixed = np.clip(np.rint(patch + share * (face - patch)), 0, 255).astype(np.uint8)
    result[rows, columns] = np.where(share > 0, mixed, patch)
    return result


def _sampled(
    image: NDArray[Any], to_crop: NDArray[np.float64], size: tuple[int, int], interpolation: int
) -> NDArray[np.float32]:
    """`image` at the pixels of a frame, averaged over each where the frame's pixels are larger than the image's."""
    width, height = size
    times = max(1, round(math.sqrt(abs(np.linalg.det(to_crop[:, :2])))))
    finer = to_crop / times
    finer[:, 2] = to_crop[:, 2] + to_crop[:, :2] @ np.full(2, (1 / times - 1) / 2)
    warped = cv2.warpAffine(
        image, finer, (width * times, height * times), flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    if times > 1:
        warped = cv2.resize(warped, size, interpolation=cv2.INTER_AREA)
    return np.asarray(warped, np.float32)


def _box_in_frame(mask: Mask, matrix: NDArray[Any], shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    """The rows and columns of the frame the mask can touch; None if there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    top, bottom, left, right = rows[0] - 1, rows[-1] + 1, columns[0] - 1, columns[-1] + 1
    corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]], np.float64)
    points = corners @ cv2.invertAffineTransform(np.asarray(matrix, np.float64)).T
    low = np.maximum(np.floor(points.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 1, (shape[1], shape[0]))
    if (low >= high).any():
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _alpha_blend(generated: Image, driver: Image, mask: Mask, feather: float) -> Image:
    share = np.clip(distance_field(mask) / (feather + 1), 0, 1)[..., None]
    mixed = np.rint(driver + share * (generated.astype(np.float32) - driver)).astype(np.uint8)
    return np.where(mask[..., None], mixed, driver)


def boundary_mismatch(image: Image, driver: Image, mask: NDArray[Any]) -> float | None:
    """How wrong the light turns at the mask's edge, in grey levels: the smaller, the less of a border is seen.

    Across every pair of neighbours of which one is inside the mask and one outside, the step of grey level in `image`
    less the step in `driver`; the mean of its absolute value over pairs and channels. None if the mask has no edge.

    Args:
        image, driver: (H, W, C) in grey levels 0..255; `image` is the driver with something blended in.
    """
    inside = mask != 0
    change = image.astype(np.float32) - driver.astype(np.float32)
    down, across = inside[1:] != inside[:-1], inside[:, 1:] != inside[:, :-1]
    steps = np.concatenate([np.diff(change, axis=0)[down], np.diff(change, axis=1)[across]])
    return float(np.abs(steps).mean()) if steps.size else None
