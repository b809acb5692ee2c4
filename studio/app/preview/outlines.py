"""Where masks end, as lines over the frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.app.preview.blending import BlendedFrame, ReadyFrame
from studio.core.records import Mask
from studio.core.vision import cv2

Kind = Literal["driver", "generated", "blend"]

KINDS: dict[Kind, str] = {
    "driver": "Driver's face",
    "generated": "Generated face",
    "blend": "Blended",
}


@dataclass(frozen=True, eq=False)
class Outline:
    """The rim of one mask: closed lines of (n, 2) points in pixels of the frame."""

    kind: Kind
    points: tuple[NDArray[np.float64], ...]


def outlines(ready: ReadyFrame, blended: BlendedFrame) -> list[Outline]:
    """The rims of both masks of each face, and of where it was blended."""
    found: list[Outline] = []
    for face, mask in zip(ready.faces, blended.masks, strict=True):
        to_frame = cv2.invertAffineTransform(np.asarray(face.matrix, np.float64))
        kinds: tuple[tuple[Kind, Mask], ...] = (
            ("driver", face.driver_mask), ("generated", face.generated_mask), ("blend", mask),
        )  # fmt: skip
        found += [Outline(kind, _rims(own, to_frame)) for kind, own in kinds]
    return found


def _rims(mask: Mask, to_frame: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return tuple(line.reshape(-1, 2).astype(np.float64) @ to_frame[:, :2].T + to_frame[:, 2] for line in lines)
