"""One converted frame, the same pixels as the export before encoding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.conversion.frames import ConvertedFrame, ConvertSettings, fingerprints
from studio.core.errors import UsageError
from studio.core.files import sha256
from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.records import Image
from studio.core.reporter import Reporter, Silent
from studio.jobs.swapping import Swap, SwapChoice, checked_label, prepare_swap, stored_path
from studio.jobs.unfinished import unfinished
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
        UsageError: `out` is no .png or `seconds` no time.
        StudioError: as `swapping.prepare_swap`.
    """
    png_and_time(out, seconds)
    checked_label(settings, no_label)
    swap = prepare_swap(project, video, choice, settings, reporter)
    frame = read_frame_at(video, seconds, swap.analysis.pts)
    converted = swap.converter.convert(frame)
    signed_png(
        project, video, swap, settings, converted.image, out, {"frame": frame.index},
        squeeze_frame=converted.swapped[0].squeeze * converted.swapped[0].scale if converted.changed else None,
        no_label=no_label, prints=Fingerprints.of(fingerprints(frame, converted)),
    )  # fmt: skip
    return SingleFrame(frame, converted)


def png_and_time(out: Path, seconds: float) -> None:
    """Refuse a name that is no PNG's, and what is no time.

    Raises:
        UsageError: it is one of them.
    """
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out} is no PNG.", hint="Give --out a name that ends in .png.")
    if not math.isfinite(seconds):
        raise UsageError(f"{seconds} is no time.", hint="Give --at in seconds.")


def signed_png(
    project: Project,
    video: Path,
    swap: Swap,
    settings: ConvertSettings,
    image: Image,
    out: Path,
    record: Mapping[str, Any],
    *,
    squeeze_frame: float | None = None,
    swept: tuple[int, ...] = (),
    no_label: str | None = None,
    prints: Fingerprints | None = None,
) -> None:
    """Write a picture made of a swap with its credentials, and remember it as an export.

    Args:
        record: what the project keeps of how it was made.
        swept: the squeezes it shows side by side, where it is no single frame.
        prints: by what it is known again, if by anything.

    Raises:
        RunError: another process is writing it.
        StudioError: it can't be written or signed; nothing is left then.
    """
    stored = stored_path(project, out)
    with unfinished(project, out) as place:
        write_png(place.unsigned, image)
        claim = replace(swap.claim(out.name, settings, squeeze_frame, no_label), swept=swept)
        place.sign(claim, Silent())
        project.store.exports.begin(
            stored, str(video), swap.pairing.run.name, swap.drivers, swap.pairing.target, record,
            prints.packed() if prints else None,
        )  # fmt: skip
        place.publish(place.signed)
        project.store.exports.finish(stored, sha256(out))
