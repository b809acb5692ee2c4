"""Streaming conversion: decode, convert, encode, with a handful of frames in memory whatever the length."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from studio.conversion.driver import DriverAnalysis
from studio.conversion.frames import ConvertedFrame, ConvertSettings, FrameConverter
from studio.core.errors import UsageError
from studio.core.reporter import Reporter, Silent
from studio.video.probe import probe
from studio.video.read import Frame, read_frames
from studio.video.write import VideoWriter

_T = TypeVar("_T")


@dataclass(frozen=True)
class ConversionSummary:
    """What a conversion did.

    Attributes:
        out: the finished file, not signed yet.
        frames: written; of these `frames_swapped` show at least one blended face, `frames_unchanged` are the
            driver's (but for the label): no face (`frames_without_face`), somebody else's, or squeezed to nothing
            (`frames_squeezed_away`).
        seconds: wall time.
        mask_pixels: mean area of the blend in pixels of the 512 px aligned face, over the swapped frames.
        squeeze_frame: the squeeze in pixels of the frame, median over the swapped frames; None if there are none.
    """

    out: Path
    frames: int
    frames_swapped: int
    frames_unchanged: int
    frames_without_face: int
    frames_squeezed_away: int
    seconds: float
    mask_pixels: float
    squeeze_frame: float | None


class _Tally:
    """Counts converted frames as they are written."""

    def __init__(self) -> None:
        self.frames = self.without_face = self.squeezed_away = 0
        self.areas: list[int] = []
        self.scales: list[float] = []

    def add(self, frame: ConvertedFrame) -> None:
        self.frames += 1
        self.without_face += frame.faces_found == 0
        self.squeezed_away += bool(frame.swapped) and not frame.changed
        if frame.changed:
            self.areas.append(frame.mask_pixels)
            self.scales += [face.scale for face in frame.swapped if face.mask.any()]

    def summary(self, out: Path, seconds: float, squeeze: float) -> ConversionSummary:
        swapped = len(self.areas)
        return ConversionSummary(
            out=out, frames=self.frames, frames_swapped=swapped, frames_unchanged=self.frames - swapped,
            frames_without_face=self.without_face, frames_squeezed_away=self.squeezed_away,
            seconds=round(seconds, 3), mask_pixels=float(np.mean(self.areas)) if swapped else 0.0,
            squeeze_frame=float(np.median(self.scales)) * squeeze if swapped else None,
        )  # fmt: skip


def convert_video(
    video: Path,
    analysis: DriverAnalysis,
    converter: FrameConverter,
    settings: ConvertSettings,
    out: Path,
    reporter: Reporter | None = None,
    *,
    workers: int | None = None,
) -> ConversionSummary:
    """Convert `video` into `out`, with its sound and time stamps; `out` appears when it is whole. It is not signed.

    Args:
        converter: made for the same analysis and settings.
        workers: frames in work at a time; None: as many as there are cores, at most 4.

    Raises:
        UsageError: the frame range holds no frame.
        MediaError, StorageError: the video can't be read or the export not be written.
        Stopped: the user asked for it; nothing is left.
    """
    reporter = reporter or Silent()
    began = time.monotonic()
    tally = _Tally()
    workers = workers or min(os.cpu_count() or 1, 4)
    first, stop = frame_range(analysis, settings)
    with _writer(video, analysis, settings, out) as writer:
        frames = read_frames(video, first, stop)
        for frame, done in _in_order(frames, converter.convert, workers):
            reporter.check()
            writer.write(done.image, frame.pts)
            tally.add(done)
            reporter.progress("convert", tally.frames, stop - first)
    return tally.summary(out, time.monotonic() - began, settings.squeeze)


def write_twin(
    video: Path, analysis: DriverAnalysis, settings: ConvertSettings, out: Path, reporter: Reporter | None = None
) -> int:
    """Write the pristine twin: the same frames of the driver through the same writer, nothing swapped, no label.

    Returns:
        the number of frames.

    Raises:
        UsageError, MediaError, StorageError, Stopped: as `convert_video`.
    """
    reporter = reporter or Silent()
    first, stop = frame_range(analysis, settings)
    count = 0
    with _writer(video, analysis, settings, out) as writer:
        for frame in read_frames(video, first, stop):
            reporter.check()
            writer.write(frame.image, frame.pts)
            count += 1
            reporter.progress("twin", count, stop - first)
    return count


def frame_range(analysis: DriverAnalysis, settings: ConvertSettings) -> tuple[int, int]:
    """First frame and the frame to stop before, cut to what the video has.

    Raises:
        UsageError: there is no frame between them.
    """
    stop = analysis.frames if settings.stop is None else min(settings.stop, analysis.frames)
    if settings.first >= stop:
        raise UsageError(
            f"There are no frames from {settings.first} to {settings.stop if settings.stop is not None else stop}.",
            hint=f"The video has the frames 0 to {analysis.frames - 1}; the end of a range is not included.",
            code="usage.frames",
        )
    return settings.first, stop


def _writer(video: Path, analysis: DriverAnalysis, settings: ConvertSettings, out: Path) -> VideoWriter:
    info = probe(video)
    first, stop = frame_range(analysis, settings)
    span: tuple[float, float] | None = None
    if first > 0 or stop < analysis.frames:
        # An open end keeps sound that is longer than the picture.
        end = float(analysis.times[stop]) if stop < analysis.frames else float("inf")
        span = (float(analysis.times[first]), end)
    return VideoWriter(
        out, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info, codec=settings.codec,
        quality=settings.quality, audio_from=video if info.has_audio else None, audio_range=span,
    )  # fmt: skip


def _in_order(frames: Iterator[Frame], work: Callable[[Frame], _T], workers: int) -> Iterator[tuple[Frame, _T]]:
    """Each frame with what `work` makes of it, in the order of the frames; `workers` of them at a time on threads."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="convert")
    waiting: deque[tuple[Frame, Future[_T]]] = deque()
    try:
        for frame in frames:
            waiting.append((frame, pool.submit(work, frame)))
            if len(waiting) > workers:
                done, result = waiting.popleft()
                yield done, result.result()
        while waiting:
            done, result = waiting.popleft()
            yield done, result.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
