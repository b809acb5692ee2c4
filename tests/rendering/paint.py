"""What the drawing kernels are told of a person, and what they leave for each pixel and vertex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LIPS, INSIDE, EARS, HAIRLINE, AMBIENT, FOLLOW = range(6)
"""Columns of the per-vertex fields: three masks, height over the hair's border, seen sky, share of the head's turn."""
NO_LABEL, FACE_LABEL, EYE_LABEL, MOUTH_LABEL = range(4)
"""What a pixel shows."""


class Paint(NamedTuple):
    """A person's colours and habits as the kernel reads them."""

    skin: np.ndarray
    lips: np.ndarray
    hair: np.ndarray
    brows: np.ndarray
    iris: np.ndarray
    shirt: np.ndarray
    brow_height: float
    brow_arch: float
    brow_thickness: float
    brow_density: float
    stubble: float
    wrinkles: float
    freckles: float
    redness: float
    shine: float
    hair_back: float
    grey: float
    eye_paint: float
