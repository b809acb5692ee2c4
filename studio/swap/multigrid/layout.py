"""Pictures to fields and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.swap.multigrid.compiled import compiled
from studio.swap.multigrid.pyramid import Field

_ZERO, _HALF, _ONE, _FOUR, _WHITE = (np.float32(value) for value in (0, 0.5, 1, 4, 255))


@compiled
def edge_mean(difference: Field, inside: Field, top: int, left: int) -> Field:
    """The mean of `difference` (H, W, C) over the pixels outside the mask next to it, by channel."""
    rows, columns = inside.shape
    mean = np.zeros(difference.shape[2], np.float32)
    count = 0
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            if inside[i, j] > 0 and inside[i, j - 1] * inside[i, j + 1] * inside[i - 1, j] * inside[i + 1, j] == 0:
                count += 1
                for c in range(mean.size):
                    mean[c] += difference[top + i, left + j, c]
    return mean / np.float32(max(count, 1))


@compiled
def load(difference: Field, start: Field, inside: Field, top: int, left: int, x: Field) -> None:
    """Fill the field `x` with `difference` (H, W, C) outside the mask and with `start`, of the same shape, inside.

    `top` and `left` say where in the picture the field's first cell lies.
    """
    rows, channels, columns = x.shape
    for i in range(rows):
        around, within, open_ = difference[top + i], start[top + i], inside[i]
        for c in range(channels):
            target = x[i, c]
            for j in range(columns):
                outer, inner = around[left + j, c], within[left + j, c]
                target[j] = inner if open_[j] > 0 else outer


@compiled
def pull(x: Field, inside: Field, r: Field) -> None:
    """What is missing to harmony: the sum of the four neighbours less four times the value, inside the mask."""
    rows, channels, columns = x.shape
    for i in range(1, rows - 1):
        for c in range(channels):
            for j in range(1, columns - 1):
                around = x[i, c, j - 1] + x[i, c, j + 1] + x[i - 1, c, j] + x[i + 1, c, j]
                r[i, c, j] = inside[i, j] * (around - _FOUR * x[i, c, j])


@compiled
def store(x: Field, inside: Field, top: int, left: int, difference: Field, image: NDArray[Any], whole: bool) -> None:
    """Inside the mask turn the driver `image` into generated + x and put x into `difference`.

    With `whole` the values are rounded and kept within 0..255.
    """
    rows, channels, columns = x.shape
    for i in range(1, rows - 1):
        pixels, field, open_ = image[top + i], difference[top + i], inside[i]
        for c in range(channels):
            bent = x[i, c]
            for j in range(1, columns - 1):
                old, gap, new = pixels[left + j, c], field[left + j, c], bent[j]
                value = np.float32(old) - gap + new
                if whole:
                    value = np.floor(min(max(value, _ZERO), _WHITE) + _HALF)
                pixels[left + j, c] = value if open_[j] > 0 else old
                field[left + j, c] = new if open_[j] > 0 else gap
