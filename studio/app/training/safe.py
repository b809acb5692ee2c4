"""The settings that may change in the middle of a training, as the panel offers them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SafeSetting:
    """One of them, with its bounds; a test holds them against the training's own."""

    name: str
    text: str
    tip: str
    lowest: float
    highest: float
    decimals: int = 0
    unit: str = ""


SAFE_SETTINGS = (
    SafeSetting("learning_rate", "Learning rate", "Step size of Adam, before its schedule", 1e-7, 0.1, 7),
    SafeSetting("eye_weight", "Weight of the eyes", "How much the eyes count in the loss beside the whole face",
                0, 100, 1),
    SafeSetting("mouth_weight", "Weight of the mouth", "How much the mouth counts in the loss beside the whole face",
                0, 100, 1),
    SafeSetting("preview_every", "Preview every", "Steps between two preview pictures", 1, 1_000_000, unit="steps"),
    SafeSetting("checkpoint_every", "Checkpoint every", "Steps between two checkpoints", 1, 1_000_000, unit="steps"),
    SafeSetting("milestone_every", "Milestone every", "Steps between two checkpoints that are kept for good; 0 = none",
                0, 10_000_000, unit="steps"),
    SafeSetting("keep_checkpoints", "Checkpoints kept", "How many of the newest checkpoints stay", 2, 100),
)  # fmt: skip
