"""What a surface point looks like: skin, brows, hair, eyes, mouth and cloth, painted by formula on the unshaped head."""

from __future__ import annotations

from math import atan2, cos, exp, floor, pi, sin, sqrt
from typing import NamedTuple

import numpy as np
from numba import njit

SKIN, EYE, TEETH, TONGUE, LASHES, HAIR = range(6)
LIPS, INSIDE, EARS, HAIRLINE, AMBIENT, FOLLOW = range(6)
"""Columns of the per-vertex fields."""
NO_LABEL, FACE_LABEL, EYE_LABEL, MOUTH_LABEL = 0, 1, 2, 3


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


@njit(nogil=True, cache=True)
def noise(volume, x, y, z):
    """Periodic value noise, -1..1, one lattice step a unit."""
    size = volume.shape[0]
    xf, yf, zf = floor(x), floor(y), floor(z)
    fx, fy, fz = x - xf, y - yf, z - zf
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    x0, y0, z0 = int(xf) % size, int(yf) % size, int(zf) % size
    x1, y1, z1 = (x0 + 1) % size, (y0 + 1) % size, (z0 + 1) % size
    a = volume[x0, y0, z0] * (1 - fx) + volume[x1, y0, z0] * fx
    b = volume[x0, y1, z0] * (1 - fx) + volume[x1, y1, z0] * fx
    c = volume[x0, y0, z1] * (1 - fx) + volume[x1, y0, z1] * fx
    d = volume[x0, y1, z1] * (1 - fx) + volume[x1, y1, z1] * fx
    return (a * (1 - fy) + b * fy) * (1 - fz) + (c * (1 - fy) + d * fy) * fz


@njit(nogil=True, cache=True)
def step(low, high, value):
    """A smooth step from 0 at `low` to 1 at `high`."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(nogil=True, cache=True)
def bell(dx, dy, width):
    """A round bump of the given width."""
    return exp(-(dx * dx + dy * dy) / (width * width))


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def skin_colour(volume, x, y, z, lips, paint, out):
    """Albedo of bare skin and lips at a point of the unshaped head; returns the beard's darkening too."""
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
    beard = 0.0
    if paint.stubble > 0 and z > 0.15:
        low = step(6.93, 6.72, y) if ax > 0.33 else step(6.80, 6.76, y)
        low = step(6.98 - 0.28 * step(0.62, 0.2, ax), 6.72 - 0.1 * step(0.5, 0.2, ax), y)
        moustache = bell((ax - 0.12) * 0.55, y - 6.79, 0.075)
        bare = 1 - 0.75 * bell(ax - 0.3, y - 6.62, 0.09) - 0.8 * bell(ax, (y - 6.47) * 2.2, 0.12)
        region = max(low * max(bare, 0.0), moustache) * step(5.95, 6.15, y) * step(0.15, 0.45, z)
        grain = 0.55 + 0.75 * noise(volume, 95 * x, 60 * y, 95 * z)
        beard = paint.stubble * region * min(max(grain, 0.0), 1.0)
        for c in range(3):
            out[c] = out[c] * (1 - beard) + beard * (paint.hair[c] * 0.6 + 0.10 * paint.grey * max(broad, 0.0))
    crease = 1 + 0.10 * noise(volume, 60 * x, 9 * y, 4.0) + 0.05 * fine
    for c in range(3):
        out[c] = out[c] * (1 - lips) + lips * paint.lips[c] * crease
    return beard


