"""Landmarks without jitter: a quadratic fitted to each moment's neighbours in time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

REACH = 0.14
"""Seconds to each side that a moment is smoothed over: 4 frames at 30 fps, a fast blink's half."""

_DEGREE = 2


def smoothed(
    times: NDArray[np.float64], values: NDArray[np.float32], breaks: NDArray[np.bool_], reach: float = REACH
) -> NDArray[np.float32]:
    """`values` (N, ...) at ascending `times` (N,) in seconds, each replaced by a local quadratic's value there.

    The fit is weighted by the tricube of the distance in time (Cleveland's LOESS), so it is centred, works at variable
    rates and keeps steady movement and acceleration as they are. It never looks across a break: where `breaks[i]` (N,)
    is True, row i begins anew. With fewer than four moments to look at, a value stays as it was.
    """
    if not len(values):
        return values.copy()
    flat = values.reshape(len(values), -1).astype(np.float64)
    result = flat.copy()
    starts = np.concatenate([[0], np.flatnonzero(breaks[1:]) + 1, [len(values)]]).astype(int)
    for begin, end in pairwise(starts):
        part = slice(begin, end)
        result[part] = _fitted(times[part], flat[part], reach)
    return result.reshape(values.shape).astype(np.float32)


def _fitted(times: NDArray[np.float64], values: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    result = values.copy()
    first = np.searchsorted(times, times - reach, side="right")
    last = np.searchsorted(times, times + reach, side="left")
    for row, (begin, end) in enumerate(zip(first, last, strict=True)):
        if end - begin <= _DEGREE + 1:
            continue
        near = (times[begin:end] - times[row]) / reach
        weights = np.sqrt((1 - np.abs(near) ** 3) ** 3)[:, None]
        powers = np.vander(near, _DEGREE + 1, increasing=True)
        fit, *_ = np.linalg.lstsq(powers * weights, values[begin:end] * weights, rcond=None)
        result[row] = fit[0]
    return result
