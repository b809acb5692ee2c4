"""A squeeze that changes over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import Field

SqueezeKey = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0, le=60)]]
"""Seconds, and the squeeze then in pixels of the 512 px aligned face."""


def in_order(keys: Sequence[SqueezeKey]) -> bool:
    """Whether keys are in order of time, each moment once."""
    return all(earlier[0] < later[0] for earlier, later in pairwise(keys))


def squeeze_at(keys: Sequence[SqueezeKey], seconds: float) -> float:
    """The squeeze at `seconds`: evenly between two keys, and that of the nearest one beyond all. There must be one."""
    times, amounts = zip(*keys, strict=True)
    return float(np.interp(seconds, times, amounts))
