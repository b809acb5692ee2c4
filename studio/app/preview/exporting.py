"""What is exported of the video on show, in the words of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.app.preview.previewing import Choice
from studio.swap.compose import BlendSettings
from studio.swap.keyframes import SqueezeKey

CODECS = {
    "libx264": "H.264 (.mp4)",
    "libx265": "H.265 (.mp4)",
    "ffv1": "FFV1, lossless (.mkv)",
    "png": "PNG frames (a folder)",
}
"""The encoders that the panel offers, by the name that `studio convert --codec` takes."""

LOSSY = ("libx264", "libx265")


@dataclass(frozen=True)
class ExportPlan:
    """What is exported, and how it is written.

    Attributes:
        first, stop: the frames from `first` to before `stop`; None: to the end.
        quality: constant rate factor of lossy encoders, 0 lossless to 51 worst.
        no_label: why the visible label is left out; empty where it is drawn.
        twin: whether the same video is written unswapped, too.
        out: None: the project's exports.
    """

    first: int = 0
    stop: int | None = None
    codec: str = "libx264"
    quality: int = 16
    label: bool = True
    no_label: str = ""
    twin: bool = False
    out: Path | None = None

    def frames(self, total: int) -> int:
        """How many frames that is of a video of `total`."""
        return max(0, min(total, total if self.stop is None else self.stop) - self.first)

    def obstacle(self, total: int) -> str:
        """Why it can't be exported, and what to do; empty where it can."""
        if not self.label and not self.no_label.strip():
            return "Say why the label is left out: it is written into the credentials."
        if not self.frames(total):
            return "The range holds no frame: set its end behind its beginning."
        return ""


def arguments(
    folder: Path, choice: Choice, settings: BlendSettings, keys: Sequence[SqueezeKey], plan: ExportPlan
) -> list[str]:
    """What `studio` is called with."""
    words = ["convert", str(folder), str(choice.video), "--run", choice.run, "--to", choice.to]
    for name, value in settings.model_dump(mode="json").items():
        words += [f"--{name.replace('_', '-')}", _plain(value)]
    if keys:
        words += ["--squeeze-at", ",".join(f"{seconds!r}:{pixels:g}" for seconds, pixels in keys)]
    if choice.step is not None:
        words += ["--checkpoint", str(choice.step)]
    if not choice.smoothing:
        words.append("--no-smoothing")
    if plan.first or plan.stop is not None:
        words += ["--frames", f"{plan.first}:{'' if plan.stop is None else plan.stop}"]
    words += ["--codec", plan.codec]
    if plan.codec in LOSSY:
        words += ["--quality", str(plan.quality)]
    if not plan.label:
        words += ["--no-label", plan.no_label.strip()]
    if plan.twin:
        words.append("--pristine-twin")
    if plan.out is not None:
        words += ["--out", str(plan.out)]
    return words


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
