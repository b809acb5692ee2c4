"""How hair is lit."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from tests.rendering.paint import AMBIENT
from tests.rendering.pattern import noise, step, unit
from tests.rendering.reflect import lit


@njit(nogil=True)
def shade_hair(grain, grey, strand, f, n, view, shadow, paint, lights, albedo, light):
    """Light of hair whose strands run along `strand`, with the highlight of Kajiya and Kay (1989)."""
    dark = 0.8 + 0.5 * grain
    for c in range(3):
        albedo[c] = (paint.hair[c] * (1 - grey) + grey * 0.30) * max(dark, 0.15)
    across = (
        strand[1] * n[2] - strand[2] * n[1],
        strand[2] * n[0] - strand[0] * n[2],
        strand[0] * n[1] - strand[1] * n[0],
    )
    for c in range(3):
        n[c] += 0.25 * grain * across[c]
    unit(n)
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


@njit(nogil=True)
def shade_hanging(place, f, n, view, shadow, volume, paint, lights, albedo, light):
    """Light of hair that hangs; `place` says how far around the head and how far down it is."""
    around, along = place[0], place[1]
    wave = around + 0.03 * noise(volume, 6 * around, 3 * along, 1.0)
    grain = noise(volume, 95 * wave, 1.5 * along, 2.0) + 0.6 * noise(volume, 40 * wave, 2 * along, 8.0)
    strand = np.array([0.0, -1.0, 0.0])
    if n[0] * view[0] + n[1] * view[1] + n[2] * view[2] < 0:
        for c in range(3):
            n[c] = -n[c]
    f[AMBIENT] *= 0.55 + 0.45 * along
    shade_hair(grain, 0.0, strand, f, n, view, shadow, paint, lights, albedo, light)
