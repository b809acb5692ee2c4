"""The kernel that colours every pixel of a picture from what the z-buffer found there."""

from __future__ import annotations

from math import atan2, sqrt

import numpy as np
from numba import njit

from tests.rendering.features import shade_eye, shade_small_part
from tests.rendering.mesh import EYE, HAIR, LASHES, SKIN
from tests.rendering.paint import (
    AMBIENT,
    EARS,
    EYE_LABEL,
    FACE_LABEL,
    FOLLOW,
    HAIRLINE,
    INSIDE,
    LIPS,
    MOUTH_LABEL,
    NO_LABEL,
)
from tests.rendering.pattern import noise, step, unit
from tests.rendering.reflect import lit, shadow_at
from tests.rendering.skin import brow_cover, lash_line, skin_colour, skin_height
from tests.rendering.strands import shade_hair, shade_hanging


@njit(nogil=True)
def shade(
    index,
    weights,
    triangles,
    parts,
    inverse,
    canon,
    world,
    normal,
    fields,
    flow,
    volume,
    paint,
    lights,
    camera,
    image,
    labels,
):
    """Fill `image` (h, w, 3) with linear light and `labels` (h, w) with what is seen, wherever `index` is not -1."""
    height, width = index.shape
    albedo, light = np.zeros(3), np.zeros(3)
    n, view, at, place, f = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(fields.shape[1])
    for row in range(height):
        for col in range(width):
            t = index[row, col]
            if t < 0:
                continue
            i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            w0, w1 = weights[row, col, 0] * inverse[i0], weights[row, col, 1] * inverse[i1]
            w2 = (1 - weights[row, col, 0] - weights[row, col, 1]) * inverse[i2]
            total = w0 + w1 + w2
            w0, w1, w2 = w0 / total, w1 / total, w2 / total
            for c in range(3):
                n[c] = w0 * normal[i0, c] + w1 * normal[i1, c] + w2 * normal[i2, c]
                at[c] = w0 * world[i0, c] + w1 * world[i1, c] + w2 * world[i2, c]
                place[c] = w0 * canon[i0, c] + w1 * canon[i1, c] + w2 * canon[i2, c]
                view[c] = camera[c] - at[c]
            for c in range(f.shape[0]):
                f[c] = w0 * fields[i0, c] + w1 * fields[i1, c] + w2 * fields[i2, c]
            unit(n)
            unit(view)
            shadow = shadow_at(lights, at[0], at[1], at[2], ((row * 7 + col * 13) % 5 - 2) * 0.4)
            part = parts[t]
            if part == SKIN:
                labels[row, col] = _shade_skin(place, f, n, view, shadow, volume, paint, lights, flow, albedo, light)
            elif part == EYE:
                labels[row, col] = EYE_LABEL
                shade_eye(place, f, n, view, shadow, volume, paint, lights, albedo, light)
            elif part == HAIR:
                shade_hanging(place, f, n, view, shadow, volume, paint, lights, albedo, light)
            else:
                labels[row, col] = MOUTH_LABEL if part != LASHES else FACE_LABEL
                shade_small_part(part, place, f, n, view, shadow, volume, lights, albedo, light)
            for c in range(3):
                image[row, col, c] = light[c]


