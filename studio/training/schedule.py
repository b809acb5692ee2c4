"""What changes over a training: rate, warp and what decoders have in common, as functions of the step and the total.

All follow the total of the current command. A run that is resumed with the same total goes on exactly; one that is
given more steps is warped, and slowed, as the new total says from there on.
"""

from __future__ import annotations

import math

from studio.training.checkpoints import Sampler, Schedule
from studio.training.data import Plan
from studio.training.ranks import Ranks
from studio.training.settings import TrainSettings

_LONGEST_ALIKE = 0.6


def learning_rate(settings: TrainSettings, step: int, total: int) -> float:
    """The rate of `step` (0 is the first): a linear warm-up, then a cosine from the rate to `final_rate` of it.

    The warm-up takes at most a tenth of all steps. With `final_rate` 1 the rate stays constant, as in the paper.
    """
    warmup = min(settings.warmup_steps, total // 10)
    if step < warmup:
        return settings.learning_rate * (step + 1) / warmup
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    share = settings.final_rate + (1 - settings.final_rate) * (1 + math.cos(math.pi * done)) / 2
    return settings.learning_rate * share


def warp_until(settings: TrainSettings, total: int) -> float:
    """The first steps warp their inputs: those below this number (the paper's first half)."""
    return settings.warp_share * total


def moves_alike(settings: TrainSettings, step: int, total: int) -> bool:
    """Whether the filters of both decoders make the same move at `step`: in the first ones, at most 60 % of all."""
    return step < min(settings.alike_steps, _LONGEST_ALIKE * total)


def batch_plan(settings: TrainSettings, total: int, ranks: Ranks, on_device: bool) -> Plan:
    """What decides the batches of a training of `total` steps, and which part of them this process takes.

    `on_device`: see `Plan`.
    """
    return Plan(
        seed=settings.seed,
        batch_size=settings.batch_size * settings.accumulate,
        size=settings.network().size,
        bounds=settings.augmentation(),
        warp_until=warp_until(settings, total),
        part=(ranks.rank, ranks.count),
        on_device=on_device,
    )


def sampler(settings: TrainSettings, step: int) -> Sampler:
    """Where the batches are after `step` steps, for the record of a checkpoint."""
    return Sampler(seed=settings.seed, step=step, samples=settings.batch_size * settings.accumulate)


def schedule(settings: TrainSettings, step: int, total: int, share: float) -> Schedule:
    """Where rate and warp are after `step` steps of `total`; `share` of the rate is left."""
    rate = learning_rate(settings, step, total) * share
    return Schedule(total=total, rate=rate, warps=step < warp_until(settings, total))
