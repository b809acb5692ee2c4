"""Eyes, teeth, tongue and lashes."""

from __future__ import annotations

from math import atan2, cos, pi, sin, sqrt

from numba import njit

from tests.rendering.mesh import LASHES, TEETH, TONGUE
from tests.rendering.paint import AMBIENT
from tests.rendering.pattern import noise, step
from tests.rendering.reflect import lit


@njit(nogil=True)
def eye_colour(volume, x, y, z, iris, out):
    """Albedo of an eyeball at a point of its own unit sphere (z to the front); returns 1 inside the cornea."""
    radius = sqrt(x * x + y * y)
    if z < 0:
        radius = 2.0
    angle = atan2(y, x)
    rim = 0.43
    vein = max(0.0, noise(volume, 7 * x, 16 * y, 5.0)) * step(0.5, 0.95, radius)
    corner = step(0.72, 0.98, abs(x))
    out[0], out[1], out[2] = 0.52, 0.485 - 0.08 * vein - 0.2 * corner, 0.45 - 0.09 * vein - 0.2 * corner
    inside = 1 - step(rim - 0.03, rim + 0.03, radius)
    if inside > 0:
        rays = noise(volume, 8 + 6 * cos(angle) * 2.2, 6 * sin(angle) * 2.2, radius * 3)
        rays += 0.6 * noise(volume, 15 * cos(angle) * 1.7, 15 * sin(angle) * 1.7, 11 + radius * 2)
        bright = (
            (0.8 + 0.45 * rays) * (1.35 - 0.75 * step(0.2, rim, radius)) * (1 - 0.7 * step(rim - 0.09, rim, radius))
        )
        pupil = step(0.15, 0.18, radius)
        for c in range(3):
            out[c] = out[c] * (1 - inside) + inside * (iris[c] * bright * pupil + 0.004)
    return inside


@njit(nogil=True)
def shade_eye(place, f, n, view, shadow, volume, paint, lights, albedo, light):
    """Light of an eyeball, with the key light's glint on the cornea; `place` is on its own unit sphere."""
    cornea = eye_colour(volume, place[0], place[1], place[2], paint.iris, albedo)
    seen = f[AMBIENT] ** 1.3
    lit(lights, n, view, 0.35 * shadow + 0.65 * shadow * seen, seen, albedo, 0.4, 0.35, 60.0, light)
    way = lights.key
    hx, hy, hz = way[0] + view[0], way[1] + view[1], way[2] + view[2]
    length = sqrt(hx * hx + hy * hy + hz * hz)
    half = max((n[0] * hx + n[1] * hy + n[2] * hz) / length, 0.0)
    glint = step(0.985, 0.992, half) * (0.35 + 0.65 * cornea)
    for c in range(3):
        light[c] += 0.9 * glint * lights.key_colour[c] * step(0.15, 0.6, f[AMBIENT])


@njit(nogil=True)
def shade_small_part(part, place, f, n, view, shadow, volume, lights, albedo, light):
    """Light of teeth, tongue and lashes."""
    gloss, power = 0.8, 50.0
    depth = 1.0
    if part == TEETH:
        gap = abs(sin(place[0] * pi / 0.085)) ** 0.25
        root = (1 - step(6.72, 6.76, place[1])) * step(6.50, 6.54, place[1])
        for c in range(3):
            gum = (0.35, 0.10, 0.09)[c]
            albedo[c] = (0.72, 0.63, 0.50)[c] * (0.7 + 0.3 * gap) * root + gum * (1 - root)
    elif part == TONGUE:
        for c in range(3):
            albedo[c] = (0.36, 0.10, 0.09)[c] * (1 + 0.15 * noise(volume, 40 * place[0], 40 * place[1], 40 * place[2]))
        gloss = 0.4
    else:
        gloss = 0.0
        for c in range(3):
            albedo[c] = 0.012
    if part != LASHES:
        depth = step(1.1, 1.42, place[2]) if part == TEETH else step(0.85, 1.4, place[2])
    for c in range(3):
        albedo[c] *= 0.12 + 0.88 * depth
    open_to_sky = (0.45 + 0.55 * f[AMBIENT]) * depth
    lit(lights, n, view, shadow * open_to_sky, open_to_sky, albedo, 0.3, gloss * f[AMBIENT], power, light)
