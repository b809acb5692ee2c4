"""Skin, brows and lips, painted by formula on the unshaped head (decimetres)."""

from __future__ import annotations

from math import exp, sin, sqrt

from numba import njit

from tests.rendering.pattern import bell, noise, step


@njit(nogil=True)
def skin_height(volume, x, y, z, wrinkles):
    """Height of the skin's relief at a point of the unshaped head: pores and, with age, lines."""
    h = 0.0011 * noise(volume, 55 * x, 55 * y, 55 * z) + 0.0012 * noise(volume, 27 * x, 27 * y, 27 * z)
    if wrinkles > 0 and z > 0.6:
        forehead = step(7.55, 7.68, y) * (1 - step(7.95, 8.1, y)) * (1 - step(0.35, 0.6, abs(x)))
        bend = y + 0.05 * noise(volume, 2.2 * x, 5.0, 1.0) - 0.12 * x * x
        broken = 0.6 + 0.5 * noise(volume, 3 * x, 8 * bend, 6.0)
        h -= wrinkles * 0.005 * forehead * broken * max(0.0, sin(bend * 52.0)) ** 3
        ax = abs(x) - 0.50
        crow = step(0.02, 0.08, ax) * (1 - step(0.14, 0.24, ax)) * exp(-(((y - 7.27) / 0.10) ** 2))
        h += wrinkles * 0.0035 * crow * sin((y - 7.27) * 130 / (1 + 4 * ax) + 3 * noise(volume, 9 * x, 9 * y, 2.0))
        frown = bell((abs(x) - 0.05) * 2.5, (y - 7.47) * 0.8, 0.07)
        h -= wrinkles * 0.004 * frown
    return h


@njit(nogil=True)
def brow_cover(volume, x, y, paint):
    """How much of the skin the brow's hairs hide at a point, 0..1."""
    ax = abs(x)
    t = (ax - 0.11) / 0.47
    if t < -0.08 or t > 1.05:
        return 0.0
    centre = paint.brow_height + paint.brow_arch * (1 - (2 * t - 1.25) ** 2 * 0.85)
    half = paint.brow_thickness * (0.95 - 0.65 * step(0.35, 1.0, t))
    off = (y - centre) / half
    slant = 0.9 - 0.8 * t
    side = 7.0 if x > 0 else 0.0
    strand = noise(volume, 120 * (ax - slant * (y - centre)), 16 * y, 3.0 + side)
    strand += 0.5 * noise(volume, 60 * (ax - slant * (y - centre)), 9 * y, 13.0 + side)
    fade = step(-0.08, 0.10, t) * (1 - step(0.80, 1.03, t))
    cover = (1 - step(0.35, 1.2 + 0.4 * strand, abs(off))) * fade
    return min(max(paint.brow_density * cover * (0.95 + 0.28 * strand), 0.0), 1.0)


@njit(nogil=True)
def skin_colour(volume, x, y, z, lips, paint, out):
    """Albedo of skin, beard and lips at a point of the unshaped head; returns how much the beard hides, 0..1."""
    ax = abs(x)
    broad = noise(volume, 4 * x, 4 * y, 4 * z) + 0.5 * noise(volume, 9 * x, 9 * y, 9 * z)
    fine = noise(volume, 34 * x, 34 * y, 34 * z) + 0.6 * noise(volume, 71 * x, 71 * y, 71 * z)
    tone = 1 + 0.045 * broad + 0.035 * fine
    red = 0.0
    if z > 0.5:
        red = bell(ax - 0.42, y - 6.95, 0.24) + 0.8 * bell(ax, (y - 6.98), 0.14) + 0.35 * bell(ax, y - 6.27, 0.15)
        red += 0.45 * bell(ax - 0.3, (y - 7.17) * 1.6, 0.16)
    red = paint.redness * red * (1 + 0.35 * broad)
    hollow = 0.22 * bell(ax - 0.27, (y - 7.15) * 2.4, 0.17) if z > 0.7 else 0.0
    for c in range(3):
        out[c] = paint.skin[c] * tone
    out[0] *= 1 + 0.05 * red - 0.75 * hollow
    out[1] *= 1 - 0.22 * red - hollow
    out[2] *= 1 - 0.20 * red - 0.8 * hollow
    if paint.freckles > 0 and z > 0.7:
        spot = step(0.52, 0.75, noise(volume, 21 * x, 21 * y, 21 * z + 9))
        spot *= paint.freckles * bell(ax - 0.25, (y - 7.0) * 1.3, 0.38)
        for c in range(3):
            out[c] *= 1 - 0.45 * spot * (0.6 + 0.2 * c)
    beard = _grow_beard(volume, x, y, z, broad, paint, out)
    crease = 1 + 0.10 * noise(volume, 60 * x, 9 * y, 4.0) + 0.05 * fine
    for c in range(3):
        out[c] = out[c] * (1 - lips) + lips * paint.lips[c] * crease
    return beard


@njit(nogil=True)
def _grow_beard(volume, x, y, z, broad, paint, out):
    if paint.stubble <= 0 or z <= 0.15:
        return 0.0
    ax = abs(x)
    low = step(6.98 - 0.28 * step(0.62, 0.2, ax), 6.72 - 0.1 * step(0.5, 0.2, ax), y)
    moustache = bell((ax - 0.12) * 0.55, y - 6.79, 0.075)
    bare = 1 - 0.75 * bell(ax - 0.3, y - 6.62, 0.09) - 0.8 * bell(ax, (y - 6.47) * 2.2, 0.12)
    region = max(low * max(bare, 0.0), moustache) * step(5.95, 6.15, y) * step(0.15, 0.45, z)
    grain = 0.55 + 0.75 * noise(volume, 95 * x, 60 * y, 95 * z)
    beard = paint.stubble * region * min(max(grain, 0.0), 1.0)
    for c in range(3):
        shade = paint.hair[c] * 0.6 + 0.10 * paint.grey * max(broad, 0.0)
        out[c] = out[c] * (1 - beard) + beard * shade
    return beard


@njit(nogil=True)
def lash_line(x, y, z):
    """How dark the lashes' roots make the lid at a point of the unshaped head, 0..1."""
    dx, dy, dz = abs(x) - 0.308, y - 7.284, z - 1.245
    off = sqrt(dx * dx + dy * dy + dz * dz) - 0.1465
    upper = step(-0.03, 0.03, dy + 0.3 * dx)
    return (1 - step(0.008, 0.034, off)) * (0.35 + 0.65 * upper) * step(-0.05, 0.05, dz)