@njit(nogil=True)
def _shade_skin(place, f, n, view, shadow, volume, paint, lights, flow, albedo, light):
    x, y, z = place[0], place[1], place[2]
    if _shade_cloth(x, y, z, f, n, view, shadow, volume, paint, lights, albedo, light):
        return NO_LABEL
    strand_angle = atan2(x, sqrt((y - 7.3) ** 2 + (z - 0.1) ** 2))
    along = atan2(z - 0.1, y - 7.3)
    strand = noise(volume, 95 * strand_angle, 2.0 * along, 2.0) + 0.6 * noise(volume, 41 * strand_angle, 3 * along, 8.0)
    short = noise(volume, 70 * x, 42 * y, 42 * z) + 0.6 * noise(volume, 33 * x, 22 * y, 22 * z)
    grain = paint.hair_back * strand + (1 - paint.hair_back) * short
    hair = step(-0.03, 0.08, f[HAIRLINE] + 0.05 * grain + 0.03 * (1 - paint.hair_back) * short) * (
        1 - step(0.2, 0.5, f[EARS])
    )
    inside = step(0.25, 0.75, f[INSIDE])
    lips = step(0.25, 0.75, f[LIPS])
    beard = skin_colour(volume, x, y, z, lips, paint, albedo)
    brow = brow_cover(volume, x, y, paint) if z > 0.6 else 0.0
    for c in range(3):
        albedo[c] = albedo[c] * (1 - brow) + brow * paint.brows[c]
    lash = lash_line(x, y, z) * paint.eye_paint
    for c in range(3):
        albedo[c] *= 1 - 0.93 * lash
    if inside > 0:
        wet = (0.22, 0.045, 0.04)
        for c in range(3):
            albedo[c] = albedo[c] * (1 - inside) + inside * wet[c]
    if hair < 1:
        _add_relief(x, y, z, 1 - 0.7 * lips, n, volume, paint)
    gloss = paint.shine * (0.7 + 0.4 * noise(volume, 40 * x, 40 * y, 40 * z)) * (1 - 0.7 * beard) * (1 - brow)
    gloss = gloss * (1 - lips) + lips * 1.1
    ambient = f[AMBIENT] * (1 - 0.75 * inside)
    shadow *= 1 - 0.6 * inside
    if hair < 1:
        lit(lights, n, view, shadow, ambient, albedo, 0.32, gloss, 22.0 + 30 * lips + 20 * inside, light)
    if hair > 0:
        r, g, b = light[0], light[1], light[2]
        strand = np.array(
            [n[1] * flow[2] - n[2] * flow[1], n[2] * flow[0] - n[0] * flow[2], n[0] * flow[1] - n[1] * flow[0]]
        )
        unit(strand)
        grey = paint.grey * (0.25 + 0.75 * step(8.1, 7.6, y)) * min(max(0.6 + 0.6 * short, 0.0), 1.0)
        shade_hair(grain, grey, strand, f, n, view, shadow, paint, lights, albedo, light)
        light[0] = r * (1 - hair) + light[0] * hair
        light[1] = g * (1 - hair) + light[1] * hair
        light[2] = b * (1 - hair) + light[2] * hair
    if max(lips, inside) > 0.5:
        return MOUTH_LABEL
    face = hair < 0.5 and f[EARS] < 0.3 and y > 6.19 + (1.42 - z) * 0.47 and z > 0.3 and f[FOLLOW] > 0.5
    return FACE_LABEL if face else NO_LABEL


@njit(nogil=True)
def _shade_cloth(x, y, z, f, n, view, shadow, volume, paint, lights, albedo, light):
    """The shirt, below a neckline that dips in front; False above it."""
    front = step(-0.35, 0.45, z)
    neckline = 5.97 - front * 0.55 * (1 - step(0.1, 0.62, abs(x)))
    if y >= neckline:
        return False
    weave = 1 + 0.12 * noise(volume, 45 * x, 45 * y, 45 * z) + 0.10 * noise(volume, 6 * x, 4 * y, 6 * z)
    hem = 1 - 0.35 * step(neckline - 0.085, neckline - 0.075, y)
    for c in range(3):
        albedo[c] = paint.shirt[c] * weave * hem
    lit(lights, n, view, shadow, f[AMBIENT], albedo, 0.1, 0.05, 8.0, light)
    return True


@njit(nogil=True)
def _add_relief(x, y, z, amount, n, volume, paint):
    """Tilt a normal by the slope of the skin's pores and lines."""
    e = 0.006
    h = skin_height(volume, x, y, z, paint.wrinkles)
    gx = (skin_height(volume, x + e, y, z, paint.wrinkles) - h) / e * amount
    gy = (skin_height(volume, x, y + e, z, paint.wrinkles) - h) / e * amount
    gz = (skin_height(volume, x, y, z + e, paint.wrinkles) - h) / e * amount
    along = gx * n[0] + gy * n[1] + gz * n[2]
    n[0] -= gx - along * n[0]
    n[1] -= gy - along * n[1]
    n[2] -= gz - along * n[2]
    unit(n)
