"""What turns a face into features: a small stack of convolutions, or a torchvision EfficientNet."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from studio.core.errors import WeightsError
from studio.nets.blocks import SLOPE
from studio.nets.presets import NetworkSpec

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_EFFICIENTNET_REDUCTION = 32


class SmallEncoder(nn.Module):
    """Convolutions of stride 2 with LeakyReLU; without norms, so batches of any size behave alike."""

    def __init__(self, filters: tuple[int, ...]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Conv2d(before, after, 5 if before == 3 else 3, stride=2, padding=2 if before == 3 else 1)
            for before, after in zip((3, *filters), filters, strict=False)
        )
        self.channels = filters[-1]
        self.reduction = 2 ** len(filters)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, channels, S / reduction, S / reduction)."""
        for stage in self.stages:
            x = functional.leaky_relu(stage(x), SLOPE)
        return x


class EfficientNetEncoder(nn.Module):
    """The `.features` of a torchvision EfficientNet under torchvision's own names."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.features = getattr(torchvision.models, name)(weights=None).features
        self.channels = int(self.features[-1].out_channels)
        self.reduction = _EFFICIENTNET_REDUCTION

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, channels, S / 32, S / 32)."""
        out: Tensor = self.features(x)
        return out

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take torchvision's state dict of the whole classifier; its `classifier.*` is left out.

        Raises:
            WeightsError: a name is missing, unknown or of another shape.
        """
        features = {name: value for name, value in state.items() if not name.startswith("classifier.")}
        try:
            self.load_state_dict(features)
        except RuntimeError as error:
            raise WeightsError(
                "These weights do not belong to the encoder.",
                hint="Fetch them again with `studio models fetch`.",
                code="weights.keys",
            ) from error


class Encoder(nn.Module):
    """The encoder of a spec with its options: normalised input, frozen BatchNorm."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.body: SmallEncoder | EfficientNetEncoder = (
            SmallEncoder(spec.encoder_filters) if spec.encoder == "small" else EfficientNetEncoder(spec.encoder)
        )
        self.normalise_input = spec.normalise_input
        self.freeze_batchnorm = spec.freeze_batchnorm
        self.feature_count = self.body.channels * (spec.size // self.body.reduction) ** 2

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) in [0, 1] to the features (N, C, h, w)."""
        if self.normalise_input:
            mean, deviation = (torch.tensor(v, dtype=x.dtype, device=x.device) for v in (_MEAN, _DEVIATION))
            x = (x - mean[:, None, None]) / deviation[:, None, None]
        out: Tensor = self.body(x)
        return out

    def train(self, mode: bool = True) -> Encoder:
        """Switch to training or evaluation; frozen BatchNorm stays in evaluation."""
        super().train(mode)
        if self.freeze_batchnorm:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self
