"""What a training will take on this machine, tried out before it starts."""

from __future__ import annotations

import numpy as np

from studio.core.estimate import Estimate
from studio.nets.autoencoder import count_parameters
from studio.training.augment import stored_face, working_size
from studio.training.hardware import Hardware, prepare
from studio.training.memory import free_mb, taken_mb
from studio.training.probe import Probe, divided, foreseen_mb, largest_batch, measure
from studio.training.settings import TrainSettings

# Where a step would take longer, what smaller batches take says enough of it.
_PATIENCE_S = 4.0
# So much more memory than is foreseen leaves no doubt.
_PLENTY = 2
_MB = 1 << 20


def estimate(settings: TrainSettings, steps: int, faces: int) -> Estimate:
    """Try out a few steps of the network of `settings` and foresee `steps` of them, on so many faces of both.

    Up to a minute; the largest network takes longer on a CPU.

    Raises:
        UsageError: the device that was asked for is not there.
    """
    hardware = prepare(settings)
    # On a GPU the decoded faces lie elsewhere.
    decoded = _decoded_mb(settings, faces) if hardware.device.type == "cpu" else 0
    room = taken_mb(hardware.device) + free_mb(hardware.device)
    one, tried = _try(settings, hardware, room - decoded)
    wanted = settings.batch_size
    needed = foreseen_mb(one, tried, wanted) if one is not None and tried is not None else 0
    # A batch that was tried alone had the room of the faces too.
    best = _within(one, tried, room - decoded) if decoded else tried
    largest = best.batch_size if best is not None else 0
    batch, accumulate, seconds = 0, 0, None
    if best is not None:
        batch, accumulate = wanted, settings.accumulate
        if largest < wanted:
            batch, accumulate = divided(wanted * settings.accumulate, largest)
        faces_a_step = batch * accumulate / (best.batch_size * settings.accumulate)
        seconds = best.seconds_per_step * faces_a_step
    return Estimate(
        device=hardware.device.type,
        batch_size=wanted,
        fits=largest >= wanted,
        memory_mb=needed + decoded,
        free_mb=room,
        largest_batch=largest,
        fitting_batch=batch,
        accumulate=accumulate,
        seconds_per_step=None if seconds is None else round(seconds, 4),
        hours=None if seconds is None else round(seconds * steps / 3600, 4),
        parameters=count_parameters(settings.network()),
    )


def _try(settings: TrainSettings, hardware: Hardware, room: int) -> tuple[Probe | None, Probe | None]:
    """A batch of one face of each, and the largest that fits, up to the one that is wanted; None where it does not."""
    one, wanted = measure(settings, hardware, 1), settings.batch_size
    if one is None or wanted == 1:
        return one, one
    affordable = min(wanted, max(2, int(_PATIENCE_S / one.seconds_per_step)))
    best = _largest(settings, hardware, one, affordable, room)
    if best is not None and best.batch_size == affordable < wanted:
        fitting = [size for size in range(affordable, wanted + 1) if foreseen_mb(one, best, size) <= room]
        best = _foreseen(one, best, fitting[-1] if fitting else affordable)
    return one, best


def _largest(settings: TrainSettings, hardware: Hardware, one: Probe, upper: int, room: int) -> Probe | None:
    """The largest batch that fits, up to `upper`; where there is memory in plenty smaller ones are not tried."""
    two = measure(settings, hardware, 2)
    if two is not None and (hardware.device.type != "cpu" or foreseen_mb(one, two, upper) * _PLENTY <= room):
        found = two if upper == 2 else measure(settings, hardware, upper)
        if found is not None:
            return found
    return largest_batch(settings, hardware, upper)


def _within(one: Probe | None, tried: Probe | None, room: int) -> Probe | None:
    """The largest batch up to the one that was tried for which `room` is enough; None where there is none."""
    if one is None or tried is None:
        return None
    sizes = range(tried.batch_size, 0, -1)
    fitting = next((size for size in sizes if foreseen_mb(one, tried, size) <= room), 0)
    if fitting in (0, tried.batch_size):
        return tried if fitting else None
    return _foreseen(one, tried, fitting)


def _foreseen(one: Probe, other: Probe, size: int) -> Probe:
    each = max(0.0, other.seconds_per_step - one.seconds_per_step) / (other.batch_size - 1)
    return Probe(size, foreseen_mb(one, other, size), one.seconds_per_step + each * (size - 1))


def _decoded_mb(settings: TrainSettings, faces: int) -> int:
    """What the decoded faces take as they are kept, up to the setting's limit."""
    size = settings.network().size
    nothing = np.zeros((working_size(size), working_size(size), 3), np.uint8)
    return min(settings.cache_megabytes, faces * stored_face(nothing, nothing, size).nbytes // _MB)
