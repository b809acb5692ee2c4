"""Conjugate gradients with a multigrid cycle before each step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.swap.multigrid.compiled import compiled
from studio.swap.multigrid.pyramid import Equations, Field, field_of, grid_of, joints_of
from studio.swap.multigrid.sweeps import add_prolonged, fine_step, first_step, restrict, step

Sums = NDArray[np.float64]

# The two Jacobi weights that together damp best where the coarser grid can't help: eigenvalues 0.5 to 2 of the scaled
# operator (Chebyshev).
_FIRST = np.float32(1 / (1.25 + 0.75 * np.cos(np.pi / 4)))
_SECOND = np.float32(1 / (1.25 - 0.75 * np.cos(np.pi / 4)))
_ZERO, _ONE, _FOUR = np.float32(0), np.float32(1), np.float32(4)
_COARSEST_ROUNDS = 3
_FASTEST, _SLOWEST = 0.25, 0.9


class Scratch(NamedTuple):
    """Flat fields over all levels: right-hand sides (the residual), solutions, and room for a step; and one line."""

    wanted: Field
    solution: Field
    between: Field
    line: Field


@compiled
def _smooth(equations: Equations, scratch: Scratch, level: int, channels: int, weight: np.float32, back: bool) -> None:
    """One Jacobi step of a level, from `solution` into `between`, or `back`."""
    levels = equations.levels
    b = field_of(scratch.wanted, levels, level, channels)
    x = field_of(scratch.solution, levels, level, channels)
    t = field_of(scratch.between, levels, level, channels)
    source, target = (t, x) if back else (x, t)
    inverse = grid_of(equations.inverse, levels, level)
    if level == 0:
        fine_step(source, b, inverse, weight, _ONE, target)
    else:
        step(source, b, joints_of(equations, level), inverse, weight, _ONE, target)


@compiled
def _residual(equations: Equations, scratch: Scratch, level: int, channels: int) -> None:
    """What a level's solution leaves, inside the mask, into `between`."""
    levels = equations.levels
    b = field_of(scratch.wanted, levels, level, channels)
    x = field_of(scratch.solution, levels, level, channels)
    t = field_of(scratch.between, levels, level, channels)
    if level == 0:
        fine_step(x, b, grid_of(equations.inverse, levels, 0), _FOUR, _ZERO, t)
    else:
        step(x, b, joints_of(equations, level), grid_of(equations.inside, levels, level), _ONE, _ZERO, t)


@compiled
def cycle(equations: Equations, scratch: Scratch, channels: int) -> None:
    """One V-cycle: from `wanted` on the first level, and from zero, into `solution` nearly what A takes to it."""
    levels = equations.levels
    deepest = len(levels) - 1
    for level in range(deepest + 1):
        b = field_of(scratch.wanted, levels, level, channels)
        t = field_of(scratch.between, levels, level, channels)
        first_step(b, grid_of(equations.inverse, levels, level), _FIRST, t)
        _smooth(equations, scratch, level, channels, _SECOND, True)
        if level < deepest:
            _residual(equations, scratch, level, channels)
            restrict(t, field_of(scratch.wanted, levels, level + 1, channels), scratch.line)
    for _ in range(_COARSEST_ROUNDS):
        _smooth(equations, scratch, deepest, channels, _SECOND, False)
        _smooth(equations, scratch, deepest, channels, _FIRST, True)
    for above in range(deepest):
        level = deepest - 1 - above
        x = field_of(scratch.solution, levels, level, channels)
        coarse = field_of(scratch.solution, levels, level + 1, channels)
        add_prolonged(coarse, x, grid_of(equations.inverse, levels, level), scratch.line)
        _smooth(equations, scratch, level, channels, _SECOND, False)
        _smooth(equations, scratch, level, channels, _FIRST, True)


