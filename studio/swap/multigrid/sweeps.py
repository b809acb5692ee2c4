"""The loops over one level: smoothing, and the way to the coarser level and back."""

from __future__ import annotations

import numpy as np

from studio.swap.multigrid.compiled import compiled
from studio.swap.multigrid.pyramid import Field, Joints

_FOUR = np.float32(4)
_NEAR, _FAR = np.float32(0.75), np.float32(0.25)


@compiled
def first_step(b: Field, inverse: Field, weight: np.float32, out: Field) -> None:
    """The Jacobi step from zero: `out` = weight * inverse * b."""
    rows, channels, columns = b.shape
    for i in range(1, rows - 1):
        for c in range(channels):
            source, target = b[i, c], out[i, c]
            for j in range(columns):
                target[j] = weight * inverse[i, j] * source[j]


@compiled
def fine_step(x: Field, b: Field, inverse: Field, weight: np.float32, keep: np.float32, out: Field) -> None:
    """`out` = keep * x + weight * inverse * (b - A x) on the first level, where all joints weigh one.

    With `keep` 1 a Jacobi step, with `keep` 0 the scaled residual.
    """
    rows, channels, columns = x.shape
    n = columns - 2
    for i in range(1, rows - 1):
        scale = inverse[i, 1 : n + 1]
        for c in range(channels):
            here, left, right = x[i, c, 1 : n + 1], x[i, c, :n], x[i, c, 2:]
            above, below = x[i - 1, c, 1 : n + 1], x[i + 1, c, 1 : n + 1]
            wanted, target = b[i, c, 1 : n + 1], out[i, c, 1 : n + 1]
            for j in range(n):
                rest = wanted[j] + left[j] + right[j] + above[j] + below[j] - _FOUR * here[j]
                target[j] = keep * here[j] + weight * scale[j] * rest


@compiled
def step(x: Field, b: Field, joints: Joints, inverse: Field, weight: np.float32, keep: np.float32, out: Field) -> None:
    """`fine_step` with a level's own joints; with `keep` 0 and a mask for `inverse` the bare residual."""
    rows, channels, columns = x.shape
    n = columns - 2
    for i in range(1, rows - 1):
        scale, centre = inverse[i, 1 : n + 1], joints.diagonal[i, 1 : n + 1]
        to_right, to_left = joints.right[i, 1 : n + 1], joints.right[i, :n]
        to_below, to_above = joints.below[i, 1 : n + 1], joints.below[i - 1, 1 : n + 1]
        for c in range(channels):
            here, left, right = x[i, c, 1 : n + 1], x[i, c, :n], x[i, c, 2:]
            above, below = x[i - 1, c, 1 : n + 1], x[i + 1, c, 1 : n + 1]
            wanted, target = b[i, c, 1 : n + 1], out[i, c, 1 : n + 1]
            for j in range(n):
                rest = wanted[j] + to_left[j] * left[j] + to_right[j] * right[j] - centre[j] * here[j]
                rest += to_above[j] * above[j] + to_below[j] * below[j]
                target[j] = keep * here[j] + weight * scale[j] * rest


@compiled
def restrict(fine: Field, coarse: Field, line: Field) -> None:
    """The transpose of `add_prolonged`; `line` is scratch of at least twice the coarse columns."""
    rows, channels, columns = coarse.shape
    last, width = fine.shape[0] - 1, fine.shape[2]
    line[:] = 0
    for i in range(1, rows - 1):
        for c in range(channels):
            first, second = fine[2 * i - 2, c], fine[2 * i - 1, c]
            third, fourth = fine[min(2 * i, last), c], fine[min(2 * i + 1, last), c]
            for j in range(width):
                line[j] = _FAR * (first[j] + fourth[j]) + _NEAR * (second[j] + third[j])
            target = coarse[i, c]
            for j in range(1, columns - 1):
                target[j] = _FAR * (line[2 * j - 2] + line[2 * j + 1]) + _NEAR * (line[2 * j - 1] + line[2 * j])


@compiled
def add_prolonged(coarse: Field, fine: Field, inverse: Field, line: Field) -> None:
    """Add the coarse field, bilinearly between the middles of its cells, to the fine cells inside the mask."""
    rows, channels, columns = fine.shape
    n = coarse.shape[2]
    for i in range(1, rows - 1):
        near = (i + 1) // 2
        far = near - 1 if i % 2 else near + 1
        for c in range(channels):
            close, remote = coarse[near, c], coarse[far, c]
            for j in range(1, n - 1):
                here = _NEAR * close[j] + _FAR * remote[j]
                line[2 * j - 1] = _NEAR * here + _FAR * (_NEAR * close[j - 1] + _FAR * remote[j - 1])
                line[2 * j] = _NEAR * here + _FAR * (_NEAR * close[j + 1] + _FAR * remote[j + 1])
            target = fine[i, c]
            for j in range(1, columns - 1):
                target[j] += line[j] if inverse[i, j] > 0 else np.float32(0)
