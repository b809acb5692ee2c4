"""Hair that hangs: a curtain of strands from the crown around the back of the head, fitted to a person's skull."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

COLUMNS, ROWS = 121, 21
AXIS = -1.10
"""How far behind the eyes the middle of the skull lies, in decimetres."""


class Curtain(NamedTuple):
    """A grid of hair in the head's rest coordinates (origin between the eyes).

    `vertices` (n, 3), `triangles` (m, 3), `strands` (n, 3): how far around and how far along a strand each vertex is,
    and `follow` (n,), how far it follows the head's turn.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    strands: np.ndarray
    follow: np.ndarray


def curtain(skull: np.ndarray, length: float, volume: float, seed: int) -> Curtain:
    """Hair around a skull, its points (n, 3) given, down to `length` below the eyes; `volume` is the scalp's own."""
    around = np.linspace(-1, 1, COLUMNS)
    along = np.linspace(0, 1, ROWS)
    border = 66 + 22 * np.sin(np.pi * np.clip(along * 1.25, 0, 1)) - 4 * along
    azimuth = 180 + around[None, :] * (180 - border[:, None])
    height = 0.72 - along[:, None] * (length + 0.72) + np.zeros_like(azimuth)
    top, wide = radii(skull, azimuth, 0.60, 0.84), radii(skull, azimuth, -0.45, 0.65)
    random = np.random.default_rng(seed)
    waves = sum(random.normal() * np.cos(k * np.radians(azimuth) + random.uniform(0, 6)) / 14 for k in range(9, 30, 2))
    spread = np.clip(along[:, None] / 0.35, 0, 1)
    spread = spread * spread * (3 - 2 * spread)
    radius = (top + 0.75 * volume) * (1 - spread) + (wide + 0.07) * spread
    down = along[:, None]
    radius = radius + 0.045 * np.sin(np.pi * down) - 0.16 * down**3 + 0.05 * waves * down
    height = height + 0.02 * waves * down - 0.06 * np.abs(around)[None, :] ** 4 * down
    turn = np.radians(azimuth)
    vertices = np.stack([radius * np.sin(turn), height, radius * np.cos(turn) + AXIS], axis=-1).reshape(-1, 3)
    strands = np.stack([turn, np.broadcast_to(along[:, None], turn.shape), np.zeros_like(turn)], axis=-1).reshape(-1, 3)
    follow = np.broadcast_to(1 - 0.25 * along[:, None] ** 2, turn.shape).reshape(-1)
    return Curtain(vertices, _grid(ROWS, COLUMNS), strands, follow)


def radii(skull: np.ndarray, azimuth: np.ndarray, low: float, high: float) -> np.ndarray:
    """The skull's widest distance from its axis between two heights, at each azimuth in degrees, smoothed around."""
    band = skull[(skull[:, 1] > low) & (skull[:, 1] < high)]
    angle = np.degrees(np.arctan2(band[:, 0], band[:, 2] - AXIS)) % 360
    distance = np.hypot(band[:, 0], band[:, 2] - AXIS)
    bins = np.arange(0, 360, 4.0)
    apart = np.abs((angle[None, :] - bins[:, None] + 180) % 360 - 180)
    widest = np.where(apart < 9, distance[None, :], 0).max(axis=1)
    kernel = np.exp(-(np.arange(-6, 7) ** 2) / 10.0)
    smooth = np.convolve(np.tile(widest, 3), kernel / kernel.sum(), "same")[len(bins) : 2 * len(bins)]
    return np.interp(azimuth % 360, np.append(bins, 360), np.append(smooth, smooth[0]))


def _grid(rows: int, columns: int) -> np.ndarray:
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)[None, :]).reshape(-1)
    right, below = corner + 1, corner + columns
    return np.concatenate(
        [np.stack([corner, below, right], axis=1), np.stack([right, below, below + 1], axis=1)]
    ).astype(np.int32)
