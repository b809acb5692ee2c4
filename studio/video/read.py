"""Frames of a video: streaming, and by exact time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from studio.core.records import Image
from studio.video.colour import Colour, ToRgb
from studio.video.orientation import Orientation
from studio.video.probe import VideoInfo, decoded, describe, opened, truncated


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Attributes:
        index: how many frames come before it in presentation order.
        time: seconds since the video's start (see `VideoInfo.start`).
        pts: presentation time stamp in units of `VideoInfo.time_base`, as in the file.
        image: (H, W, 3) uint8 RGB, upright.
    """

    index: int
    time: float
    pts: int
    image: Image


@dataclass(frozen=True)
class Moment:
    """A decoded frame that is not converted yet."""

    index: int
    pts: int
    frame: VideoFrame


class Picture:
    """Converts the decoded frames of one stream into `Frame`s of one size."""

    def __init__(self, info: VideoInfo, first: VideoFrame) -> None:
        self._info = info
        self._size = (first.width, first.height)
        self._turn = Orientation.of(first)
        self._to_rgb = ToRgb()

    def __call__(self, moment: Moment) -> Frame:
        """The frame, upright and in RGB."""
        image = self._to_rgb(moment.frame, Colour.of(moment.frame), self._size)
        time = float(moment.pts * self._info.time_base - self._info.start)
        return Frame(moment.index, time, moment.pts, self._turn.upright(image))


def read_frames(
    path: Path,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    *,
    on_damage: Callable[[str], None] | None = None,
) -> Iterator[Frame]:
    """Frames `start`, `start + every`, ... before `stop` (None: to the end), one at a time in presentation order.

    Frames that can't be decoded are left out; `on_damage` is then told once, at the end, in a sentence.

    Raises:
        MediaError: as `probe.probe`; media.truncated only if no frame at all can be decoded.
        ValueError: `every` is below 1 or `start` below 0.
    """
    if every < 1 or start < 0:
        raise ValueError("every must be at least 1 and start at least 0")
    with opened(path) as (container, stream):
        damage: list[str] = []
        picture: Picture | None = None
        count = 0
        for moment in moments(decoded(container, stream, damage), stream):
            if picture is None:
                picture = Picture(describe(path, container, stream, moment.frame), moment.frame)
            if stop is not None and moment.index >= stop:
                return
            count = moment.index + 1
            if moment.index >= start and (moment.index - start) % every == 0:
                yield picture(moment)
        if picture is None:
            raise truncated(path)
        if on_damage is not None and (sentence := _damage(path, count, stream.frames, damage)):
            on_damage(sentence)


def read_frame_at(path: Path, seconds: float, stamps: Sequence[int] | NDArray[np.int64] | None = None) -> Frame:
    """The frame that shows at `seconds`: the last one with time <= seconds, the first one for earlier times.

    Args:
        stamps: `Frame.pts` of all frames as `read_frames` gives them, by which the index is known. None: it is counted
            over the packets before the frame, and wrong where one of them is damaged and gives no picture, and in AVI,
            whose packets know no order of presentation.

    Raises:
        MediaError: as `read_frames`.
    """
    with opened(path) as (container, stream):
        info, picture, first = _inspect(path, container, stream)
        # Half a unit of slack: the time a frame reports is a rounded float of its exact time stamp.
        wanted = Fraction(seconds) + info.start + info.time_base / 2
        container.seek(max(int(wanted / info.time_base), 0), stream=stream)
        found = _last_until(moments(decoded(container, stream), stream), wanted, info.time_base)
        if found is None:
            # The seek landed too late (as in files without an index) or nowhere.
            container.seek(0, stream=stream)
            found = _last_until(moments(decoded(container, stream), stream), wanted, info.time_base, or_first=True)
        if found is None:
            raise truncated(path)
        if stamps is None:
            index = _frames_between(path, first, found.pts)
        else:
            index = max(bisect_right(stamps, found.pts) - 1, 0)
        return picture(Moment(index, found.pts, found.frame))


def _inspect(path: Path, container: InputContainer, stream: VideoStream) -> tuple[VideoInfo, Picture, int]:
    """What the video is, and the time stamp of its first frame."""
    for moment in moments(decoded(container, stream), stream):
        info = describe(path, container, stream, moment.frame)
        return info, Picture(info, moment.frame), moment.pts
    raise truncated(path)


def moments(frames: Iterator[VideoFrame], stream: VideoStream) -> Iterator[Moment]:
    """Number the frames and give each a time stamp above the last one's."""
    time_base = stream.time_base or Fraction(1, 90000)
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    step = max(round(1 / (rate * time_base)), 1)
    last: int | None = None
    for index, frame in enumerate(frames):
        pts = frame.pts
        if pts is None:
            pts = 0 if last is None else last + step
        if last is not None and pts <= last:
            pts = last + 1
        last = pts
        yield Moment(index, pts, frame)


def _last_until(
    moments: Iterator[Moment], wanted: Fraction, time_base: Fraction, *, or_first: bool = False
) -> Moment | None:
    found: Moment | None = None
    for moment in moments:
        if moment.pts * time_base > wanted:
            return moment if found is None and or_first else found
        found = moment
    return found


def _frames_between(path: Path, first: int, pts: int) -> int:
    """How many frames come from time stamp `first` on and before `pts`: counted over packets, which needs no decoding.

    What lies before the first frame that can be decoded is none: a cut recording begins with what rests on lost ones.
    """
    count = 0
    with opened(path) as (container, stream):
        try:
            for packet in container.demux(stream):
                count += packet.pts is not None and first <= packet.pts < pts and not packet.is_discard
        except av.FFmpegError:
            return count
    return count


def _damage(path: Path, decoded_frames: int, promised: int, reasons: list[str]) -> str:
    if promised and decoded_frames < promised:
        return f"{path} is damaged or cut off: {decoded_frames} of {promised} frames could be read."
    if reasons:
        return f"{path} is damaged: {len(reasons)} parts could not be read ({reasons[0]})."
    return ""
