"""The dual-decoder autoencoder of the paper's section 3.2 and its smaller relatives."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from studio.nets.blocks import Bottleneck, Decoder, Intermediate, Upscaler
from studio.nets.encoders import Encoder
from studio.nets.presets import NetworkSpec
from studio.nets.presets import preset as preset_named

IdentityKey = Literal["a", "b"]
IDENTITIES: tuple[IdentityKey, IdentityKey] = ("a", "b")


class SwapAutoencoder(nn.Module):
    """One encoder for both identities, one decoder for each.

    Attributes:
        spec: the sizes it was built with.
        size: side S of its input and output, in pixels.
    """

    def __init__(self, preset: str | NetworkSpec) -> None:
        """Build the network of a preset's name ("paper", "light", "demo") or of a spec, freshly initialised.

        Raises:
            UsageError: there is no preset of that name.
        """
        super().__init__()
        spec = preset_named(preset) if isinstance(preset, str) else preset
        self.spec = spec
        self.size = spec.size
        self.encoder = Encoder(spec)
        self.bottleneck = Bottleneck(self.encoder.feature_count, spec.bottleneck)
        blocks = ("shared",) if spec.intermediate == "shared" else IDENTITIES
        self.intermediates = nn.ModuleDict(
            {key: Intermediate(spec.bottleneck, spec.intermediate_filters, spec.start_size) for key in blocks}
        )
        self.decoders = nn.ModuleDict({key: Decoder(spec) for key in IDENTITIES})
        if spec.icnr:
            for module in self.modules():
                if isinstance(module, Upscaler):
                    module.start_smooth()

    def forward(self, x: Tensor, identity: IdentityKey) -> Tensor:
        """The faces `x` as `identity` shows them.

        Args:
            x: (N, 3, S, S) float in [0, 1], RGB: the central 80 % of aligned faces.
            identity: "a" or "b".

        Returns:
            (N, 3, S, S) float in [0, 1].
        """
        return self.decode(self.encode(x), identity)

    def counterparts(self) -> list[tuple[nn.Parameter, nn.Parameter]]:
        """The parameters of A's own blocks, each with the one of B's in its place."""
        blocks = [self.decoders, self.intermediates] if self.spec.intermediate == "split" else [self.decoders]
        return [
            pair
            for block in blocks
            for pair in zip(*(block[identity].parameters() for identity in IDENTITIES), strict=True)
        ]

    def encode(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) in [0, 1] to the codes (N, bottleneck)."""
        out: Tensor = self.bottleneck(self.encoder(x))
        return out

    def decode(self, z: Tensor, identity: IdentityKey) -> Tensor:
        """Codes (N, bottleneck) to faces (N, 3, S, S) of `identity`."""
        intermediate = self.intermediates["shared" if self.spec.intermediate == "shared" else identity]
        out: Tensor = self.decoders[identity](intermediate(z))
        return out


def count_parameters(spec: NetworkSpec) -> int:
    """How many trainable numbers a network of `spec` has; allocates none of them."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in SwapAutoencoder(spec).parameters())
