"""How light leaves a surface."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numba import njit

from tests.rendering.pattern import step


class Lighting(NamedTuple):
    """A key light with a shadow map, a fill and a rim light without, sky and ground; directions point to the light."""

    key: np.ndarray
    key_colour: np.ndarray
    fill: np.ndarray
    fill_colour: np.ndarray
    rim: np.ndarray
    rim_colour: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    shadow: np.ndarray
    shadow_matrix: np.ndarray


@njit(nogil=True)
def lit(lights, normal, view, shadow, ambient, albedo, wrap, gloss, power, out):
    """Light leaving a point: wrapped Lambert with more wrap in red (as skin scatters), and a Blinn highlight."""
    up = 0.5 + 0.5 * normal[1]
    for c in range(3):
        sky = lights.ground[c] * (1 - up) + lights.sky[c] * up
        bounce = ambient + (1 - ambient) * 0.35 * albedo[c]
        out[c] = albedo[c] * sky * bounce
    soft = (1.0, 0.45, 0.3)
    for k in range(3):
        if k == 0:
            way, colour, seen = lights.key, lights.key_colour, shadow
        elif k == 1:
            way, colour, seen = lights.fill, lights.fill_colour, 0.4 + 0.6 * ambient
        else:
            way, colour, seen = lights.rim, lights.rim_colour, ambient
        cosine = normal[0] * way[0] + normal[1] * way[1] + normal[2] * way[2]
        hx, hy, hz = way[0] + view[0], way[1] + view[1], way[2] + view[2]
        length = sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
        half = max((normal[0] * hx + normal[1] * hy + normal[2] * hz) / length, 0.0)
        facing = max((view[0] * hx + view[1] * hy + view[2] * hz) / length, 0.0)
        fresnel = 0.04 + 0.96 * (1 - facing) ** 5
        shine = gloss * fresnel * (power + 8) / 25.0 * half**power * step(-0.05, 0.25, cosine)
        for c in range(3):
            w = wrap * soft[c]
            diffuse = max((cosine + w) / (1 + w), 0.0)
            dim = seen + (1 - seen) * 0.10 * w
            out[c] += colour[c] * (albedo[c] * diffuse * dim + shine * seen)


@njit(nogil=True)
def shadow_at(lights, px, py, pz, jitter):
    """Share of the key light that reaches a point, from the shadow map with a soft rim."""
    m = lights.shadow_matrix
    sx = m[0, 0] * px + m[0, 1] * py + m[0, 2] * pz + m[0, 3]
    sy = m[1, 0] * px + m[1, 1] * py + m[1, 2] * pz + m[1, 3]
    sz = m[2, 0] * px + m[2, 1] * py + m[2, 2] * pz + m[2, 3]
    size = lights.shadow.shape[0]
    total, number = 0.0, 0
    for j in range(-3, 4):
        for i in range(-3, 4):
            if i * i + j * j > 10:
                continue
            x, y = int(sx + i * 1.6 + jitter), int(sy + j * 1.6 - jitter)
            number += 1
            if x < 0 or y < 0 or x >= size or y >= size or sz > lights.shadow[y, x] - 0.035:
                total += 1.0
    return total / number
