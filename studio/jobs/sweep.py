"""One frame at many squeezes as a contact sheet, and the amount the whole video asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.conversion.frames import ConvertSettings, SwappedFace
from studio.conversion.sweep import SQUEEZES, Recommendation, SweepRow, recommend, sweep
from studio.core.errors import MediaError, UsageError
from studio.core.project import Project
from studio.core.reporter import Reporter
from studio.jobs.frame import png_and_time, signed_png
from studio.jobs.sheets import sweep_sheet
from studio.jobs.swapping import Swap, SwapChoice, prepare_swap
from studio.provenance.label import draw_label
from studio.video.read import read_frame_at

_FRAMES = 24


@dataclass(frozen=True, eq=False)
class SweptFrame:
    """What a sweep found: the rows of one frame, and what some frames of the video ask for."""

    frame: int
    rows: list[SweepRow]
    recommended: Recommendation | None


def sweep_frame(
    project: Project,
    video: Path,
    choice: SwapChoice,
    settings: ConvertSettings,
    seconds: float,
    out: Path,
    reporter: Reporter,
) -> SweptFrame:
    """Blend the frame that shows at `seconds` at every squeeze and write the sheet, labelled and signed, as a PNG.

    Raises:
        UsageError: `out` is no .png, `seconds` no time, or the mask one that isn't squeezed.
        MediaError: that frame shows no face that is swapped (media.noface).
        StudioError: as `swapping.prepare_swap`.
    """
    png_and_time(out, seconds)
    if settings.mask != "advanced":
        raise UsageError(
            "The driver's mask as it is has no squeeze to sweep over.",
            hint="Leave --mask out.",
            code="usage.mask",
        )
    swap = prepare_swap(project, video, choice, settings, reporter)
    frame = read_frame_at(video, seconds, swap.analysis.pts)
    swapped = swap.converter.convert(frame).swapped
    if not swapped:
        raise MediaError(
            f"Nobody is swapped in the frame at {seconds:g} s.",
            hint="Choose a time at which the driver's face is seen.",
            code="media.noface",
        )
    rows = sweep(swapped[0], settings)
    sheet = draw_label(sweep_sheet(swapped[0], rows))
    signed_png(project, video, swap, settings, sheet, out, {"sweep": frame.index}, swept=SQUEEZES)
    found = recommend(sweep(face, settings) for face in _some_faces(swap, video, reporter))
    return SweptFrame(frame.index, rows, found)


def _some_faces(swap: Swap, video: Path, reporter: Reporter) -> Iterator[SwappedFace]:
    """The faces of frames spread evenly over the video."""
    times = swap.analysis.times
    chosen = np.unique(np.linspace(0, len(times) - 1, min(_FRAMES, len(times))).astype(int))
    for done, index in enumerate(chosen.tolist(), start=1):
        reporter.check()
        yield from swap.converter.convert(read_frame_at(video, float(times[index]), swap.analysis.pts)).swapped[:1]
        reporter.progress("sweep", done, len(chosen))
