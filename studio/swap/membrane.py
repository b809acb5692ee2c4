"""Poisson blending: the generated face, its colours bent so that it meets the driver at the mask's edge.

The result is generated + u, where u is harmonic inside the mask (a membrane) and equals driver - generated on the edge:
the pixels outside the mask that touch it above, below, left or right. Nothing outside the mask changes.

With mixed gradients (Perez and others 2003, section 4) u is no longer harmonic: wherever the driver's step from one
pixel to the next is larger than the generated face's, it is taken over, so wrinkles and stubble of the driver shine
through.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.swap.multigrid.gradients import Scratch, solve
from studio.swap.multigrid.layout import edge_mean, load, pull, store
from studio.swap.multigrid.pyramid import Equations, Field, build, cells, field_of, grid_of, pyramid

Picture = TypeVar("Picture", NDArray[np.uint8], NDArray[np.float32])

# Grey levels, at any pixel: what the solver estimates to be still missing when it ends.
_TOLERANCE = 0.2
_MOST_STEPS = 100


class Membrane:
    """A solution kept as the start of the next one: for a slider that moves, or the next frame of a video.

    Not for two threads that blend at the same time: each wants its own.
    """

    def __init__(self) -> None:
        self._field: Field | None = None
        self._steps = 0

    @property
    def field(self) -> Field | None:
        """The last u inside its mask and driver - generated around it, (H, W, C) float32; None before the first."""
        return self._field

    @property
    def steps(self) -> int:
        """How many steps the last solution took."""
        return self._steps

    def blend(self, generated: Picture, driver: Picture, mask: NDArray[Any], *, mixed: bool = False) -> Picture:
        """`poisson_blend`, begun from the solution kept, and keeping the new one."""
        _check(generated, driver, mask)
        field = np.subtract(driver, generated, dtype=np.float32, order="C")
        source = _mixed_source(generated, driver) if mixed else None
        result = driver.copy(order="C")
        start = self._field if self._field is not None and self._field.shape == field.shape else None
        self._steps = _solve(result, field, _inside(mask), start, source)
        self._field = field
        return result


def poisson_blend(
    generated: Picture,
    driver: Picture,
    mask: NDArray[Any],
    start: Membrane | NDArray[np.float32] | None = None,
    *,
    mixed: bool = False,
) -> Picture:
    """Blend `generated` into `driver` inside `mask` by Poisson's equation with the driver at the edge (Dirichlet).

    Args:
        generated, driver: (H, W, C), both uint8 or both float32 with grey levels 0..255.
        mask: (H, W), bool, or numbers that count as inside where they aren't zero; its pixels on the border of the
            image are taken as outside.
        start: an earlier solution to begin from: a `Membrane`, which then keeps the new one, or the `field` of one.
        mixed: of both pictures' gradients take the larger one, channel by channel.

    Returns:
        A new array like `driver`, bit-identical to it outside the mask; inside within 0.5 grey levels of the exact
        solution, then rounded and clipped to 0..255 if uint8, but not clipped if float32.

    Raises:
        ValueError: shapes or types don't go together.
    """
    if isinstance(start, Membrane):
        return start.blend(generated, driver, mask, mixed=mixed)
    membrane = Membrane()
    if start is not None:
        membrane._field = np.array(start, np.float32, order="C")
    return membrane.blend(generated, driver, mask, mixed=mixed)


def warm_up() -> None:
    """Compile the solver, or load its machine code: once a process, best in the background."""
    mask = np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True
    for kind in (np.uint8, np.float32):
        poisson_blend(np.zeros((16, 16, 3), kind), np.ones((16, 16, 3), kind), mask)


def _check(generated: NDArray[Any], driver: NDArray[Any], mask: NDArray[Any]) -> None:
    if generated.shape != driver.shape or driver.ndim != 3 or mask.shape != driver.shape[:2]:
        raise ValueError(f"Shapes differ: generated {generated.shape}, driver {driver.shape}, mask {mask.shape}.")
    if generated.dtype != driver.dtype or driver.dtype not in (np.uint8, np.float32):
        raise ValueError(f"Both images must be uint8 or both float32, not {generated.dtype} and {driver.dtype}.")


def _inside(mask: NDArray[Any]) -> NDArray[np.bool_]:
    inside = mask.astype(np.bool_)
    inside[[0, -1]] = False
    inside[:, [0, -1]] = False
    return inside


def _mixed_source(generated: NDArray[Any], driver: NDArray[Any]) -> Field:
    """What the larger gradients add to the generated face's own, (H, W, C): minus their divergence."""
    source = np.zeros(driver.shape, np.float32)
    for axis, before, after in ((0, np.s_[:-1], np.s_[1:]), (1, np.s_[:, :-1], np.s_[:, 1:])):
        own, other = (np.diff(image.astype(np.float32), axis=axis) for image in (generated, driver))
        more = np.where(np.abs(other) > np.abs(own), other - own, np.float32(0))
        source[before] -= more
        source[after] += more
    return source


def _solve(
    result: NDArray[Any], field: Field, mask: NDArray[np.bool_], start: Field | None, source: Field | None
) -> int:
    """Blend into `result` (the driver), and put u into `field` (driver - generated); the number of steps.

    The negative Laplacian of u is `source` inside the mask; nothing where that is None.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return 0
    top, left = int(rows[0]) - 1, int(columns[0]) - 1
    height, width, channels = int(rows[-1]) - top, int(columns[-1]) - left, field.shape[2]
    levels = pyramid(height, width)
    equations = Equations(levels, *np.zeros((5, cells(levels)), np.float32))
    wanted, solution, between = np.zeros((3, cells(levels) * channels), np.float32)
    scratch = Scratch(wanted, solution, between, np.zeros(2 * width + 8, np.float32))
    inside = grid_of(equations.inside, levels, 0)
    inside[:] = mask[top : top + height + 2, left : left + width + 2]
    if start is None:
        start = np.empty_like(field)
        start[:] = edge_mean(field, inside, top, left)
    x = np.empty((height + 2, channels, width + 2), np.float32)
    load(field, start, inside, top, left, x)
    missing = field_of(scratch.wanted, levels, 0, channels)
    pull(x, inside, missing)
    if source is not None:
        part = source[top : top + height + 2, left : left + width + 2]
        missing += inside[:, None] * part.transpose(0, 2, 1)
    build(equations)
    steps = solve(equations, scratch, x, np.empty_like(x), _TOLERANCE, _MOST_STEPS)
    store(x, inside, top, left, field, result, result.dtype == np.uint8)
    return int(steps)
