"""Rotation metadata: from stored to upright pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from av import VideoFrame
from av.sidedata.sidedata import Type as SideData

from studio.core.records import Image


@dataclass(frozen=True)
class Orientation:
    """How a stored picture is turned to stand upright: transposed first, then flipped.

    Attributes:
        rotation: the counter-clockwise turn this amounts to, in degrees (0, 90, 180, 270), a mirroring left aside.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Orientation:
        """Read the display matrix of a decoded frame; the identity where there is none.

        The matrix holds 9 integers (a b u, c d v, x y w) and sends the stored point (x, y) to (ax + cy, bx + dy). Turns
        that are no multiple of a right angle are taken as the nearest one.
        """
        # PyAV's stubs call this a plain mapping of str; it is one of side data types.
        data = cast(Any, frame.side_data).get(SideData.DISPLAYMATRIX)
        if data is None:
            return cls()
        a, b, _, c, d = (int(value) for value in np.frombuffer(bytes(data), dtype=np.int32)[:5])
        if abs(a) >= abs(c):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    @property
    def rotation(self) -> int:
        """The counter-clockwise turn in degrees."""
        if self.transpose:
            return 90 if not self.flip_x else 270
        return 180 if self.flip_x and self.flip_y else 0

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the upright picture."""
        return (height, width) if self.transpose else (width, height)

    def upright(self, image: Image) -> Image:
        """Turn a stored picture (H, W, 3); contiguous."""
        turned = image.transpose(1, 0, 2) if self.transpose else image
        turned = turned[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        return np.ascontiguousarray(turned)
