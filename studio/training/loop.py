"""The training loop."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import Stopped, UsageError
from studio.core.records import TrainingFace
from studio.core.reporter import Reporter, Silent
from studio.training.facesets import Source, require_faces
from studio.training.hardware import deterministic
from studio.training.memory import ran_out
from studio.training.orders import Order
from studio.training.ranks import Alone, Ranks, led
from studio.training.run import Run
from studio.training.saving import Saver
from studio.training.settings import TrainSettings
from studio.training.shortage import short_of_memory
from studio.training.watch import Astray


@dataclass(frozen=True)
class TrainResult:
    """How a training ended.

    Attributes:
        steps: how many steps the network has had in all.
        loss: mean of the last hundred steps, A and B summed; None if there never was a step.
        seconds, steps_per_second: of this call alone.
        checkpoint: folder of the last checkpoint.
        faces: how many faces of A and of B the last step drew from.
    """

    steps: int
    loss: float | None
    seconds: float
    steps_per_second: float
    checkpoint: Path
    faces: tuple[int, int]


def train(
    settings: TrainSettings,
    faces_a: Sequence[TrainingFace],
    faces_b: Sequence[TrainingFace],
    folder: Path,
    total_steps: int,
    reporter: Reporter | None = None,
    encoder_weights: Path | None = None,
    orders: Callable[[], Sequence[Order]] = tuple,
    source: Source | None = None,
    ranks: Ranks | None = None,
) -> TrainResult:
    """Train a network on two facesets until it has had `total_steps`, going on from `folder`'s newest checkpoint.

    A process may be killed at any moment: the next call goes on from the last checkpoint, or from the seed if there is
    none yet, and on the CPU arrives at the same weights, bit for bit, as if it had never been interrupted. A training
    that goes astray is taken back to its last checkpoint, the first time at half the rate, and given up the third time.

    Args:
        folder: the run's folder; `checkpoints`, `previews` and what else a training leaves are made in it.
        total_steps: how many steps in all, also when resuming.
        encoder_weights: torchvision's file for the encoder, where a new training starts from it.
        orders: the commands that came in since it was called last, for `Run.obey`.
        source: where the latest faces come from, where the training is told to take them.
        ranks: the processes that share the training, where this one leads others (see `follow.follow`). A step has the
            faces of one process's all the same; events tell the losses of this one's part of them.

    Raises:
        UsageError: fewer than one step, or a device that is not there.
        FacesetError: a faceset is empty or one of its files can't be read.
        CheckpointError: the checkpoints are all damaged or of another network.
        RunError: the record of what was changed, or of the faces that were taken, is damaged.
        WeightsError: `encoder_weights` are not the encoder's.
        JobError: the training went astray for the third time (train.diverged), or its memory is not enough
            (train.memory; it says what fits); the last good checkpoint stays.
        StorageError: a checkpoint could not be written; the one before stays.
        Stopped: the user asked for it; a checkpoint was saved first.
    """
    reporter = reporter or Silent()
    _check(faces_a, faces_b, total_steps)
    faces = faces_a, faces_b
    among = ranks or Alone()

    def made(saver: Saver) -> Run:
        return Run(settings, folder, faces, source, total_steps, reporter, saver, encoder_weights, among)

    try:
        with deterministic(settings), led(among):
            return _trained(made, folder, reporter, orders)
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        # What failed still holds what it had, and what fits is to be tried out without that.
        traceback.clear_frames(error.__traceback__)
    raise short_of_memory(settings, reporter)


def _trained(
    made: Callable[[Saver], Run], folder: Path, reporter: Reporter, orders: Callable[[], Sequence[Order]]
) -> TrainResult:
    started = time.monotonic()
    with Saver(folder / "checkpoints") as saver:
        run = made(saver)
        run.begin()
        first = run.state.step
        checkpoint = None
        given: deque[Order] = deque()
        while checkpoint is None:
            try:
                _go_on(run, reporter, orders, given)
                checkpoint = run.finish()
            except Astray as trouble:
                run.go_back(trouble)
    seconds = time.monotonic() - started
    return TrainResult(
        steps=run.state.step,
        loss=run.meter.loss,
        seconds=seconds,
        steps_per_second=(run.state.step - first) / max(seconds, 1e-6),
        checkpoint=checkpoint,
        faces=run.faces,
    )


def _go_on(run: Run, reporter: Reporter, orders: Callable[[], Sequence[Order]], given: deque[Order]) -> None:
    with run.batches() as stream:
        try:
            for step, batch_a, batch_b in run.meter.awaited(stream):
                _obey(run, reporter, orders, given)
                run.step(step, batch_a, batch_b)
                reporter.progress("train", run.state.step, run.total)
                run.look_after()
        except Stopped:
            run.stop()
            raise


def _obey(run: Run, reporter: Reporter, orders: Callable[[], Sequence[Order]], given: deque[Order]) -> None:
    """Obey what came in, also while the training is paused or about to stop.

    `given` keeps what is not done yet: a training that goes back meanwhile obeys it then.
    """
    while True:
        while given:
            run.obey(given[0])
            given.popleft()
        reporter.check()
        given.extend(orders())
        if not given:
            return


def _check(faces_a: Sequence[TrainingFace], faces_b: Sequence[TrainingFace], total_steps: int) -> None:
    if total_steps < 1:
        raise UsageError("A training needs at least one step.", hint="For example: --steps 2000.", code="usage.steps")
    require_faces((faces_a, faces_b))
