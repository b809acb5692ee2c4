"""Streaming conversion: decode, convert, encode, with a handful of frames in memory whatever the length."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from studio.conversion.driver import DriverAnalysis
from studio.conversion.frames import ConvertedFrame, ConvertSettings, FrameConverter, fingerprints
from studio.conversion.parts import Parts, parts_of
from studio.conversion.tally import ConversionSummary, Tally
from studio.core.errors import Stopped, UsageError
from studio.core.reporter import Reporter, Silent
from studio.provenance.fingerprints import Fingerprint, stride_of
from studio.video.encode import FRAMES, PictureEncoder, PictureFormat
from studio.video.frames import FrameFolder
from studio.video.probe import probe
from studio.video.read import Frame, read_frames
from studio.video.write import VideoFile, origin_of

_T = TypeVar("_T")


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

    Its encoded stretches lie in a folder beside it (`parts_of`), and another call with the same settings goes on where
    an earlier one was stopped or killed; where all frames were converted it only joins them again. The folder stays:
    remove it when the export needs nothing more.

    Args:
        converter: made for the same analysis and settings.
        workers: frames in work at a time; None: as many as there are cores, at most 4.

    Raises:
        UsageError: the frame range holds no frame.
        MediaError, StorageError: the video can't be read or the export not be written.
        Stopped: the user asked for it.
    """
    reporter = reporter or Silent()
    began = time.monotonic()
    workers = workers or min(os.cpu_count() or 1, 4)
    plan = _Plan.of(video, analysis, settings)
    parts = Parts(parts_of(out), plan.kind, {**converter.basis, "frames": [plan.first, plan.stop]})
    tally = Tally(parts.rows)
    frames = _frames_left(plan, tally.frames, reporter)
    stride = stride_of(float(plan.kind.rate), plan.stop - plan.first)

    def work(frame: Frame) -> tuple[ConvertedFrame, tuple[Fingerprint, ...]]:
        done = converter.convert(frame)
        return done, fingerprints(frame, done) if (frame.index - plan.first) % stride == 0 else ()

    with _saved_when_stopped(parts):
        for frame, (done, prints) in _in_order(frames, work, workers):
            reporter.check()
            parts.write(done.image, frame.pts - plan.origin, tally.add(done, prints))
            reporter.progress("convert", tally.frames, plan.stop - plan.first)
    parts.save()
    with plan.file(out) as file:
        for packets in parts.packets():
            file.put(packets)
    return tally.summary(out, time.monotonic() - began)


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
    plan = _Plan.of(video, analysis, settings)
    encoder = PictureEncoder(plan.kind)
    count = 0
    with plan.file(out) as file:
        for frame in read_frames(video, plan.first, plan.stop):
            reporter.check()
            file.put(encoder.encode(frame.image, frame.pts - plan.origin))
            count += 1
            reporter.progress("twin", count, plan.stop - plan.first)
        file.put(encoder.flush())
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


@dataclass(frozen=True)
class _Plan:
    """Which frames of a video are exported, and as what.

    Attributes:
        origin: the video's time stamp that becomes 0.
        sound: seconds of the video whose sound is exported; None: all of it.
    """

    video: Path
    first: int
    stop: int
    kind: PictureFormat
    origin: int
    sound: tuple[float, float] | None
    has_sound: bool

    @classmethod
    def of(cls, video: Path, analysis: DriverAnalysis, settings: ConvertSettings) -> _Plan:
        """The plan for one video.

        Raises:
            UsageError: the frame range holds no frame.
            MediaError: the video can't be read.
        """
        info = probe(video)
        first, stop = frame_range(analysis, settings)
        span: tuple[float, float] | None = None
        if first > 0 or stop < analysis.frames:
            # An open end keeps sound that is longer than the picture.
            end = float(analysis.times[stop]) if stop < analysis.frames else float("inf")
            span = (float(analysis.times[first]), end)
        kind = PictureFormat(
            info.width, info.height, info.rate, info.time_base, settings.codec, settings.quality
        ).like(info)  # fmt: skip
        return cls(video, first, stop, kind, origin_of(info, info.time_base, span), span, info.has_audio)

    def file(self, out: Path) -> VideoFile | FrameFolder:
        """The file the export goes into, or the folder of its frames."""
        sound = self.video if self.has_sound else None
        if self.kind.codec == FRAMES:
            return FrameFolder(out, self.kind, first=self.first, audio_from=sound, audio_range=self.sound)
        return VideoFile(out, self.kind, audio_from=sound, audio_range=self.sound)


def _frames_left(plan: _Plan, done: int, reporter: Reporter) -> Iterator[Frame]:
    """The frames that an earlier start of the export has not converted."""
    if done == plan.stop - plan.first:
        reporter.note("An earlier start of this export has converted all of its frames.")
        return iter(())
    if done:
        reporter.note(f"Going on at frame {plan.first + done}, where an earlier start of this export ended.")
    return read_frames(plan.video, plan.first + done, plan.stop)


@contextmanager
def _saved_when_stopped(parts: Parts) -> Iterator[None]:
    """Keep what is encoded when the user stops: what was converted is not converted again."""
    try:
        yield
    except Stopped:
        parts.save()
        raise


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
