"""A z-buffer: which triangle each pixel shows, and where in it."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True)
def rasterise(
    points: np.ndarray, triangles: np.ndarray, height: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw triangles given as image x, image y and depth (larger is nearer the eye) into a z-buffer.

    Depth must be an affine image of 1/distance, so that it and the weights can be interpolated in the image.

    Returns:
        depth (height, width) float32, -inf where nothing is; triangle number (height, width) int32, -1 there; and
        the weights of the triangle's first two corners (height, width, 2) float32, in the image plane.
    """
    depth = np.full((height, width), -np.inf, np.float32)
    index = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = points[triangles[t, 0]], points[triangles[t, 1]], points[triangles[t, 2]]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(area) < 1e-12:
            continue
        x0 = max(int(np.ceil(min(a[0], b[0], c[0]) - 0.5)), 0)
        x1 = min(int(np.floor(max(a[0], b[0], c[0]) - 0.5)), width - 1)
        y0 = max(int(np.ceil(min(a[1], b[1], c[1]) - 0.5)), 0)
        y1 = min(int(np.floor(max(a[1], b[1], c[1]) - 0.5)), height - 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((b[0] - px) * (c[1] - py) - (c[0] - px) * (b[1] - py)) / area
                v = ((c[0] - px) * (a[1] - py) - (a[0] - px) * (c[1] - py)) / area
                w = 1.0 - u - v
                if u < 0 or v < 0 or w < 0:
                    continue
                z = u * a[2] + v * b[2] + w * c[2]
                if z > depth[y, x]:
                    depth[y, x] = z
                    index[y, x] = t
                    weights[y, x, 0] = u
                    weights[y, x, 1] = v
    return depth, index, weights


@njit(nogil=True)
def depth_map(points: np.ndarray, triangles: np.ndarray, size: int) -> np.ndarray:
    """The z-buffer alone, (size, size) float32, of points already in its pixels; larger is nearer the light."""
    depth = np.full((size, size), -np.inf, np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = points[triangles[t, 0]], points[triangles[t, 1]], points[triangles[t, 2]]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(area) < 1e-12:
            continue
        x0 = max(int(np.ceil(min(a[0], b[0], c[0]) - 0.5)), 0)
        x1 = min(int(np.floor(max(a[0], b[0], c[0]) - 0.5)), size - 1)
        y0 = max(int(np.ceil(min(a[1], b[1], c[1]) - 0.5)), 0)
        y1 = min(int(np.floor(max(a[1], b[1], c[1]) - 0.5)), size - 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((b[0] - px) * (c[1] - py) - (c[0] - px) * (b[1] - py)) / area
                v = ((c[0] - px) * (a[1] - py) - (a[0] - px) * (c[1] - py)) / area
                w = 1.0 - u - v
                if u < 0 or v < 0 or w < 0:
                    continue
                z = u * a[2] + v * b[2] + w * c[2]
                if z > depth[y, x]:
                    depth[y, x] = z
    return depth
