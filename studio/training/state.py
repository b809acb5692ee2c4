"""What a training step changes: the network, Adam's moments, the average of the weights and the step's number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from studio.core.reporter import Reporter, Silent
from studio.nets.autoencoder import IDENTITIES, IdentityKey, SwapAutoencoder
from studio.training.average import Average
from studio.training.batch import Batch
from studio.training.beside import side_by_side
from studio.training.chance import random_states, restore_random_states, start_random_states
from studio.training.copies import Copies
from studio.training.forward import Forward
from studio.training.hardware import Hardware
from studio.training.losses import sample_terms, weighted
from studio.training.ranks import Alone, Ranks
from studio.training.settings import TrainSettings

_BETA1 = 0.9
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class TrainingState:
    """A network in training, at a step.

    Attributes:
        network: the autoencoder, on its device.
        optimiser: Adam over all its parameters.
        average: the running average of its weights, if there is one.
        step: how many steps were made.
    """

    def __init__(
        self, settings: TrainSettings, hardware: Hardware, reporter: Reporter | None = None, ranks: Ranks | None = None
    ) -> None:
        """Start anew; the weights follow from the seed.

        Args:
            reporter: is told what can't be done as the settings say.
            ranks: the processes that have the other parts of a batch, where there are some.
        """
        start_random_states(settings.seed)
        self._settings = settings
        self._hardware = hardware
        self.network = SwapAutoencoder(settings.network())
        if settings.alike_steps:
            self._start_alike()
        self.network.to(hardware.device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(
            self.network.parameters(),
            lr=settings.learning_rate,
            betas=(_BETA1, settings.beta2),
            eps=settings.epsilon,
            fused=True,
        )
        self.average = Average(self.network, settings.average) if settings.average else None
        self._forward = Forward(self.network, settings.compile, reporter or Silent())
        self._ranks = ranks or Alone()
        self._scaler = hardware.scaler()
        self._network_copies, self._average_copies, self._moment_copies = Copies(), Copies(), Copies()
        self.step = 0

    @property
    def shown(self) -> SwapAutoencoder:
        """The network that previews show and conversions use: the average's, if there is one."""
        return self.network if self.average is None else self.average.network

    def update(
        self,
        batch_a: Batch,
        batch_b: Batch,
        rate: float,
        eye_weight: float,
        mouth_weight: float,
        alike: bool = False,
    ) -> Tensor:
        """Make one step with learning rate `rate` and these weights of the loss.

        Args:
            alike: whether the filters of what A and B have each make the same move, by the sum of their gradients.

        Returns:
            `losses.sample_terms` of A and B before it, (2, N, 2, 3), on the device.

        Each identity is taken forward and back by itself, in as many parts as are accumulated: gradients add up all the
        same, BatchNorm sees one identity at a time, and only one graph is in memory; two where both are taken at once.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        weights = eye_weight, mouth_weight
        both = [
            partial(self._add_gradients, identity, batch, *weights)
            for identity, batch in zip(IDENTITIES, (batch_a, batch_b), strict=True)
        ]
        found = side_by_side(*both) if self._hardware.side_by_side else [each() for each in both]
        self._follow_gradients(alike)
        self.step += 1
        if self.average is not None:
            self.average.follow(self.network, self.step)
        return torch.stack(list(found))

    def skip(self) -> None:
        """Leave a step out."""
        self.step += 1

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        # The least and the greatest of each tell it too, and are found many times faster.
        ends = [end for parameter in self.network.parameters() for end in parameter.detach().aminmax()]
        return bool(torch.stack(ends).isfinite().all())

    def network_tensors(self) -> dict[str, Tensor]:
        """Copies of the weights and statistics of the network by name, contiguous, on the CPU.

        These, and those below, are written over when they are asked for the next time.
        """
        return self._network_copies.of(self.network.state_dict())

    def average_tensors(self) -> dict[str, Tensor] | None:
        """As `network_tensors`, of the average, if there is one."""
        if self.average is None:
            return None
        return self._average_copies.of(self.average.network.state_dict())

    def optimiser_tensors(self) -> dict[str, Tensor]:
        """Copies of Adam's moments as `moment.parameter`, the random states as `random.*`, and the scaler's."""
        moments = {
            f"{moment}.{name}": self.optimiser.state[parameter][moment]
            for name, parameter in self.network.named_parameters()
            for moment in _MOMENTS
            if moment in self.optimiser.state[parameter]
        }
        scale = {name: torch.tensor(value, dtype=torch.float64) for name, value in self._scaler.state_dict().items()}
        return {
            **self._moment_copies.of(moments),
            **random_states(self._hardware.device),
            **{f"scaler.{name}": value for name, value in scale.items()},
        }

    def restore(
        self,
        step: int,
        network: Mapping[str, Tensor],
        optimiser: Mapping[str, Tensor],
        average: Mapping[str, Tensor] | None,
    ) -> None:
        """Go on from what `network_tensors`, `optimiser_tensors` and `average_tensors` gave at `step`.

        Raises:
            RuntimeError, KeyError: the tensors are those of another network.
        """
        self.network.load_state_dict(network)
        for name, parameter in self.network.named_parameters():
            if f"exp_avg.{name}" in optimiser:
                self.optimiser.state[parameter] = {
                    moment: _like(optimiser[f"{moment}.{name}"], parameter) for moment in _MOMENTS
                }
        if self.average is not None:
            self.average.restore(network if average is None else average)
        # What counts steps is a whole number.
        scale = {name: type(own)(optimiser[f"scaler.{name}"]) for name, own in self._scaler.state_dict().items()}
        self._scaler.load_state_dict(scale)
        restore_random_states(optimiser)
        self.step = step

    def _add_gradients(self, identity: IdentityKey, batch: Batch, eye_weight: float, mouth_weight: float) -> Tensor:
        """Take one identity's samples forward and back; returns their terms (N, 2, 3)."""
        found = []
        for part in batch.parts(self._settings.accumulate):
            terms = self._terms(identity, part)
            loss = weighted(terms.mean(0), eye_weight, mouth_weight) * part.share
            self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            found.append(terms.detach())
        return torch.cat(found)

    @torch.no_grad()
    def _start_alike(self) -> None:
        for own, other in self._filters():
            other.copy_(own)

    def _filters(self) -> list[tuple[nn.Parameter, nn.Parameter]]:
        """The matrices and kernels of what A and B have each."""
        return [(own, other) for own, other in self.network.counterparts() if own.dim() > 1]

    def _follow_gradients(self, alike: bool) -> None:
        """Have Adam make its step, with gradients no longer than they may be; it makes none where they overflow."""
        self._ranks.add_up(self.network.parameters())
        if alike:
            for own, other in self._filters():
                assert own.grad is not None
                assert other.grad is not None
                own.grad += other.grad
                other.grad.copy_(own.grad)
        self._scaler.unscale_(self.optimiser)
        if self._settings.clip_gradients:
            nn.utils.clip_grad_norm_(self.network.parameters(), self._settings.clip_gradients)
        self._scaler.step(self.optimiser)
        self._scaler.update()

    def _terms(self, identity: IdentityKey, batch: Batch) -> Tensor:
        inputs, targets, masks = batch.tensors(self._hardware.device)
        with self._hardware.autocast():
            rebuilt = self._forward(inputs, identity)
        face, eyes, mouth = masks.chunk(3, dim=1)
        return sample_terms(rebuilt, targets, face, eyes, mouth, self._settings.window, self._settings.mask_blur)


def _like(value: Tensor, parameter: nn.Parameter) -> Tensor:
    """`value` with the device and memory layout that Adam would have given it."""
    if value.dim() == 0:
        return value.clone().to(parameter.device)
    return torch.empty_like(parameter, requires_grad=False).copy_(value)
