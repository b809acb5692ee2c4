"""The random states of Python, NumPy and torch: started from a seed, and kept as tensors."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

_PYTHON_VERSION = 3
_NUMPY_KIND = "MT19937"


def start_random_states(seed: int) -> None:
    """Start all generators of this process from `seed`."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def random_states(device: torch.device) -> dict[str, Tensor]:
    """The states as tensors `random.*`; those of all GPUs where `device` is one."""
    _, words, gauss = random.getstate()
    _, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    states = {
        "random.python": torch.tensor(words, dtype=torch.int64),
        "random.python.gauss": torch.tensor([] if gauss is None else [gauss], dtype=torch.float64),
        "random.numpy": torch.tensor([*np.asarray(keys).tolist(), position, has_gauss], dtype=torch.int64),
        "random.numpy.gauss": torch.tensor([cached], dtype=torch.float64),
        "random.cpu": torch.get_rng_state(),
    }
    if device.type == "cuda":
        states.update({f"random.cuda.{n}": state for n, state in enumerate(torch.cuda.get_rng_state_all())})
    return states


def restore_random_states(states: Mapping[str, Tensor]) -> None:
    """Go on from what `random_states` gave; GPUs that are not here any more are passed over.

    Raises:
        KeyError: torch's state is not among them. Checkpoints of earlier releases have no other.
    """
    torch.set_rng_state(states["random.cpu"])
    for number in range(torch.cuda.device_count()):
        if f"random.cuda.{number}" in states:
            torch.cuda.set_rng_state(states[f"random.cuda.{number}"], number)
    if "random.python" in states:
        gauss = states["random.python.gauss"].tolist()
        random.setstate((_PYTHON_VERSION, tuple(states["random.python"].tolist()), gauss[0] if gauss else None))
        *keys, position, has_gauss = states["random.numpy"].tolist()
        cached = float(states["random.numpy.gauss"])
        np.random.set_state((_NUMPY_KIND, np.array(keys, np.uint32), position, has_gauss, cached))
