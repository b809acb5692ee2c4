"""What a training is foreseen to take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """What was measured before a training starts.

    Attributes:
        device: "cpu" or "cuda".
        batch_size: faces of each person that are in memory at once, as the settings have it.
        fits: whether there is memory for that.
        memory_mb: what it needs, of the GPU or of the machine; foreseen where it was not tried.
        free_mb: what a training may take now.
        largest_batch: the largest that fits, up to `batch_size`; 0 where none does.
        fitting_batch, accumulate: equal steps in batches that fit, so many to a step; 0 where none does.
        seconds_per_step, hours: of those; None where none does.
        parameters: of the network.
    """

    device: str
    batch_size: int
    fits: bool
    memory_mb: int
    free_mb: int
    largest_batch: int
    fitting_batch: int
    accumulate: int
    seconds_per_step: float | None
    hours: float | None
    parameters: int
