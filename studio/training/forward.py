"""The forward pass of a network in training, compiled where that is asked for and works."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from studio.core.reporter import Reporter
from studio.nets.autoencoder import IdentityKey, SwapAutoencoder
from studio.training.memory import ran_out

_LONGEST = 160


class Forward:
    """Calls a network; a compiler that fails costs a sentence, and no training."""

    def __init__(self, network: SwapAutoencoder, compiles: bool, reporter: Reporter) -> None:
        self._network = network
        self._compiles = compiles
        self._compiled: Callable[[Tensor, IdentityKey], Tensor] | None = None
        self._reporter = reporter

    def __call__(self, x: Tensor, identity: IdentityKey) -> Tensor:
        """What `network(x, identity)` gives."""
        if self._compiles:
            try:
                if self._compiled is None:
                    self._compiled = torch.compile(self._network)
                return self._compiled(x, identity)
            except (RuntimeError, OSError, ImportError) as error:
                if ran_out(error):
                    raise
                self._compiles = False
                reason = str(error).strip().splitlines()[0][:_LONGEST]
                self._reporter.note(
                    f"The network can't be compiled here, so it runs as it is: {type(error).__name__}: {reason}"
                )
        out: Tensor = self._network(x, identity)
        return out
