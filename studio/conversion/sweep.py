"""One face at many squeezes, and the amount a video asks for: by the light at the mask's edge, never by a detector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.conversion.frames import SwappedFace
from studio.core.records import Image
from studio.swap.compose import BlendSettings, blend_face, boundary_mismatch

SQUEEZES = (0, 5, 10, 15, 20, 25, 30, 35, 40)
# Every pixel squeezed away is a pixel of the target: a mismatch this much above the least is as good as the least.
_GOOD_ENOUGH = 0.1


@dataclass(frozen=True, eq=False)
class SweepRow:
    """One squeeze of one face.

    Attributes:
        squeeze: pixels of the 512 px aligned face.
        boundary: see `boundary_mismatch`, in grey levels; None where the mask was squeezed to nothing.
        mask_pixels: pixels of the aligned face that were blended.
        image: (512, 512, 3) uint8, the blended face.
    """

    squeeze: int
    boundary: float | None
    mask_pixels: int
    image: Image


@dataclass(frozen=True)
class Recommendation:
    """The squeeze a video asks for.

    Attributes:
        squeeze: median over frames, pixels of the 512 px aligned face.
        low, high: the quartiles: half of the frames ask for an amount between them.
        frames: how many were looked at.
    """

    squeeze: float
    low: float
    high: float
    frames: int


def sweep(face: SwappedFace, settings: BlendSettings, squeezes: Sequence[int] = SQUEEZES) -> list[SweepRow]:
    """Blend a face at each of `squeezes`, all else as in `settings`."""
    rows = []
    for amount in squeezes:
        chosen = settings.changed({"squeeze": float(amount)})
        done = blend_face(face.driver, face.generated, face.driver_mask, face.generated_mask, chosen)
        boundary = boundary_mismatch(done.image, face.driver, done.mask)
        rows.append(SweepRow(amount, boundary, int(done.mask.sum()), done.image))
    return rows


def least_needed(rows: Sequence[SweepRow]) -> int | None:
    """The smallest squeeze whose boundary is as good as any, a tenth of their range above the best; None without any.

    Where squeezing changes nothing that is the smallest of all.
    """
    measured = [(row.squeeze, row.boundary) for row in rows if row.boundary is not None]
    if not measured:
        return None
    best, worst = min(value for _, value in measured), max(value for _, value in measured)
    limit = best + _GOOD_ENOUGH * (worst - best)
    return min(amount for amount, value in measured if value <= limit)


def recommend(faces: Iterable[Sequence[SweepRow]]) -> Recommendation | None:
    """What the sweeps of some frames of a video come to; None where nothing could be measured."""
    needed = [amount for rows in faces if (amount := least_needed(rows)) is not None]
    if not needed:
        return None
    low, middle, high = (float(value) for value in np.quantile(needed, [0.25, 0.5, 0.75]))
    return Recommendation(middle, low, high, len(needed))
