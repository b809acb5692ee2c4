"""One converted frame, the same pixels as the export before encoding."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from studio.conversion.frames import ConvertedFrame, ConvertSettings, fingerprints
from studio.core.errors import UsageError
from studio.core.files import sha256
from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.reporter import Reporter
from studio.jobs.swapping import SwapChoice, checked_label, prepare_swap, stored_path
from studio.provenance.credentials import sign
from studio.provenance.fingerprints import Fingerprints
from studio.video.read import Frame, read_frame_at


@dataclass(frozen=True, eq=False)
class SingleFrame:
    """A frame of the driver and what became of it."""

    driver: Frame
    converted: ConvertedFrame


def convert_frame(
    project: Project,
    video: Path,
    choice: SwapChoice,
    settings: ConvertSettings,
    seconds: float,
    out: Path,
    no_label: str | None,
    reporter: Reporter,
) -> SingleFrame:
    """Convert the frame that shows at `seconds` and write it as a signed PNG.

    Raises:
        UsageError: `out` is no .png.
        StudioError: as `swapping.prepare_swap`.
    """
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out} is no PNG.", hint="Give --out a name that ends in .png.")
    if not math.isfinite(seconds):
        raise UsageError(f"{seconds} is no time.", hint="Give --at in seconds.")
    checked_label(settings, no_label)
    swap = prepare_swap(project, video, choice, settings, reporter)
    frame = read_frame_at(video, seconds)
    converted = swap.converter.convert(frame)
    squeeze_frame = settings.squeeze * converted.swapped[0].scale if converted.changed else None
    unsigned = out.with_name(f".unsigned-{out.name}")
    stored = stored_path(project, out)
    try:
        write_png(unsigned, converted.image)
        project.store.exports.begin(
            stored, str(video), swap.pairing.run.name, swap.drivers, swap.pairing.target, {"frame": frame.index},
            Fingerprints.of(fingerprints(frame, converted)).packed(),
        )  # fmt: skip
        sign(unsigned, out, swap.claim(out.name, settings, squeeze_frame, no_label))
        project.store.exports.finish(stored, sha256(out))
    finally:
        unsigned.unlink(missing_ok=True)
    return SingleFrame(frame, converted)
