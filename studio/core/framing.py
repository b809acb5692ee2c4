"""The framing every pixel figure hangs on: the aligned face, and the part of it that networks see."""

from __future__ import annotations

FACE_SIZE = 512
"""Side of an aligned face in pixels."""

COVERAGE = 0.8
"""Share of an aligned face's side that the network sees and generates (paper, section 3.2)."""


def central_square(side: int = FACE_SIZE) -> slice:
    """The rows (and columns) of an aligned face of `side` pixels that the network sees: 51 to 461 of 512."""
    crop = round(side * COVERAGE)
    start = (side - crop) // 2
    return slice(start, start + crop)


CENTRAL_SIZE = round(FACE_SIZE * COVERAGE)
"""Side in pixels of what the network sees of an aligned face: 410."""
