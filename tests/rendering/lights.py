"""Lights: a key with a shadow map, fill and rim, and the sky's light with its occlusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.rendering.raster import depth_map
from tests.rendering.reflect import Lighting

SHADOW_SIZE = 512
AMBIENT_SIZE = 128
AMBIENT_WAYS = 24


@dataclass(frozen=True)
class Light:
    """Where the key light stands (degrees to the image's right, and up), how strong and how warm (-1..1) it is."""

    azimuth: float = -35.0
    elevation: float = 35.0
    strength: float = 1.0
    warmth: float = 0.0


def lighting(light: Light, world: np.ndarray, triangles: np.ndarray) -> Lighting:
    """The scene's lights for a mesh (n, 3) with unit directions toward each light."""
    key = direction(light.azimuth, light.elevation)
    matrix = light_matrix(key, world, SHADOW_SIZE)
    points = world @ matrix[:, :3].T + matrix[:, 3]
    tint = np.array([1 + 0.10 * light.warmth, 1.0, 1 - 0.18 * light.warmth])
    return Lighting(
        key=key,
        key_colour=2.1 * light.strength * tint,
        fill=direction(-light.azimuth * 1.3, 5.0),
        fill_colour=0.32 * np.array([0.92, 0.98, 1.1]),
        rim=direction(150.0 if light.azimuth < 0 else -150.0, 30.0),
        rim_colour=0.8 * np.array([1.0, 0.97, 0.92]),
        sky=0.42 * np.array([0.95, 0.99, 1.06]),
        ground=0.2 * np.array([1.06, 0.98, 0.9]),
        shadow=depth_map(points, triangles, SHADOW_SIZE),
        shadow_matrix=matrix,
    )


def direction(azimuth: float, elevation: float) -> np.ndarray:
    """A unit vector: azimuth in degrees from the front to the image's right, elevation in degrees up."""
    a, e = np.radians([azimuth, elevation])
    return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])


def light_matrix(way: np.ndarray, world: np.ndarray, size: int) -> np.ndarray:
    """World to the pixels and depth (decimetres, larger is nearer) of a parallel view along `-way`, (3, 4)."""
    side = np.cross([0.0, 1.0, 0.01], way)
    side /= np.linalg.norm(side)
    up = np.cross(way, side)
    near = world[np.abs(world[:, 0]) < 2.2]
    u, v = near @ side, near @ up
    scale = (size - 4) / max(np.ptp(u), np.ptp(v))
    return np.array(
        [
            [*(scale * side), 2 - scale * u.min()],
            [*(-scale * up), 2 + scale * v.max()],
            [*way, 0.0],
        ]
    )


def ambient_light(world: np.ndarray, normal: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Share of the sky each vertex sees, 0..1, from small depth maps along directions spread over the sphere."""
    index = np.arange(AMBIENT_WAYS) + 0.5
    elevation = np.degrees(np.arcsin(1 - 1.7 * index / AMBIENT_WAYS))
    azimuth = (index * 137.50776) % 360
    seen, possible = np.zeros(len(world)), np.full(len(world), 1e-6)
    for a, e in zip(azimuth, elevation, strict=True):
        way = direction(a, e)
        matrix = light_matrix(way, world, AMBIENT_SIZE)
        points = world @ matrix[:, :3].T + matrix[:, 3]
        depth = depth_map(points, triangles, AMBIENT_SIZE)
        x, y = np.clip(points[:, :2].astype(int), 0, AMBIENT_SIZE - 1).T
        cosine = np.clip(normal @ way, 0, None)
        possible += cosine
        seen += cosine * (points[:, 2] > depth[y, x] - 0.06)
    return seen / possible
