"""What is said where a training has no more memory."""

from __future__ import annotations

from studio.core.errors import JobError
from studio.core.reporter import Reporter
from studio.training.hardware import prepare
from studio.training.memory import release
from studio.training.probe import divided, largest_batch
from studio.training.settings import TrainSettings


def short_of_memory(settings: TrainSettings, reporter: Reporter) -> JobError:
    """The error of a training that ran out of memory, once nothing refers to it any more: it says what fits."""
    hardware = prepare(settings)
    release(hardware.device)
    where = "GPU" if hardware.device.type == "cuda" else "machine"
    wanted = settings.batch_size
    reporter.note(f"The memory of this {where} was not enough: it is tried out which batch size fits.")
    found = largest_batch(settings, hardware, wanted)
    if found is None:
        return _error(
            f"The memory of this {where} is not enough for this network, not even for a batch of one face.",
            "Choose a smaller preset, or close other programs.",
        )
    if found.batch_size == wanted:
        return _error(
            f"The memory of this {where} was not enough for a batch of {wanted}, though it is now.",
            "Another program may have taken it: close it, and resume the run.",
        )
    size, count = divided(wanted * settings.accumulate, found.batch_size)
    return _error(
        f"The memory of this {where} is not enough for a batch of {wanted}: the largest that fits is"
        f" {found.batch_size}.",
        f"Steps of as many faces fit as parts: start a run with batch_size={size} and accumulate={count}.",
    )


def _error(message: str, hint: str) -> JobError:
    return JobError(message, hint=f"{hint} Checkpoints that were written stay.", code="train.memory")
