"""MakeHuman's head as arrays: loading, blending targets, one step of subdivision, turning the head on the neck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, vstack

FILE = Path(__file__).with_name("head.npz")
SKIN, EYE, TEETH, TONGUE, LASHES, HAIR = range(6)
"""Parts: those of head.npz in its order, and hair that hangs."""


@dataclass(frozen=True)
class HeadMesh:
    """The coarse head, its targets, and the finer mesh that is drawn.

    Coordinates are decimetres, x to the person's left, y up, z to the front. `masks` are per coarse vertex, 0..1.
    """

    vertices: np.ndarray
    quads: np.ndarray
    parts: np.ndarray
    head_weight: np.ndarray
    masks: dict[str, np.ndarray]
    targets: dict[str, tuple[np.ndarray, np.ndarray]]

    def shaped(self, weights: Mapping[str, float]) -> np.ndarray:
        """Coarse vertices (n, 3) after adding each named target times its weight; an unknown name is a KeyError."""
        moved = self.vertices.copy()
        for name, weight in weights.items():
            indices, moves = self.targets[name]
            moved[indices] += weight * moves
        return moved

    @cached_property
    def subdivision(self) -> tuple[csr_array, np.ndarray]:
        """The Catmull-Clark step as a matrix (fine x coarse) and the fine quads (4m, 4)."""
        return catmull_clark(self.quads, len(self.vertices))

    @cached_property
    def triangles(self) -> np.ndarray:
        """Fine triangles (8m, 3)."""
        quads = self.subdivision[1]
        return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)

    @cached_property
    def triangle_parts(self) -> np.ndarray:
        """The part of each fine triangle (8m,)."""
        parts = np.repeat(self.parts, 4)
        return np.concatenate([parts, parts])

    def fine(self, values: np.ndarray) -> np.ndarray:
        """Values per coarse vertex, (n,) or (n, k), carried to the fine vertices."""
        return np.asarray(self.subdivision[0] @ values)


def load_head(path: Path = FILE) -> HeadMesh:
    """Read what export_head.py wrote."""
    with np.load(path, allow_pickle=False) as data:
        starts = data["target_starts"]
        indices, moves = data["target_indices"], data["target_moves"] * float(data["step"])
        targets = {
            str(name): (indices[start:stop], moves[start:stop])
            for name, start, stop in zip(data["target_names"], starts[:-1], starts[1:], strict=True)
        }
        masks = {name.removeprefix("mask_"): data[name] / 255.0 for name in data.files if name.startswith("mask_")}
        return HeadMesh(
            vertices=data["vertices"].astype(np.float64),
            quads=data["quads"].astype(np.int64),
            parts=data["parts"],
            head_weight=data["head_weight"] / 255.0,
            masks=masks,
            targets=targets,
        )


def catmull_clark(quads: np.ndarray, count: int) -> tuple[csr_array, np.ndarray]:
    """One Catmull-Clark step of a quad mesh with borders: (fine x coarse) weights and the fine quads.

    Fine vertices are the coarse ones first, then one for each quad, then one for each edge (Catmull and Clark, 1978).
    """
    number = len(quads)
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2)
    edges, edge_of, uses = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.reshape(-1)
    inner = uses == 2
    face = csr_array((np.full(4 * number, 0.25), (np.repeat(np.arange(number), 4), quads.ravel())), (number, count))
    ends = csr_array((np.full(2 * len(edges), 0.5), (np.repeat(np.arange(len(edges)), 2), edges.ravel())))
    around = csr_array((np.full(4 * number, 0.5), (edge_of, np.repeat(np.arange(number), 4))), (len(edges), number))
    share = np.where(inner, 0.5, 0.0)
    edge = csr_array(ends.multiply((1 - share)[:, None])) + csr_array((around @ face).multiply(share[:, None]))

    valence = np.bincount(quads.ravel(), minlength=count)
    on_border = np.zeros(count, bool)
    on_border[edges[~inner].ravel()] = True
    touching = csr_array((np.ones(4 * number), (quads.ravel(), np.repeat(np.arange(number), 4))), (count, number))
    meets = csr_array(
        (np.ones(2 * len(edges)), (edges.ravel(), np.repeat(np.arange(len(edges)), 2))), (count, len(edges))
    )
    safe = np.maximum(valence, 1).astype(float)
    smooth = csr_array((touching @ face).multiply((1 / safe**2)[:, None]))
    smooth = smooth + csr_array((meets @ ends).multiply((2 / safe**2)[:, None]))
    smooth = smooth + csr_array((np.maximum(safe - 3, 0) / safe, (np.arange(count), np.arange(count))))
    border_edges = csr_array(meets.multiply((~inner)[None, :].astype(float)))
    border = csr_array((border_edges @ ends).multiply(0.25)) + csr_array(
        (np.full(count, 0.5), (np.arange(count), np.arange(count)))
    )
    vertex = csr_array(smooth.multiply((~on_border)[:, None].astype(float))) + csr_array(
        border.multiply(on_border[:, None].astype(float))
    )
    return csr_array(vstack([vertex, face, edge])), _fine_quads(quads, edge_of, count)


def _fine_quads(quads: np.ndarray, edge_of: np.ndarray, count: int) -> np.ndarray:
    number = len(quads)
    centre = count + np.arange(number)
    edge = count + number + edge_of.reshape(number, 4)
    fine = [np.stack([quads[:, k], edge[:, k], centre, edge[:, k - 1]], axis=1) for k in range(4)]
    return np.stack(fine, axis=1).reshape(-1, 4)


def normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals per vertex, weighted by the triangles' areas."""
    corner = vertices[triangles]
    flat = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    total = np.zeros_like(vertices)
    for axis in range(3):
        for k in range(3):
            total[:, axis] += np.bincount(triangles[:, k], flat[:, axis], minlength=len(vertices))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The head's turn from angles in degrees, with the signs and the order of `studio.faces.pose.head_pose`.

    Pitched first (positive looks up), then yawed (positive points the nose to the image's right side), then rolled
    (positive tilts the head clockwise as the viewer sees it).
    """
    y, p, r = np.radians([yaw, -pitch, -roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x