@njit(nogil=True, cache=True)
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
        bright = (0.8 + 0.45 * rays) * (1.35 - 0.75 * step(0.2, rim, radius)) * (1 - 0.7 * step(rim - 0.09, rim, radius))
        pupil = step(0.15, 0.18, radius)
        for c in range(3):
            out[c] = out[c] * (1 - inside) + inside * (iris[c] * bright * pupil + 0.004)
    return inside


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def shade(
    index, weights, triangles, parts, inverse, canon, world, normal, fields, flow, volume, paint, lights,
    camera, image, labels,
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
            _unit(n)
            _unit(view)
            shadow = shadow_at(lights, at[0], at[1], at[2], ((row * 7 + col * 13) % 5 - 2) * 0.4)
            part = parts[t]
            if part == SKIN:
                labels[row, col] = _shade_skin(
                    place, f, n, view, shadow, volume, paint, lights, flow, albedo, light
                )
            elif part == EYE:
                labels[row, col] = EYE_LABEL
                _shade_eye(place, f, n, view, shadow, volume, paint, lights, albedo, light)
            elif part == HAIR:
                _shade_hanging(place, f, n, view, shadow, volume, paint, lights, albedo, light)
            else:
                labels[row, col] = MOUTH_LABEL if part != LASHES else FACE_LABEL
                _shade_rest(part, place, f, n, view, shadow, volume, lights, albedo, light)
            for c in range(3):
                image[row, col, c] = light[c]


@njit(nogil=True, cache=True)
def _lash_line(x, y, z):
    dx, dy, dz = abs(x) - 0.308, y - 7.284, z - 1.245
    off = sqrt(dx * dx + dy * dy + dz * dz) - 0.1465
    upper = step(-0.03, 0.03, dy + 0.3 * dx)
    return (1 - step(0.008, 0.034, off)) * (0.35 + 0.65 * upper) * step(-0.05, 0.05, dz)


@njit(nogil=True, cache=True)
def _unit(v):
    length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) + 1e-12
    for c in range(3):
        v[c] /= length


@njit(nogil=True, cache=True)
def _shade_skin(place, f, n, view, shadow, volume, paint, lights, flow, albedo, light):
    x, y, z = place[0], place[1], place[2]
    front = step(-0.35, 0.45, z)
    shirt = 5.97 - front * 0.55 * (1 - step(0.1, 0.62, abs(x)))
    if y < shirt:
        weave = 1 + 0.12 * noise(volume, 45 * x, 45 * y, 45 * z) + 0.10 * noise(volume, 6 * x, 4 * y, 6 * z)
        edge = 1 - 0.35 * step(shirt - 0.085, shirt - 0.075, y)
        for c in range(3):
            albedo[c] = paint.shirt[c] * weave * edge
        lit(lights, n, view, shadow, f[AMBIENT], albedo, 0.1, 0.05, 8.0, light)
        return NO_LABEL
    strand_angle = atan2(x, sqrt((y - 7.3) ** 2 + (z - 0.1) ** 2))
    along = atan2(z - 0.1, y - 7.3)
    strand = noise(volume, 95 * strand_angle, 2.0 * along, 2.0) + 0.6 * noise(volume, 41 * strand_angle, 3 * along, 8.0)
    short = noise(volume, 70 * x, 42 * y, 42 * z) + 0.6 * noise(volume, 33 * x, 22 * y, 22 * z)
    grain = paint.hair_back * strand + (1 - paint.hair_back) * short
    hair = step(-0.03, 0.08, f[HAIRLINE] + 0.05 * grain + 0.03 * (1 - paint.hair_back) * short) * (1 - step(0.2, 0.5, f[EARS]))
    inside = step(0.25, 0.75, f[INSIDE])
    lips = step(0.25, 0.75, f[LIPS])
    beard = skin_colour(volume, x, y, z, lips, paint, albedo)
    brow = brow_cover(volume, x, y, paint) if z > 0.6 else 0.0
    for c in range(3):
        albedo[c] = albedo[c] * (1 - brow) + brow * paint.brows[c]
    lash = _lash_line(x, y, z) * paint.eye_paint
    for c in range(3):
        albedo[c] *= 1 - 0.93 * lash
    if inside > 0:
        wet = (0.22, 0.045, 0.04)
        for c in range(3):
            albedo[c] = albedo[c] * (1 - inside) + inside * wet[c]
    if hair < 1:
        e = 0.006
        relief = 1 - 0.7 * lips
        h = skin_height(volume, x, y, z, paint.wrinkles)
        gx = (skin_height(volume, x + e, y, z, paint.wrinkles) - h) / e * relief
        gy = (skin_height(volume, x, y + e, z, paint.wrinkles) - h) / e * relief
        gz = (skin_height(volume, x, y, z + e, paint.wrinkles) - h) / e * relief
        along_n = gx * n[0] + gy * n[1] + gz * n[2]
        n[0] -= gx - along_n * n[0]
        n[1] -= gy - along_n * n[1]
        n[2] -= gz - along_n * n[2]
        _unit(n)
    gloss = paint.shine * (0.7 + 0.4 * noise(volume, 40 * x, 40 * y, 40 * z)) * (1 - 0.7 * beard) * (1 - brow)
    gloss = gloss * (1 - lips) + lips * 1.1
    ambient = f[AMBIENT] * (1 - 0.75 * inside)
    shadow *= 1 - 0.6 * inside
    if hair < 1:
        lit(lights, n, view, shadow, ambient, albedo, 0.32, gloss, 22.0 + 30 * lips + 20 * inside, light)
    if hair > 0:
        r, g, b = light[0], light[1], light[2]
        strand = np.array([n[1] * flow[2] - n[2] * flow[1], n[2] * flow[0] - n[0] * flow[2], n[0] * flow[1] - n[1] * flow[0]])
        _unit(strand)
        grey = paint.grey * (0.25 + 0.75 * step(8.1, 7.6, y)) * min(max(0.6 + 0.6 * short, 0.0), 1.0)
        _shade_hair(grain, grey, strand, f, n, view, shadow, paint, lights, albedo, light)
        light[0] = r * (1 - hair) + light[0] * hair
        light[1] = g * (1 - hair) + light[1] * hair
        light[2] = b * (1 - hair) + light[2] * hair
    if max(lips, inside) > 0.5:
        return MOUTH_LABEL
    face = hair < 0.5 and f[EARS] < 0.3 and y > 6.19 + (1.42 - z) * 0.47 and z > 0.3 and f[FOLLOW] > 0.5
    return FACE_LABEL if face else NO_LABEL


