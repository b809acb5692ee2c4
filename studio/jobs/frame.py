"""One converted frame, the same pixels as the export before encoding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.conversion.frames import ConvertedFrame, ConvertSettings
from studio.core.errors import UsageError
from studio.core.files import whole_file
from studio.core.project import Project
from studio.core.reporter import Reporter
from studio.core.vision import cv2
from studio.jobs.swapping import SwapChoice, prepare_swap
from studio.provenance.credentials import sign
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
    swap = prepare_swap(project, video, choice, settings, reporter)
    frame = read_frame_at(video, seconds)
    converted = swap.converter.convert(frame)
    squeeze_frame = settings.squeeze * converted.swapped[0].scale if converted.changed else None
    unsigned = out.with_name(f".unsigned-{out.name}")
    try:
        with whole_file(unsigned) as part:
            cv2.imwrite(str(part), np.ascontiguousarray(converted.image[:, :, ::-1]))
        sign(unsigned, out, swap.claim(out.name, settings, squeeze_frame, no_label))
    finally:
        unsigned.unlink(missing_ok=True)
    return SingleFrame(frame, converted)
