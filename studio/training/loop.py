"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import CheckpointError, FacesetError, Stopped, UsageError
from studio.core.records import TrainingFace
from studio.core.reporter import Reporter, Silent
from studio.training import checkpoints
from studio.training.data import batches
from studio.training.hardware import Hardware, prepare
from studio.training.meter import LossMeter, diverged
from studio.training.pretrained import start_encoder
from studio.training.previews import Previews
from studio.training.schedule import batch_plan, learning_rate
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState


@dataclass(frozen=True)
class TrainResult:
    """How a training ended.

    Attributes:
        steps: how many steps the network has had in all.
        loss: mean of the last hundred steps, A and B summed; None if there never was a step.
        seconds, steps_per_second: of this call alone.
        checkpoint: folder of the last checkpoint.
    """

    steps: int
    loss: float | None
    seconds: float
    steps_per_second: float
    checkpoint: Path


def train(
    settings: TrainSettings,
    faces_a: Sequence[TrainingFace],
    faces_b: Sequence[TrainingFace],
    folder: Path,
    total_steps: int,
    reporter: Reporter | None = None,
    encoder_weights: Path | None = None,
) -> TrainResult:
    """Train a network on two facesets until it has had `total_steps`, going on from `folder`'s newest checkpoint.

    A process may be killed at any moment: the next call goes on from the last checkpoint, or from the seed if there is
    none yet, and on the CPU arrives at the same weights, bit for bit, as if it had never been interrupted.

    Args:
        folder: the run's folder; `checkpoints` and `previews` are made in it.
        total_steps: how many steps in all, also when resuming.
        encoder_weights: torchvision's file for the encoder, where a new training starts from it.

    Raises:
        UsageError: fewer than one step, or a device that is not there.
        FacesetError: a faceset is empty or one of its files can't be read.
        CheckpointError: the checkpoints are all damaged or of another network.
        WeightsError: `encoder_weights` are not the encoder's.
        JobError: the loss is no longer a number; the last good checkpoint stays.
        StorageError: a checkpoint could not be written; the one before stays.
        Stopped: the user asked for it; a checkpoint was saved first.
    """
    reporter = reporter or Silent()
    _check(faces_a, faces_b, total_steps)
    hardware = prepare(settings)
    state = TrainingState(settings, hardware)
    run = _Run(settings, state, hardware, folder, reporter)
    if not run.resume():
        start_encoder(state.network, encoder_weights, reporter)
    previews = Previews(folder / "previews", faces_a, faces_b, state.network.size)
    plan = batch_plan(settings, total_steps)
    started, first = time.monotonic(), state.step
    steps, cache = range(first, total_steps), settings.cache_megabytes << 20
    with batches(plan, faces_a, faces_b, steps, settings.workers, cache) as stream:
        try:
            for step, batch_a, batch_b in run.meter.awaited(stream):
                reporter.check()
                terms = state.update(batch_a, batch_b, learning_rate(settings, step, total_steps))
                run.meter.add(state.step, terms)
                reporter.progress("train", state.step, total_steps)
                if state.step % settings.preview_every == 0 or state.step == total_steps:
                    run.preview(previews)
                if state.step % settings.checkpoint_every == 0:
                    run.save()
        except Stopped:
            run.save()
            raise
    checkpoint = run.save()
    seconds = time.monotonic() - started
    return TrainResult(
        steps=state.step,
        loss=run.meter.loss,
        seconds=seconds,
        steps_per_second=(state.step - first) / max(seconds, 1e-6),
        checkpoint=checkpoint,
    )


class _Run:
    """What a training writes beside its weights: losses, checkpoints, previews."""

    def __init__(
        self, settings: TrainSettings, state: TrainingState, hardware: Hardware, folder: Path, reporter: Reporter
    ) -> None:
        self._settings = settings
        self._state = state
        self._hardware = hardware
        self._folder = folder
        self._reporter = reporter
        self._saved: Path | None = None
        self.meter = LossMeter(reporter, settings, hardware, loss=None)

    def resume(self) -> bool:
        """Take the state of the newest good checkpoint; False if there is none."""
        folder = self._folder / "checkpoints"
        checkpoints.remove_parts(folder)
        path = checkpoints.newest(folder, self._reporter)
        if path is None:
            return False
        found = checkpoints.read(path)
        if found.record.network != self._state.network.spec:
            raise CheckpointError(
                f"The checkpoints in {folder} are of another network.",
                hint="Resume the run with its own preset and network settings, or start a new one.",
                code="checkpoint.network",
            )
        checkpoints.set_aside(folder, found.record.step)
        self._state.restore(found.record.step, found.network, found.optimiser)
        self._saved = path
        self.meter = LossMeter(self._reporter, self._settings, self._hardware, found.record.loss)
        self._reporter.event("resumed", step=self._state.step)
        return True

    def save(self) -> Path:
        """Write a checkpoint of this step, unless the newest one is just that."""
        step = self._state.step
        self.meter.report(step)
        if self._saved is not None and self._saved.name == checkpoints.name_of(step):
            return self._saved
        if not self._state.is_finite():
            raise diverged(step)
        record = checkpoints.CheckpointRecord(
            step=step,
            loss=self.meter.loss,
            network=self._state.network.spec,
            settings=self._settings.model_dump(mode="json"),
            files={},
        )
        self._saved = checkpoints.save(
            self._folder / "checkpoints",
            record,
            self._state.network_tensors(),
            self._state.optimiser_tensors(),
            self._settings.keep_checkpoints,
        )
        self._reporter.event("checkpoint", step=step, path=self._saved.relative_to(self._folder).as_posix())
        return self._saved

    def preview(self, previews: Previews) -> None:
        """Write a preview of this step."""
        path = previews.write(self._state.network, self._state.step)
        self._reporter.event("preview", step=self._state.step, path=path.relative_to(self._folder).as_posix())


def _check(faces_a: Sequence[TrainingFace], faces_b: Sequence[TrainingFace], total_steps: int) -> None:
    if total_steps < 1:
        raise UsageError("A training needs at least one step.", hint="For example: --steps 2000.", code="usage.steps")
    for key, faces in (("first", faces_a), ("second", faces_b)):
        if not faces:
            raise FacesetError(
                f"The {key} identity has no kept faces.",
                hint="Extract faces with `studio extract`, or keep some of the rejected ones.",
                code="faceset.empty",
            )
