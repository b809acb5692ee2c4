"""A running average of the weights, which shows what was learnt without the noise of the last steps."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from studio.nets.autoencoder import SwapAutoencoder


class Average:
    """The exponential moving average of a network's weights; its statistics are the network's own, averages anyhow.

    Attributes:
        network: a network with these weights, in evaluation mode, on the same device.
    """

    def __init__(self, network: SwapAutoencoder, decay: float) -> None:
        """Begin with the weights of `network`; `decay` is the share of the average that a step leaves."""
        self._decay = decay
        self.network = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def follow(self, network: SwapAutoencoder, step: int) -> None:
        """Take in the weights after step number `step`, the first being 1.

        Of the first steps less is left than `decay`, so that nothing of the random start stays.
        """
        decay = min(self._decay, (step - 1) / (step + 9))
        for mean, weight in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(weight, 1 - decay)
        for own, statistic in zip(self.network.buffers(), network.buffers(), strict=True):
            own.copy_(statistic)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from the tensors of an average, by name.

        Raises:
            RuntimeError: they are those of another network.
        """
        self.network.load_state_dict(tensors)
