"""Checking the videos a command was given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.core.errors import UsageError
from studio.video.probe import probe


def videos_only(paths: Sequence[Path]) -> list[Path]:
    """`paths`, each of which can be opened as a video.

    Raises:
        UsageError: there is none.
        MediaError: one is missing, empty or no video.
    """
    if not paths:
        raise UsageError("No video was named.", hint="Give one or more video files.")
    for path in paths:
        probe(path)
    return list(paths)


def frame_range(text: str | None) -> tuple[int, int | None]:
    """`A:B` as the first frame and the frame to stop before; either may be left out.

    Raises:
        UsageError: it is no such range.
    """
    if text is None:
        return 0, None
    first, colon, stop = text.partition(":")
    if not colon or not all(part == "" or part.isdigit() for part in (first, stop)):
        raise UsageError(
            f"{text!r} is no frame range.", hint="Write it as A:B; B is not included.", code="usage.frames"
        )
    return int(first or 0), int(stop) if stop else None


def squeeze_keys(text: str | None) -> list[list[str]]:
    """`0:15,2.5:25` as pairs of seconds and pixels, still to be checked; none where nothing was given.

    Raises:
        UsageError: it is no such list.
    """
    if text is None:
        return []
    pairs = [part.split(":") for part in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise UsageError(
            f"{text!r} names no keyframes of the squeeze.",
            hint="Write them as SECONDS:PIXELS with commas between, such as 0:15,2.5:25.",
            code="usage.keyframes",
        )
    return pairs
