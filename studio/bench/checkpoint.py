"""The pause that a save puts into a training, beside a plain copy of its state in memory."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from studio.bench.faces import CLIPS, stored_faces
from studio.bench.table import Row
from studio.core.reporter import Silent
from studio.nets.presets import NetworkSpec
from studio.training.ranks import Alone
from studio.training.run import Run
from studio.training.saving import Saver
from studio.training.settings import TrainSettings
from studio.training.state import TrainingState

BOTTLENECK = 1600
"""Length of the code that makes of `light` a network whose state takes 1 GB."""

_TIMES = 6


class _Large(TrainSettings):
    def network(self) -> NetworkSpec:
        """See TrainSettings; a longer code makes larger layers before and after it."""
        return super().network().changed({"bottleneck": BOTTLENECK})


def checkpoint() -> Sequence[Row]:
    """Saves of a training with a state of 1 GB, in turn with plain copies of that state; each is written to the end."""
    ours, plain = [], []
    settings = _Large.build({"preset": "light", "batch_size": 1})
    with tempfile.TemporaryDirectory() as name, Saver(Path(name) / "checkpoints") as saver:
        folder = Path(name)
        faces = stored_faces(folder / "a", CLIPS[0], 2), stored_faces(folder / "b", CLIPS[1], 2)
        run = Run(settings, folder, faces, None, _TIMES, Silent(), saver, None, Alone())
        run.begin()
        with run.batches() as stream:
            for step, batch_a, batch_b in stream:
                run.step(step, batch_a, batch_b)
                state = _tensors(run.state)
                plain.append(_timed(partial(_copied, state)))
                ours.append(_timed(run.save))
                saver.wait()
                sys.stderr.write(f"checkpoint: {step + 1} of {_TIMES}\n")
        kept = _copied(state)
        again = [_timed(partial(_copied_into, kept, state)) for _ in range(_TIMES)]
    size = sum(tensor.nbytes for tensor in state) / 1e9
    usual, copied = float(np.median(ours[1:])), float(np.median(plain))
    notes = (
        f"how long a training waits, {size:.2f} GB of weights and moments, against a plain copy of them in memory (at"
        f" most twice as long); into memory that is there already that copy takes {np.median(again):.3g} s"
    )
    return [
        Row.compared("checkpoint", usual, copied, limit="≥ 0.5", notes=f"{notes}; medians of {_TIMES}"),
        Row.compared("checkpoint.first", ours[0], copied, limit="≥ 0.5", notes="the same for the first save of a run"),
    ]


def _tensors(state: TrainingState) -> list[torch.Tensor]:
    """Weights, statistics and moments as they are."""
    moments = [value for own in state.optimiser.state.values() for value in own.values()]
    return [*state.network.state_dict().values(), *moments]


def _copied(state: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in state]


def _copied_into(kept: Sequence[torch.Tensor], state: Sequence[torch.Tensor]) -> None:
    for copy, tensor in zip(kept, state, strict=True):
        copy.copy_(tensor)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
