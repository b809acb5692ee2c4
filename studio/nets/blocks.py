"""The blocks all presets are built from (paper, section 3.2; kernels and slopes: the released configuration)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.nets.presets import NetworkSpec

SLOPE = 0.2
INTERMEDIATE_SLOPE = 0.01


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions whose result is added to the input; shape (N, C, H, W) stays."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(filters, filters, 3, padding=1)
        self.second = nn.Conv2d(filters, filters, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        inner = functional.leaky_relu(self.first(x), SLOPE)
        return functional.leaky_relu(x + self.second(inner), SLOPE)


class Upscaler(nn.Module):
    """Sub-pixel upscaling: a 3 x 3 convolution to four times the filters, then pixel shuffle (Shi et al. 2016)."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, 4 * filters, 3, padding=1)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to (N, filters, 2H, 2W)."""
        return functional.leaky_relu(self.shuffle(self.convolution(x)), SLOPE)

    @torch.no_grad()
    def start_smooth(self) -> None:
        """ICNR (Aitken et al. 2017): the four sub-pixels start equal, as nearest-neighbour upscaling would be."""
        weight, bias = self.convolution.weight, self.convolution.bias
        weight.copy_(weight[::4].repeat_interleave(4, dim=0))
        if bias is not None:
            bias.copy_(bias[::4].repeat_interleave(4, dim=0))


class Bottleneck(nn.Module):
    """One linear layer from all features to the code, with neither norm nor activation."""

    def __init__(self, features: int, code: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, code)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) with C*H*W = features to (N, code)."""
        out: Tensor = self.linear(x.flatten(1))
        return out


class Intermediate(nn.Module):
    """From the code to the map that decoding starts from: linear, nearest x2, LeakyReLU."""

    def __init__(self, code: int, filters: int, start: int) -> None:
        super().__init__()
        self.linear = nn.Linear(code, start * start * filters)
        self.shape = (filters, start, start)

    def forward(self, z: Tensor) -> Tensor:
        """(N, code) to (N, filters, 2 * start, 2 * start)."""
        x = self.linear(z).unflatten(1, self.shape)
        return functional.leaky_relu(functional.interpolate(x, scale_factor=2.0, mode="nearest"), INTERMEDIATE_SLOPE)


class Decoder(nn.Module):
    """One identity's face from the intermediate map: upscalers with residual blocks, then a sigmoid in float32."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        channels = spec.intermediate_filters
        for index, filters in enumerate(spec.decoder_filters, start=1):
            blocks.append(Upscaler(channels, filters))
            if index < len(spec.decoder_filters):
                blocks += [ResidualBlock(filters) for _ in range(spec.residual_blocks)]
            channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Conv2d(channels, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, filters, H, W) to (N, 3, S, S) in [0, 1]; at least float32 also under autocast."""
        logits: Tensor = self.output(self.blocks(x))
        if logits.dtype in (torch.float16, torch.bfloat16):
            logits = logits.float()
        return torch.sigmoid(logits)