@compiled
def _product(x: Field, y: Field, sums: Sums) -> None:
    """The scalar product of each channel."""
    rows, channels, columns = x.shape
    sums[:] = 0
    for i in range(1, rows - 1):
        for c in range(channels):
            a, b = x[i, c], y[i, c]
            line = _ZERO
            for j in range(columns):
                line += a[j] * b[j]
            sums[c] += line


@compiled
def _turn(direction: Field, towards: Field, share: Sums) -> None:
    """`direction` = `towards` + share * `direction`, channel by channel."""
    rows, channels, columns = direction.shape
    for i in range(1, rows - 1):
        for c in range(channels):
            target, source, factor = direction[i, c], towards[i, c], np.float32(share[c])
            for j in range(columns):
                target[j] = source[j] + factor * target[j]


@compiled
def _apply(direction: Field, inside: Field, out: Field, sums: Sums) -> None:
    """`out` = A direction inside the mask; `sums`: the scalar product of the two, by channel."""
    rows, channels, columns = direction.shape
    n = columns - 2
    sums[:] = 0
    for i in range(1, rows - 1):
        open_ = inside[i, 1 : n + 1]
        for c in range(channels):
            here, left, right = direction[i, c, 1 : n + 1], direction[i, c, :n], direction[i, c, 2:]
            above, below = direction[i - 1, c, 1 : n + 1], direction[i + 1, c, 1 : n + 1]
            target = out[i, c, 1 : n + 1]
            line = _ZERO
            for j in range(n):
                value = open_[j] * (_FOUR * here[j] - left[j] - right[j] - above[j] - below[j])
                target[j] = value
                line += value * here[j]
            sums[c] += line


@compiled
def _advance(x: Field, r: Field, direction: Field, applied: Field, length: Sums) -> float:
    """Go `length` along `direction` in `x`, and in the residual `r`; the largest change of a value of `x`."""
    rows, channels, columns = x.shape
    # One maximum a column: a single one over all would keep the loop from being vectorised.
    largest = np.zeros(columns, np.float32)
    for i in range(1, rows - 1):
        for c in range(channels):
            factor = np.float32(length[c])
            xs, rs, ps, qs = x[i, c], r[i, c], direction[i, c], applied[i, c]
            for j in range(columns):
                xs[j] += factor * ps[j]
                rs[j] -= factor * qs[j]
            for j in range(columns):
                change, most = abs(factor * ps[j]), largest[j]
                largest[j] = change if change > most else most
    return float(largest.max())


@compiled
def solve(equations: Equations, scratch: Scratch, x: Field, direction: Field, tolerance: float, most: int) -> int:
    """Add to `x` the solution of A e = r, r being on the first level of `scratch.wanted`; the number of steps taken.

    It ends when what is still to come is estimated below `tolerance` at every pixel, or after `most` steps. The
    estimate is a geometric series: the steps go on shrinking as the last one did, but never faster than to a quarter.
    """
    channels = x.shape[1]
    levels = equations.levels
    residual = field_of(scratch.wanted, levels, 0, channels)
    towards = field_of(scratch.solution, levels, 0, channels)
    applied = field_of(scratch.between, levels, 0, channels)
    inside = grid_of(equations.inside, levels, 0)
    before, now, bent = np.zeros(channels), np.zeros(channels), np.zeros(channels)
    share, length = np.zeros(channels), np.zeros(channels)
    direction[:] = 0
    last = 0.0
    for taken in range(1, most + 1):
        cycle(equations, scratch, channels)
        _product(residual, towards, now)
        for c in range(channels):
            share[c] = now[c] / before[c] if before[c] > 0 else 0.0
            before[c] = now[c]
        _turn(direction, towards, share)
        _apply(direction, inside, applied, bent)
        for c in range(channels):
            length[c] = now[c] / bent[c] if bent[c] > 0 else 0.0
        change = _advance(x, residual, direction, applied, length)
        shrinking = min(max(change / last, _FASTEST), _SLOWEST) if taken > 1 and last > 0 else 0.5
        if change * shrinking <= tolerance * (1 - shrinking):
            return taken
        last = change
    return most