@njit(nogil=True, cache=True)
def _shade_hair(grain, grey, strand, f, n, view, shadow, paint, lights, albedo, light):
    dark = 0.8 + 0.5 * grain
    for c in range(3):
        albedo[c] = (paint.hair[c] * (1 - grey) + grey * 0.30) * max(dark, 0.15)
    across = (strand[1] * n[2] - strand[2] * n[1], strand[2] * n[0] - strand[0] * n[2], strand[0] * n[1] - strand[1] * n[0])
    for c in range(3):
        n[c] += 0.25 * grain * across[c]
    _unit(n)
    lit(lights, n, view, shadow, f[AMBIENT], albedo, 0.25, 0.06, 14.0, light)
    for k in range(2):
        way = lights.key if k == 0 else lights.rim
        colour = lights.key_colour if k == 0 else lights.rim_colour
        hx, hy, hz = way[0] + view[0], way[1] + view[1], way[2] + view[2]
        length = sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
        lean = (strand[0] * hx + strand[1] * hy + strand[2] * hz) / length + 0.12 * grain
        facing = step(-0.1, 0.4, n[0] * way[0] + n[1] * way[1] + n[2] * way[2])
        shine = max(1 - lean * lean, 0.0) ** 30 * facing * (shadow if k == 0 else f[AMBIENT]) * (0.5 + 0.5 * grain)
        for c in range(3):
            light[c] += max(shine, 0.0) * colour[c] * (0.035 + 0.25 * albedo[c])


@njit(nogil=True, cache=True)
def _shade_hanging(place, f, n, view, shadow, volume, paint, lights, albedo, light):
    around, along = place[0], place[1]
    wave = around + 0.03 * noise(volume, 6 * around, 3 * along, 1.0)
    grain = noise(volume, 95 * wave, 1.5 * along, 2.0) + 0.6 * noise(volume, 40 * wave, 2 * along, 8.0)
    strand = np.array([0.0, -1.0, 0.0])
    if n[0] * view[0] + n[1] * view[1] + n[2] * view[2] < 0:
        for c in range(3):
            n[c] = -n[c]
    f[AMBIENT] *= 0.55 + 0.45 * along
    _shade_hair(grain, 0.0, strand, f, n, view, shadow, paint, lights, albedo, light)


@njit(nogil=True, cache=True)
def _shade_eye(place, f, n, view, shadow, volume, paint, lights, albedo, light):
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


@njit(nogil=True, cache=True)
def _shade_rest(part, place, f, n, view, shadow, volume, lights, albedo, light):
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
