"""What stands behind the person: a room out of focus."""

from __future__ import annotations

import numpy as np

from studio.core.vision import cv2


def backdrop(size: int, seed: int) -> np.ndarray:
    """(size, size, 3) float32 linear light: a wall lit from one side with soft shapes, different for each seed."""
    random = np.random.default_rng(seed + 100)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    wall = np.array([0.30, 0.31, 0.32]) * random.uniform(0.85, 1.1, 3)
    image = wall * (0.55 + 0.5 * (x if seed % 2 else 1 - x) * (1.1 - 0.5 * y))[..., None]
    for _ in range(5):
        left, top = random.uniform(-0.1, 0.9), random.uniform(-0.1, 0.6)
        right, bottom = left + random.uniform(0.1, 0.25), top + random.uniform(0.2, 0.7)
        inside = (x > left) & (x < right) & (y > top) & (y < bottom)
        image[inside] *= random.uniform(0.55, 1.5) * random.uniform(0.85, 1.15, 3)
    blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), size / 22)
    return np.ascontiguousarray(blurred)
