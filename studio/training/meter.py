"""Losses gathered into about one event a second."""

from __future__ import annotations

import math
import time
from collections import deque

import torch
from torch import Tensor

from studio.core.errors import JobError
from studio.core.reporter import Reporter

_SECONDS = 1.0
_RECENT = 100


class LossMeter:
    """Collects the losses of A and B without waiting for the device, and reports their means."""

    def __init__(self, reporter: Reporter, loss: float | None) -> None:
        """`loss` is what `loss` says before anything was collected."""
        self._reporter = reporter
        self._pending: list[Tensor] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._before = loss
        self._since = time.monotonic()

    @property
    def loss(self) -> float | None:
        """The mean of the last hundred reported losses (A and B summed)."""
        return sum(self._recent) / len(self._recent) if self._recent else self._before

    def add(self, step: int, losses: Tensor) -> None:
        """Take the losses (2,) of A and B at `step`; once a second, report."""
        self._pending.append(losses)
        if time.monotonic() - self._since >= _SECONDS:
            self.report(step)

    def report(self, step: int) -> None:
        """Emit the event "loss" with the means since the last one, if there is anything to tell.

        Raises:
            JobError: a loss is not a number.
        """
        if not self._pending:
            return
        losses = torch.stack(self._pending).float().cpu()
        seconds = time.monotonic() - self._since
        a, b = losses.mean(0).tolist()
        if not math.isfinite(a + b):
            raise diverged(step)
        self._recent.extend(losses.sum(1).tolist())
        rate = len(self._pending) / max(seconds, 1e-6)
        self._reporter.event("loss", step=step, a=a, b=b, loss=a + b, steps_per_second=round(rate, 3))
        self._pending.clear()
        self._since = time.monotonic()


def diverged(step: int) -> JobError:
    """The error of a training whose numbers ran away."""
    return JobError(
        f"The training went astray before step {step}: its loss is no longer a number.",
        hint="Its last good checkpoint is kept. Resume it with a lower learning_rate.",
        code="train.diverged",
    )
