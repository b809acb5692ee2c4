"""Which frames are worth looking at: those that differ from the last one that was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.core.vision import cv2
from studio.video.read import Frame

# The picture in blocks: a mouth that opens in a wide shot changes one of them much, and the mean of all hardly.
_BLOCKS = (48, 27)
_LONGEST_S = 2.0
_CUT = 24.0


class Skipping:
    """Passes frames that show something new, by a rule of scene and similarity.

    A frame is compared with the last one that was passed, both as grey pictures of 48 x 27 blocks. It is passed where
    the block that differs most does so by at least `levels` (of 255), where the mean differs as at a cut to another
    scene, and at the latest 2 seconds after the last one.

    Attributes:
        skipped: how many frames were not passed.
    """

    def __init__(self, levels: float) -> None:
        self._levels = levels
        self._last: NDArray[np.float32] | None = None
        self._time = 0.0
        self.skipped = 0

    def __call__(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Those of `frames` that are worth looking at."""
        for frame in frames:
            if self.is_new(frame):
                yield frame
            else:
                self.skipped += 1

    def is_new(self, frame: Frame) -> bool:
        """Whether `frame` shows something new; then later ones are compared with it."""
        blocks = _blocks(frame.image)
        if self._last is not None:
            apart = np.abs(blocks - self._last)
            alike = float(apart.max()) < self._levels and float(apart.mean()) < _CUT
            if alike and 0 <= frame.time - self._time < _LONGEST_S:
                return False
        self._last, self._time = blocks, frame.time
        return True


def _blocks(image: Image) -> NDArray[np.float32]:
    small = cv2.resize(image, _BLOCKS, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
