"""The sizes of a network, with bounds, and the three that have a name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from studio.core.config import Settings
from studio.core.errors import UsageError

EncoderName = Literal[
    "small", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4"
]
IntermediateKind = Literal["shared", "split"]
Filters = Annotated[int, Field(ge=4, le=2048)]


class NetworkSpec(Settings):
    """Everything that decides the shapes of a SwapAutoencoder; two networks of equal spec share their weights' names.

    The decoder starts from a map of `size / 2 ** (len(decoder_filters) + 1)` pixels, which the intermediate block
    doubles once and every upscaler doubles again.
    """

    name: str = Field(default="custom", max_length=64, description="The preset these sizes come from.")
    encoder: EncoderName = Field(
        description="What turns the face into features: 'small' or a torchvision EfficientNet."
    )
    encoder_filters: tuple[Filters, ...] = Field(
        default=(), max_length=6, description="Filters of the small encoder's stages; each halves the picture."
    )
    size: int = Field(ge=32, le=512, multiple_of=32, description="Side of the network's input and output, in pixels.")
    bottleneck: int = Field(ge=16, le=4096, description="Length of the code between encoder and decoders.")
    intermediate: IntermediateKind = Field(
        default="shared", description="One intermediate block for both identities, or one for each."
    )
    intermediate_filters: int = Field(ge=16, le=4096, description="Channels of the map that decoding starts from.")
    decoder_filters: tuple[Filters, ...] = Field(
        min_length=1, max_length=6, description="Filters of the upscalers; each doubles the picture."
    )
    residual_blocks: int = Field(ge=0, le=4, description="Residual blocks after each upscaler but the last.")
    normalise_input: bool = Field(default=False, description="Whether the encoder sees ImageNet's mean and deviation.")
    freeze_batchnorm: bool = Field(default=False, description="Whether BatchNorm keeps the statistics it came with.")
    icnr: bool = Field(default=False, description="Start upscalers without checkerboard (ICNR initialisation).")

    @model_validator(mode="after")
    def _sizes_fit(self) -> NetworkSpec:
        if self.size % self.reduction or self.start_size < 1:
            raise ValueError(f"{len(self.decoder_filters)} upscalers do not end at {self.size} pixels")
        if (self.encoder == "small") != bool(self.encoder_filters):
            raise ValueError("encoder_filters belong to the encoder 'small', and it needs them")
        if self.encoder_filters and self.size % 2 ** len(self.encoder_filters):
            raise ValueError(f"{len(self.encoder_filters)} encoder stages do not fit {self.size} pixels")
        return self

    @property
    def reduction(self) -> int:
        """How many times larger the output is than the map that decoding starts from."""
        return int(2 ** (len(self.decoder_filters) + 1))

    @property
    def start_size(self) -> int:
        """Side in pixels of the map that decoding starts from, before its first doubling."""
        return self.size // self.reduction


# Sizes: the paper's section 3.2 names encoder, blocks and 256 px; the numbers it omits (code length, filters) follow
# the authors' released configuration EB4_RDA.
PAPER = NetworkSpec(
    name="paper",
    encoder="efficientnet_b4",
    size=256,
    bottleneck=1024,
    intermediate_filters=1280,
    decoder_filters=(512, 320, 200, 128),
    residual_blocks=2,
)

# The same family for one laptop GPU, or a patient CPU: about an eighth of the weights.
LIGHT = NetworkSpec(
    name="light",
    encoder="efficientnet_b0",
    size=128,
    bottleneck=512,
    intermediate_filters=384,
    decoder_filters=(192, 112, 64),
    residual_blocks=1,
)

# For minutes on two CPU cores. No BatchNorm anywhere: a few hundred steps are too few for its running statistics. The
# code is short: in a longer one there is room for what only its own person's faces say, and a swap has the other's.
DEMO = NetworkSpec(
    name="demo",
    encoder="small",
    encoder_filters=(32, 64, 128, 128),
    size=96,
    bottleneck=64,
    intermediate="split",
    intermediate_filters=96,
    decoder_filters=(80, 48, 24),
    residual_blocks=1,
)

PRESETS: dict[str, NetworkSpec] = {"paper": PAPER, "light": LIGHT, "demo": DEMO}


def preset(name: str) -> NetworkSpec:
    """The network sizes called `name`.

    Raises:
        UsageError: there is no such preset.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise UsageError(
            f"There is no preset {name!r}.", hint=f"Presets: {', '.join(PRESETS)}.", code="usage.preset"
        ) from None
