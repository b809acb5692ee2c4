"""Patterns that surfaces are painted with: noise, steps and bumps.

Compiled anew in each process: numba's cache does not notice a change in another module's kernel.
"""

from __future__ import annotations

from math import exp, floor, sqrt

from numba import njit


@njit(nogil=True)
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


@njit(nogil=True)
def step(low, high, value):
    """A smooth step from 0 at `low` to 1 at `high`."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(nogil=True)
def bell(dx, dy, width):
    """A round bump of the given width."""
    return exp(-(dx * dx + dy * dy) / (width * width))


@njit(nogil=True)
def unit(v):
    """Scale a vector to length 1 in place."""
    length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) + 1e-12
    for c in range(3):
        v[c] /= length
