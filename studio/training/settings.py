"""What a training run can be told, with bounds, and each preset's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from studio.core.config import Settings
from studio.nets.presets import PRESETS, EncoderName, IntermediateKind, NetworkSpec
from studio.training.augment import Augmentation

PresetName = Literal["paper", "light", "demo"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
# The command line gives words, which a choice among numbers does not convert by itself.
Window = Annotated[
    Literal[3, 5, 7, 9, 11], BeforeValidator(lambda value: int(value) if str(value).isdecimal() else value)
]

# paper: section 3.2, and the released configuration where it is silent (window, blurred mask edges, flip).
# light: a rate for batches of 8 and days rather than weeks.
# demo: a few thousand steps. A short warm-up and a rate that falls to a fiftieth let it learn twenty times
#   faster than the paper's constant rate without ending noisy. Smaller changes to the faces, heavier eyes and mouth and
#   a shorter memory of Adam bring features out in a third of the steps; and without a time in which the decoders move
#   alike, they are there but do not follow the driver: each decoder had its own idea of what a code means. Mirrored
#   faces are another half to learn, which a few thousand steps have no time for.
PRESET_DEFAULTS: dict[str, dict[str, Any]] = {
    "paper": {"batch_size": 32, "learning_rate": 5e-5, "window": 3, "mask_blur": True},
    "light": {"batch_size": 8, "learning_rate": 1e-4, "window": 3, "mask_blur": True, "checkpoint_every": 500},
    "demo": {
        "batch_size": 8,
        "learning_rate": 1.5e-3,
        "beta2": 0.99,
        "warmup_steps": 100,
        "final_rate": 0.02,
        "intermediate": "split",
        "alike_steps": 700,
        "flip": False,
        "clahe_chance": 0.1,
        "lightness_shift": 0.1,
        "colour_shift": 0.03,
        "rotation": 5.0,
        "zoom": 0.03,
        "shift": 0.03,
        "eye_weight": 10.0,
        "mouth_weight": 10.0,
        "window": 3,
        "mask_blur": True,
        "checkpoint_every": 250,
        "preview_every": 100,
        "precision": "auto",
    },
}

# paper: its word. The others: what is worth waiting for on one GPU over a night, and on two cores over a coffee.
PRESET_STEPS: Mapping[str, int] = {"paper": 1_000_000, "light": 100_000, "demo": 5_000}


class TrainSettings(Settings):
    """All settings of a training run; those that are not given take the preset's default."""

    preset: PresetName = Field(default="demo", description="Network and defaults: paper, light or demo.")
    seed: int = Field(
        default=0, ge=0, le=2**31 - 1, description="Start of all random numbers; equal seeds train alike."
    )

    batch_size: int = Field(ge=1, le=256, description="Faces of A and as many of B in one step (paper: 32 and 32).")
    learning_rate: float = Field(gt=0, le=0.1, description="Step size of Adam (paper: 5e-5).")
    epsilon: float = Field(default=1e-7, gt=0, le=1e-2, description="Epsilon of Adam (paper: 1e-7).")
    warmup_steps: int = Field(default=0, ge=0, le=100_000, description="Steps over which the rate rises from zero.")
    final_rate: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Share of the rate left at the last step, falling as a cosine; 1 = constant.",
    )
    precision: Precision = Field(
        default="float32",
        description="Arithmetic of the network; auto takes bfloat16 where the processor has it, float16 scales losses.",
    )
    beta2: float = Field(
        default=0.999, ge=0.5, lt=1, description="Share that Adam leaves of the squares of earlier gradients."
    )
    accumulate: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="Batches whose gradients make one step: a larger step in the memory of one batch.",
    )
    clip_gradients: float = Field(
        default=0.0, ge=0, le=1e6, description="Largest norm of a step's gradients, longer ones are cut; 0 = any."
    )
    average: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share that each step leaves of a running average of the weights, for example 0.999; previews and"
        " conversions use it then; 0 = no average.",
    )

    alike_steps: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="First steps, at most six tenths of all, in which the filters of both decoders move alike and only"
        " their biases differ: expressions come to mean the same to both; 0 = none (paper).",
    )

    warp_share: float = Field(
        default=0.5, ge=0, le=1, description="Share of all steps, from the first, that warp inputs."
    )
    warp_sigma: float = Field(
        default=5.0, ge=0, le=40, description="Deviation of the warp in pixels of the 512 px face."
    )
    flip: bool = Field(default=True, description="Mirror half of the faces.")
    clahe_chance: float = Field(default=0.5, ge=0, le=1, description="Chance of equalising a face's local contrast.")
    lightness_shift: float = Field(
        default=0.3, ge=0, le=0.9, description="Largest random change of lightness, a share."
    )
    colour_shift: float = Field(default=0.08, ge=0, le=0.9, description="Largest random change of colour, a share.")
    rotation: float = Field(default=10.0, ge=0, le=45, description="Largest random rotation in degrees.")
    zoom: float = Field(default=0.05, ge=0, le=0.5, description="Largest random change of scale, a share.")
    shift: float = Field(default=0.05, ge=0, le=0.25, description="Largest random shift, a share of the face's side.")

    eye_weight: float = Field(default=3.0, ge=0, le=100, description="Weight of the eyes in the loss (paper: 3).")
    mouth_weight: float = Field(default=2.0, ge=0, le=100, description="Weight of the mouth in the loss (paper: 2).")
    window: Window = Field(default=11, description="Side of SSIM's window in pixels.")
    mask_blur: bool = Field(default=False, description="Soften the edges of the masks in the loss.")

    size: int = Field(
        default=0, ge=0, le=512, multiple_of=32, description="Side of the network in pixels; 0 = the preset's."
    )
    bottleneck: int = Field(default=0, ge=0, le=4096, description="Length of the code; 0 = the preset's.")
    encoder: EncoderName | None = Field(default=None, description="Another encoder than the preset's.")
    intermediate: IntermediateKind = Field(default="shared", description="One intermediate block, or one per identity.")
    normalise_input: bool = Field(default=False, description="Show the encoder ImageNet's mean and deviation.")
    freeze_batchnorm: bool = Field(default=False, description="Keep the encoder's BatchNorm statistics as they came.")
    icnr: bool = Field(default=False, description="Start upscalers without checkerboard.")
    sizes: SkipJsonSchema[NetworkSpec | None] = Field(
        default=None, description="The whole network, as a run keeps it from its beginning; nobody sets it by hand."
    )

    checkpoint_every: int = Field(default=1000, ge=1, le=1_000_000, description="Steps between two checkpoints.")
    keep_checkpoints: int = Field(default=3, ge=2, le=100, description="How many of the newest checkpoints are kept.")
    milestone_every: int = Field(
        default=0, ge=0, le=10_000_000, description="Steps between two checkpoints that are kept for good; 0 = none."
    )
    preview_every: int = Field(default=500, ge=1, le=1_000_000, description="Steps between two preview pictures.")
    augment_on: Literal["auto", "cpu", "gpu"] = Field(
        default="auto",
        description="What changes faces at random: the workers one by one (cpu), or the device that trains in batches"
        " (gpu); auto = a GPU where there is one.",
    )
    workers: int = Field(default=1, ge=1, le=32, description="Threads that prepare faces.")
    cache_megabytes: int = Field(default=2048, ge=0, le=1_000_000, description="Memory for decoded faces of A and B.")
    threads: int = Field(
        default=0, ge=0, le=256, description="Threads of the arithmetic on CPU; 0 = as many as the cores allow."
    )
    deterministic: bool = Field(
        default=False, description="Only arithmetic that gives equal numbers each time, also on a GPU; slower there."
    )
    compile: bool = Field(
        default=False, description="Compile the network first: it takes a minute, and steps may be faster then."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where the network runs.")

    @model_validator(mode="before")
    @classmethod
    def _preset_first(cls, values: Any) -> Any:
        """Put the preset's defaults under the values that were given."""
        if not isinstance(values, Mapping):
            return values
        name = values.get("preset", cls.model_fields["preset"].default)
        return {**PRESET_DEFAULTS.get(str(name), {"batch_size": 1, "learning_rate": 5e-5}), **values}

    def network(self) -> NetworkSpec:
        """The sizes of the network these settings train.

        Raises:
            UsageError: encoder, size and preset do not fit together.
        """
        if self.sizes is not None:
            return self.sizes
        spec = PRESETS[self.preset]
        options: dict[str, Any] = {
            "intermediate": self.intermediate,
            "normalise_input": self.normalise_input,
            "freeze_batchnorm": self.freeze_batchnorm,
            "icnr": self.icnr,
            "size": self.size or spec.size,
            "bottleneck": self.bottleneck or spec.bottleneck,
        }
        if self.encoder not in (None, spec.encoder):
            options["encoder"] = self.encoder
            options["encoder_filters"] = PRESETS["demo"].encoder_filters if self.encoder == "small" else ()
        return spec.changed(options)

    def settled(self) -> TrainSettings:
        """These settings with the whole network written down: presets may change, and a run's network may not.

        Raises:
            UsageError: encoder, size and preset do not fit together.
        """
        return self.changed({"sizes": self.network()})

    def augmentation(self) -> Augmentation:
        """The bounds of the random changes to faces."""
        return Augmentation(
            clahe_chance=self.clahe_chance,
            lightness_shift=self.lightness_shift,
            colour_shift=self.colour_shift,
            rotation=self.rotation,
            zoom=self.zoom,
            shift=self.shift,
            warp_sigma=self.warp_sigma,
            flip=self.flip,
        )
