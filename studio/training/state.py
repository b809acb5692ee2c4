"""What a training step changes: the network, Adam's moments and the step's number."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from studio.nets.autoencoder import IDENTITIES, IdentityKey, SwapAutoencoder
from studio.training.data import Batch
from studio.training.hardware import Hardware
from studio.training.losses import sample_terms, weighted
from studio.training.settings import TrainSettings

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class TrainingState:
    """A network in training, at a step.

    Attributes:
        network: the autoencoder, on its device.
        optimiser: Adam over all its parameters.
        step: how many steps were made.
    """

    def __init__(self, settings: TrainSettings, hardware: Hardware) -> None:
        """Start anew; the weights follow from the seed."""
        torch.manual_seed(settings.seed)
        self._settings = settings
        self._hardware = hardware
        self.network = SwapAutoencoder(settings.network())
        self.network.to(hardware.device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), lr=settings.learning_rate, eps=settings.epsilon, fused=True
        )
        self.step = 0

    def update(self, batch_a: Batch, batch_b: Batch, rate: float, eye_weight: float, mouth_weight: float) -> Tensor:
        """Make one step with learning rate `rate` and these weights of the loss.

        Returns:
            `losses.sample_terms` of A and B before it, (2, N, 2, 3), on the device.

        Each identity is taken forward and back by itself: gradients add up all the same, BatchNorm sees one identity
        at a time, and only one graph is in memory.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        found = []
        for identity, batch in zip(IDENTITIES, (batch_a, batch_b), strict=True):
            terms = self._terms(identity, batch)
            weighted(terms.mean(0), eye_weight, mouth_weight).backward()  # type: ignore[no-untyped-call]
            found.append(terms.detach())
        self.optimiser.step()
        self.step += 1
        return torch.stack(found)

    def skip(self) -> None:
        """Leave a step out."""
        self.step += 1

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        return all(bool(parameter.isfinite().all()) for parameter in self.network.parameters())

    def network_tensors(self) -> dict[str, Tensor]:
        """Copies of the weights and statistics of the network by name, contiguous, on the CPU."""
        return {name: _copied(value) for name, value in self.network.state_dict().items()}

    def optimiser_tensors(self) -> dict[str, Tensor]:
        """Copies of Adam's moments as `moment.parameter`, and torch's random states as `random.device`."""
        tensors = {
            f"{moment}.{name}": _copied(self.optimiser.state[parameter][moment])
            for name, parameter in self.network.named_parameters()
            for moment in _MOMENTS
            if moment in self.optimiser.state[parameter]
        }
        tensors["random.cpu"] = torch.get_rng_state()
        if self._hardware.device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        return tensors

    def restore(self, step: int, network: Mapping[str, Tensor], optimiser: Mapping[str, Tensor]) -> None:
        """Go on from what `network_tensors` and `optimiser_tensors` gave at `step`.

        Raises:
            RuntimeError, KeyError: the tensors are those of another network.
        """
        self.network.load_state_dict(network)
        for name, parameter in self.network.named_parameters():
            if f"exp_avg.{name}" in optimiser:
                self.optimiser.state[parameter] = {
                    moment: _like(optimiser[f"{moment}.{name}"], parameter) for moment in _MOMENTS
                }
        torch.set_rng_state(optimiser["random.cpu"])
        if self._hardware.device.type == "cuda" and "random.cuda" in optimiser:
            torch.cuda.set_rng_state(optimiser["random.cuda"])
        self.step = step

    def _terms(self, identity: IdentityKey, batch: Batch) -> Tensor:
        inputs, targets, masks = batch.tensors(self._hardware.device)
        with self._hardware.autocast():
            rebuilt = self.network(inputs, identity)
        face, eyes, mouth = masks.chunk(3, dim=1)
        return sample_terms(rebuilt, targets, face, eyes, mouth, self._settings.window, self._settings.mask_blur)


def _copied(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())


def _like(value: Tensor, parameter: nn.Parameter) -> Tensor:
    """`value` with the device and memory layout that Adam would have given it."""
    if value.dim() == 0:
        return value.clone().to(parameter.device)
    return torch.empty_like(parameter, requires_grad=False).copy_(value)
