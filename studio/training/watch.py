"""Noticing that a training goes astray."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from studio.training.batch import Batch

_RECENT = 100
_ENOUGH = 50
# One hard face makes a small batch's loss many times the usual one and harms nothing; a training that has gone astray
# does not come back by itself.
_SPIKE = 5.0
_IN_A_ROW = 5


@dataclass(frozen=True, eq=False)
class Step:
    """One step that was made: its number, the batches of A and B and its loss, a scalar on the device."""

    number: int
    batches: tuple[Batch, Batch]
    loss: Tensor


class Astray(Exception):  # noqa: N818 - a state, as Stopped is
    """A step whose loss is no number, or from which on losses are many times the usual one."""

    def __init__(self, step: Step, reason: str) -> None:
        super().__init__(reason)
        self.step = step
        self.reason = reason


class Watch:
    """Looks at the loss of every step, one step late: a device is never waited for."""

    def __init__(self, recent: Sequence[float] = (), scaled: bool = False) -> None:
        """`recent` are the losses of the last steps, as `recent` gave them.

        Where losses are `scaled`, steps that overflow are left out by themselves: they are high ones like others.
        """
        self._scaled = scaled
        self._recent = deque((float(loss) for loss in recent), maxlen=_RECENT)
        self._waiting: Step | None = None
        self._high: list[Step] = []

    @property
    def doubtful(self) -> bool:
        """Whether the last losses were high, so that what they led to is better not kept yet."""
        return bool(self._high)

    @property
    def recent(self) -> Tensor:
        """The losses of up to 100 steps, (n,) float64: with them a resumed training notices what it would have."""
        return torch.tensor(list(self._recent), dtype=torch.float64)

    def add(self, step: Step) -> None:
        """Take note of a step.

        Raises:
            Astray: the one before it went wrong.
        """
        self.settle()
        self._waiting = step

    def settle(self) -> None:
        """Look at the step that was noted last: before what it led to is kept.

        Raises:
            Astray: it went wrong.
        """
        step, self._waiting = self._waiting, None
        if step is None:
            return
        loss = float(step.loss)
        if not (math.isfinite(loss) or self._scaled):
            raise _no_number(step)
        usual = float(np.median(self._recent)) if len(self._recent) >= _ENOUGH else math.inf
        if math.isfinite(loss) and loss <= _SPIKE * usual:
            self._recent.extend(float(high.loss) for high in self._high if high.loss.isfinite())
            self._recent.append(loss)
            self._high.clear()
            return
        self._high.append(step)
        if len(self._high) == _IN_A_ROW:
            if not self._high[0].loss.isfinite():
                raise _no_number(self._high[0])
            raise Astray(
                self._high[0],
                f"its loss of {float(self._high[0].loss):.3g} and those after it are many times the usual {usual:.3g}",
            )

    def forget(self) -> None:
        """Losses are weighted otherwise from here on: the former ones say nothing of them."""
        self._recent.clear()
        self._high.clear()


def _no_number(step: Step) -> Astray:
    return Astray(step, "its loss is no longer a number")
