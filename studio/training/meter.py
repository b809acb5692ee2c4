"""Losses gathered into about one event a second."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

import torch
from torch import Tensor

from studio.core.errors import JobError
from studio.core.reporter import Reporter
from studio.faceset.frozen import SIDES
from studio.training.errors import FaceErrors
from studio.training.hardware import Hardware
from studio.training.losses import weighted
from studio.training.settings import TrainSettings

T = TypeVar("T")

REGIONS = ("face", "eyes", "mouth")
TERMS = ("dssim", "mse")

_SECONDS = 1.0
_RECENT = 100


class LossMeter:
    """Collects the losses of A and B without waiting for the device, and reports their means.

    Attributes:
        errors: what each face's part in them was.
        settings: those in force, whose weights make a loss of its parts.
    """

    def __init__(self, reporter: Reporter, settings: TrainSettings, hardware: Hardware, loss: float | None) -> None:
        """`loss` is what `loss` says before anything was collected."""
        self._reporter = reporter
        self._hardware = hardware
        self._pending: list[Tensor] = []
        self._shown: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._before = loss
        self._since = time.monotonic()
        self._waited = 0.0
        self.errors = FaceErrors()
        self.settings = settings

    @property
    def loss(self) -> float | None:
        """The mean of the last hundred reported losses (A and B summed)."""
        return sum(self._recent) / len(self._recent) if self._recent else self._before

    def awaited(self, stream: Iterable[T]) -> Iterator[T]:
        """The items of `stream`; how long each was waited for is reported."""
        items = iter(stream)
        while True:
            asked = time.monotonic()
            try:
                item = next(items)
            except StopIteration:
                return
            self._waited += time.monotonic() - asked
            yield item

    def add(self, step: int, terms: Tensor, faces: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        """Take the `losses.sample_terms` (2, N, 2, 3) of these faces of A and B at `step`; once a second, report."""
        self._pending.append(terms)
        self._shown.append(faces)
        if time.monotonic() - self._since >= _SECONDS:
            self.report(step)

    def report(self, step: int) -> None:
        """Emit the event "loss" with the means since the last one, if there is anything to tell."""
        if not self._pending:
            return
        terms, shown = torch.stack(self._pending).float().cpu(), self._shown
        seconds = max(time.monotonic() - self._since, 1e-6)
        samples = weighted(terms, self.settings.eye_weight, self.settings.mouth_weight)
        losses = samples.mean(2)
        a, b = losses.mean(0).tolist()
        self._pending, self._shown = [], []
        if not math.isfinite(a + b):
            # Whoever watches over the training tells of it; JSON knows no such number.
            return
        for side, own, faces in zip(SIDES, samples.unbind(1), zip(*shown, strict=True), strict=True):
            self.errors.add(side, list(chain(*faces)), own.flatten().tolist())
        self._recent.extend(losses.sum(1).tolist())
        self._reporter.event(
            "loss",
            step=step,
            a=a,
            b=b,
            loss=a + b,
            parts=dict(zip(SIDES, map(_by_name, terms.mean((0, 2)).tolist()), strict=True)),
            steps_per_second=round(len(shown) / seconds, 3),
            waiting=round(min(1.0, self._waited / seconds), 4),
            **self._hardware.vitals(),
        )
        self._since, self._waited = time.monotonic(), 0.0


def _by_name(terms: list[list[float]]) -> dict[str, dict[str, float]]:
    """The parts of one identity's loss by region and term."""
    return {
        region: dict(zip(TERMS, values, strict=True))
        for region, values in zip(REGIONS, zip(*terms, strict=True), strict=True)
    }


def diverged(step: int, reason: str) -> JobError:
    """The error of a training whose numbers ran away."""
    return JobError(
        f"The training went astray at step {step}: {reason}.",
        hint="It was taken back twice before. Its last good checkpoint is kept: start a new run with a lower"
        " learning_rate, and look at the batches kept in its folder astray.",
        code="train.diverged",
    )
