"""Eyelashes: thin triangles set along the strips that MakeHuman's mesh has for them."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from tests.rendering.mesh import EYE, LASHES, HeadMesh

PER_COLUMN = 4
UPPER_LENGTH, LOWER_LENGTH = 1.15, 0.45
"""Shares of the strip's width."""
THICKNESS = 0.75
"""Of a lash at its root, as a share of the space between two."""

Edge = tuple[int, int]


def lashes(head: HeadMesh) -> tuple[csr_array, np.ndarray]:
    """Weights (3k, coarse vertices) that place the lashes' corners, and their triangles (k, 3)."""
    rows: list[dict[int, float]] = []
    random = np.random.default_rng(5)
    middle = head.vertices[np.unique(head.quads[head.parts == EYE]), 1].mean()
    for (root_a, root_b), (tip_a, tip_b) in columns(head):
        upper = head.vertices[tip_a, 1] > middle
        for k in range(PER_COLUMN):
            at = (k + random.uniform(0.1, 0.9)) / PER_COLUMN
            length = (UPPER_LENGTH if upper else LOWER_LENGTH) * random.uniform(0.75, 1.1)
            half = 0.5 * THICKNESS / PER_COLUMN
            lean = at + random.uniform(-0.3, 0.3)
            tip = {tip_a: length * (1 - lean), tip_b: length * lean}
            rows += [
                {root_a: 1 - at + half, root_b: at - half},
                {root_a: 1 - at - half, root_b: at + half},
                {root_a: (1 - length) * (1 - at), root_b: (1 - length) * at} | tip,
            ]
    where = np.array([(number, vertex) for number, row in enumerate(rows) for vertex in row])
    values = [weight for row in rows for weight in row.values()]
    matrix = csr_array((values, (where[:, 0], where[:, 1])), (len(rows), len(head.vertices)))
    return matrix, np.arange(len(rows), dtype=np.int32).reshape(-1, 3)


def columns(head: HeadMesh) -> list[tuple[Edge, Edge]]:
    """For each column of quads in the strips, its edge at the lid and its edge at the tip."""
    quads = head.quads[head.parts == LASHES]
    beside: dict[frozenset[int], list[int]] = {}
    for number, quad in enumerate(quads):
        for a, b in zip(quad, np.roll(quad, -1), strict=True):
            beside.setdefault(frozenset((int(a), int(b))), []).append(number)
    borders = [tuple(edge) for edge, users in beside.items() if len(users) == 1]
    found = []
    for start in borders:
        end = far_edge(start, quads, beside)
        across = head.vertices[list(end)].mean(axis=0) - head.vertices[list(start)].mean(axis=0)
        if np.linalg.norm(across) < 0.12 and reach(start, head) < reach(end, head) - 0.02:
            found.append((start, end))
    return found


def far_edge(start: Edge, quads: np.ndarray, beside: dict[frozenset[int], list[int]]) -> Edge:
    """Cross quads edge to opposite edge from a border to the other border; corners stay in order."""
    edge, users = start, beside[frozenset(start)]
    while users:
        number = users[0]
        quad = [int(vertex) for vertex in quads[number]]
        i, j = quad.index(edge[0]), quad.index(edge[1])
        forward = (j - i) % 4 == 1
        edge = (quad[i - 1], quad[(j + 1) % 4]) if forward else (quad[(i + 1) % 4], quad[j - 1])
        users = [other for other in beside[frozenset(edge)] if other != number]
    return edge


def reach(edge: Edge, head: HeadMesh) -> float:
    """How far an edge lies from the middle of the nearer eyeball."""
    points = head.vertices[np.unique(head.quads[head.parts == EYE])]
    centres = [points[side].mean(axis=0) for side in (points[:, 0] > 0, points[:, 0] < 0)]
    middle = head.vertices[list(edge)].mean(axis=0)
    return float(min(np.linalg.norm(middle - centre) for centre in centres))
