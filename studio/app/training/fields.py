"""The settings of a training as a form shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.training.settings import PRESET_STEPS, TrainSettings

Value = str | int | float | bool | None

PRESETS: Mapping[str, str] = {
    "demo": "minutes on two cores: a first look, soft and small.",
    "light": "a night on one GPU, or days on a processor: good for most clips.",
    "paper": "the paper's network, 313 million weights: days on a large GPU.",
}
"""What each preset is for, the quickest first."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Batch and rate": ("batch_size", "accumulate", "learning_rate", "warmup_steps", "final_rate", "clip_gradients",
                       "average", "alike_steps", "beta2", "epsilon", "seed"),
    "Loss": ("eye_weight", "mouth_weight", "window", "mask_blur"),
    "Augmentation": ("warp_share", "warp_sigma", "flip", "clahe_chance", "lightness_shift", "colour_shift", "rotation",
                     "zoom", "shift"),
    "Network": ("size", "bottleneck", "encoder", "intermediate", "normalise_input", "freeze_batchnorm", "icnr"),
    "Keeping": ("checkpoint_every", "keep_checkpoints", "milestone_every", "preview_every"),
    "Machine": ("device", "precision", "compile", "deterministic", "workers", "threads", "cache_megabytes"),
}  # fmt: skip
"""In the order in which one looks for them; what is in no group stands in the last."""

_TEXTS = {
    "clahe_chance": "CLAHE chance",
    "icnr": "ICNR start",
    "beta2": "Adam's beta2",
    "freeze_batchnorm": "Freeze BatchNorm",
    "cache_megabytes": "Cache (MB)",
    "window": "SSIM window",
}


@dataclass(frozen=True)
class SettingField:
    """One setting.

    Attributes:
        name: as `studio train --set` takes it.
        text: what stands before it.
        help: a sentence, with what it may be.
        choices: what there is to choose from; empty for numbers and switches.
        switch: whether it is on or off.
    """

    name: str
    text: str
    help: str
    choices: tuple[Value, ...]
    switch: bool


def grouped_fields() -> dict[str, list[SettingField]]:
    """The settings by group; the preset is none of them."""
    known = {name: _field(name, facts) for name, facts in _properties().items() if name != "preset"}
    found = {group: [known.pop(name) for name in names if name in known] for group, names in GROUPS.items()}
    found[list(GROUPS)[-1]] += known.values()
    return found


def preset_words(preset: str) -> str:
    """What a preset makes and what it is for."""
    return f"{TrainSettings.build({'preset': preset}).network().size} pixels, {PRESETS[preset]}"


def defaults(preset: str) -> dict[str, Value]:
    """Each setting as the preset has it."""
    return TrainSettings.build({"preset": preset}).model_dump()


def default_steps(preset: str) -> int:
    """How many steps a preset takes where nothing else is said."""
    return PRESET_STEPS[preset]


def _properties() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = TrainSettings.model_json_schema()["properties"]
    return found


def _field(name: str, facts: Mapping[str, Any]) -> SettingField:
    kinds = facts.get("anyOf", [facts])
    choices = tuple(value for kind in kinds for value in kind.get("enum", [None] if kind.get("type") == "null" else []))
    text = _TEXTS.get(name, name.replace("_", " ").capitalize())
    words = f"{facts['description']}{_bounds(facts)}"
    return SettingField(name, text, words, choices, any(kind.get("type") == "boolean" for kind in kinds))


def _bounds(facts: Mapping[str, Any]) -> str:
    low, above, high = (facts.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if high is None:
        return ""
    return f" From {low:,g} to {high:,g}." if low is not None else f" Above {above:,g}, up to {high:,g}."
