"""A step of the real training job, beside the bare step of the same network on tensors already in memory."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from studio.bench.faces import CLIPS, stored_faces
from studio.bench.table import Row
from studio.core.records import TrainingFace
from studio.core.runs import RunFolder
from studio.nets.autoencoder import IDENTITIES, SwapAutoencoder
from studio.training.batch import Batch
from studio.training.data import FaceCache, make_batch
from studio.training.hardware import Hardware, prepare
from studio.training.loop import train as train_network
from studio.training.losses import reconstruction_loss
from studio.training.ranks import Alone
from studio.training.schedule import batch_plan
from studio.training.settings import TrainSettings
from studio.worker.reporter import RunReporter

FACES = 40
_NEVER = 1_000_000


@dataclass(frozen=True)
class _Case:
    """How a preset is measured.

    Attributes:
        rounds, steps: how often so many steps are compared.
        uncounted: the first steps of a round. Short ones would find batches ready that were prepared meanwhile.
        slower: how many times as long as the bare step ours may take; 0 where that is not what is asked.
        threads: of the arithmetic; 0 as the job itself would have it, where A and B may be taken at once.
    """

    preset: str
    rounds: int
    steps: int
    uncounted: int
    slower: float
    threads: int = 0

    @property
    def name(self) -> str:
        """What its rows are called."""
        return f"train.{self.preset}" if self.slower else f"train.{self.preset}.both"


_CASES = (
    _Case("light", 6, 3, 1, 1.05),
    _Case("demo", 8, 15, 6, 1.10, threads=1),
    _Case("demo", 8, 15, 6, 0),
)


def train() -> Sequence[Row]:
    """Steps of `light` and `demo` as the job makes them, in turn with bare ones; previews and checkpoints off.

    The arithmetic leaves one core to the loader; then once more as the job does it by itself where A and B are taken at
    once, against the same bare step.
    """
    rows: list[Row] = []
    for case in _CASES:
        with tempfile.TemporaryDirectory() as folder:
            rows += _compared(case, Path(folder))
        sys.stderr.write(f"{case.name}\n")
    return rows


class _Bare:
    """Forward, backward and optimiser step of a network, on tensors in memory."""

    def __init__(self, settings: TrainSettings, hardware: Hardware, batches: Sequence[Batch]) -> None:
        self._settings = settings
        self._hardware = hardware
        self._tensors = [batch.tensors(hardware.device) for batch in batches]
        self._network = SwapAutoencoder(settings.network()).to(hardware.device).to(memory_format=torch.channels_last)
        self._optimiser = torch.optim.Adam(
            self._network.parameters(), lr=settings.learning_rate, eps=settings.epsilon, fused=True
        )

    def step(self) -> None:
        """Make one."""
        settings = self._settings
        self._optimiser.zero_grad(set_to_none=True)
        for identity, (inputs, targets, masks) in zip(IDENTITIES, self._tensors, strict=True):
            with self._hardware.autocast():
                rebuilt = self._network(inputs, identity)
            face, eyes, mouth = masks.chunk(3, dim=1)
            weights = settings.eye_weight, settings.mouth_weight, settings.window, settings.mask_blur
            loss = reconstruction_loss(rebuilt, targets, face, eyes, mouth, *weights)
            loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        if self._hardware.device.type == "cuda":
            torch.cuda.synchronize(self._hardware.device)


class _InTurn(RunReporter):
    """The reporter of a real job that times its steps, and makes bare ones after each round of them.

    Attributes:
        ours, bare: seconds of a step, a round each.
        waiting: seconds that the steps of a round waited for their batches.
    """

    def __init__(self, run: RunFolder, bare: _Bare, case: _Case) -> None:
        super().__init__(run)
        self._bare = bare
        self._case = case
        self._made = 0
        self._ended = time.perf_counter()
        self._seconds: list[float] = []
        self._waited: list[float] = []
        self.ours: list[float] = []
        self.bare: list[float] = []
        self.waiting: list[float] = []

    def check(self) -> None:
        """Called as a step's batches are there."""
        self._waited.append(time.perf_counter() - self._ended)
        super().check()

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Called as a step is made."""
        super().progress(stage, done, total)
        now = time.perf_counter()
        self._seconds.append(now - self._ended)
        self._made += 1
        if self._made == self._case.uncounted + self._case.steps:
            self._compare()
        self._ended = time.perf_counter()

    def _compare(self) -> None:
        self.ours.append(float(np.mean(self._seconds[self._case.uncounted :])))
        self.waiting.append(float(np.mean(self._waited[self._case.uncounted :])))
        self._made, self._seconds, self._waited = 0, [], []
        self._bare.step()
        began = time.perf_counter()
        for _ in range(self._case.steps):
            self._bare.step()
        self.bare.append((time.perf_counter() - began) / self._case.steps)


def _compared(case: _Case, folder: Path) -> list[Row]:
    settings = TrainSettings.build(
        {"preset": case.preset, "checkpoint_every": _NEVER, "preview_every": _NEVER, "threads": case.threads}
    )
    faces_a, faces_b = (stored_faces(folder / clip, clip, FACES) for clip in CLIPS)
    hardware = prepare(settings)
    bare = _Bare(settings, hardware, _first(settings, hardware, (faces_a, faces_b)))
    run = RunFolder.create(folder / "runs", "train", case.preset, {})
    turns = _InTurn(run, bare, case)
    total = case.rounds * (case.uncounted + case.steps)
    train_network(settings, faces_a, faces_b, run.folder, total, turns, orders=turns.orders)
    return _rows(case, turns, settings, hardware)


def _first(
    settings: TrainSettings, hardware: Hardware, facesets: tuple[Sequence[TrainingFace], Sequence[TrainingFace]]
) -> list[Batch]:
    plan = batch_plan(settings, _NEVER, Alone(), hardware.changes_faces)
    cache = FaceCache(plan.size, settings.cache_megabytes << 20)
    return [make_batch(plan, 0, identity, faces, cache) for identity, faces in enumerate(facesets)]


def _rows(case: _Case, turns: _InTurn, settings: TrainSettings, hardware: Hardware) -> list[Row]:
    ours, bare = float(np.median(turns.ours)), float(np.median(turns.bare))
    waiting = 100 * float(np.sum(turns.waiting) / np.sum(turns.ours))
    at_once = ", A and B at once in ours" if hardware.side_by_side else ""
    what = (
        f"{case.preset}, {settings.batch_size} and {settings.batch_size} faces, {torch.get_num_threads()} threads for"
        f" the arithmetic{at_once} and {settings.workers} for the loader; medians of {case.rounds} rounds of"
        f" {case.steps} steps"
    )
    most = f" (at most {case.slower:.2f})" if case.slower else ""
    times = f"a step takes {ours / bare:.3f} times the bare one{most}: {what}"
    limit = f"≥ {1 / case.slower:.3f}" if case.slower else None
    return [
        Row.compared(case.name, ours, bare, limit=limit, notes=times),
        Row.absolute(f"{case.name}.waiting", waiting, "%", limit="< 3", notes=f"of the time, for faces: {what}"),
    ]
