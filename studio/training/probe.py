"""Trying out what a step takes, in memory and in time, before a training or where one has no more memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch

from studio.training.augment import Augmentation, drawn, stored_face, working_size
from studio.training.batch import Batch, RawBatch, ReadyBatch
from studio.training.hardware import Hardware, prepare
from studio.training.memory import Peak, free_mb, ran_out, release, taken_mb
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState

_TIMED_STEPS = 5
_TIMED_S = 1.0


@dataclass(frozen=True)
class Probe:
    """What a step of `batch_size` took.

    Attributes:
        batch_size: faces of A, and as many of B, that are in memory at once.
        memory_mb: the most the process took meanwhile: of the GPU, or of the machine where there is none. With a copy
            of the state, as it is made for a checkpoint: a training that can't be saved does not fit.
        seconds_per_step: median of a few steps, without the first; a step has as many batches as `accumulate` says.
    """

    batch_size: int
    memory_mb: int
    seconds_per_step: float


def measure(settings: TrainSettings, hardware: Hardware, batch_size: int) -> Probe | None:
    """Make a few steps of `batch_size` on made-up faces with a network of its own; None where memory is not enough.

    Everything else is as the settings say. Nothing is left of it, and the random states are what they were.
    """
    device = hardware.device
    release(device)
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []), Peak(device) as peak:
            seconds = _seconds_per_step(settings.changed({"batch_size": batch_size}), hardware)
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
        return None
    finally:
        release(device)
    return Probe(batch_size, peak.mb, seconds)


def largest_batch(settings: TrainSettings, hardware: Hardware, upper: int) -> Probe | None:
    """The largest batch size up to `upper` (at least 1) that fits, measured; None where not even one face of each does.

    Sizes are doubled until one fails, and then halved in between. A GPU refuses what it has no room for, and nothing is
    lost. A machine gives it, and then ends processes: on the CPU a size that the smaller ones say won't fit is never
    tried, and each is tried in a process of its own, whose end is an answer too.
    """
    alone = hardware.device.type == "cpu"
    room = taken_mb(hardware.device) + free_mb(hardware.device)

    def fits(size: int) -> Probe | None:
        return _measured_apart(settings, size) if alone else measure(settings, hardware, size)

    first = best = fits(1)
    if first is None or best is None:
        return None
    fails = upper + 1
    while best.batch_size + 1 < fails:
        size = min(2 * best.batch_size, (best.batch_size + fails) // 2 if fails <= upper else upper)
        found = None if alone and foreseen_mb(first, best, size) > room else fits(size)
        if found is None:
            fails = size
        else:
            best = found
    return best


def foreseen_mb(one: Probe, other: Probe, batch_size: int) -> int:
    """What `batch_size` will take in megabytes, on the line through two that were measured."""
    faces = other.batch_size - one.batch_size
    each = max(0, other.memory_mb - one.memory_mb) / faces if faces else 0.0
    return round(other.memory_mb + each * (batch_size - other.batch_size))


def divided(faces: int, largest: int) -> tuple[int, int]:
    """The `batch_size` and the `accumulate` that make a step of `faces` of batches of at most `largest`."""
    size = next(size for size in range(min(faces, largest), 0, -1) if faces % size == 0)
    return size, faces // size


def _measured_apart(settings: TrainSettings, batch_size: int) -> Probe | None:
    """As `measure`, in a process with nothing but that: native code that gets no memory may end it."""
    done = subprocess.run(
        [sys.executable, "-m", "studio.training.probe", settings.model_dump_json(), str(batch_size)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return Probe(**json.loads(done.stdout)) if done.returncode == 0 else None


def _seconds_per_step(settings: TrainSettings, hardware: Hardware) -> float:
    """Make steps, in memory that is given back when this returns or raises."""
    state = TrainingState(settings, hardware)
    batch = _made_up(settings.batch_size * settings.accumulate, state.network.size, hardware.changes_faces)
    seconds: list[float] = []
    # The first step makes Adam's moments, and chooses kernels.
    _step(state, batch, settings, hardware)
    copies = state.network_tensors(), state.optimiser_tensors(), state.average_tensors()
    while len(seconds) < _TIMED_STEPS and sum(seconds) < _TIMED_S:
        since = time.monotonic()
        _step(state, batch, settings, hardware)
        seconds.append(time.monotonic() - since)
    del copies
    return statistics.median(seconds)


def _step(state: TrainingState, batch: Batch, settings: TrainSettings, hardware: Hardware) -> None:
    state.update(batch, batch, settings.learning_rate, settings.eye_weight, settings.mouth_weight)
    if hardware.device.type == "cuda":
        torch.cuda.synchronize(hardware.device)


def _made_up(faces: int, size: int, on_device: bool) -> Batch:
    random, ids = np.random.default_rng(0), tuple(range(faces))
    if on_device:
        side = working_size(size)
        picture, masks = (random.integers(0, 256, (side, side, 3), np.uint8) for _ in range(2))
        face = stored_face(picture, masks, size)
        changes = [drawn(side, Augmentation(), True, random) for _ in ids]
        return RawBatch([face] * faces, changes, size, ids)
    inputs, targets, masks = (random.integers(0, 256, (faces, size, size, 3), np.uint8) for _ in range(3))
    return ReadyBatch(inputs=inputs, targets=targets, masks=masks, faces=ids)


def _main() -> int:
    """Print what `measure` finds with these settings at this batch size; the exit status says whether it fits."""
    settings = TrainSettings.model_validate_json(sys.argv[1])
    found = measure(settings, prepare(settings), int(sys.argv[2]))
    if found is not None:
        print(json.dumps(asdict(found)))  # noqa: T201 - read by whoever started it
    return int(found is None)


if __name__ == "__main__":
    sys.exit(_main())
