"""What a video is, found by opening it and decoding its first picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from studio.core.errors import MediaError
from studio.video.colour import Colour
from studio.video.orientation import Orientation

_NOT_VIDEO = ("tty", "image2", "lrc", "srt", "webvtt")
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "tv", 2: "pc"}
_DEFAULT_RATE = Fraction(25)


@dataclass(frozen=True)
class VideoInfo:
    """A video's picture stream, and whether there is sound.

    Attributes:
        path: as given.
        width, height: pixels of the upright picture, after rotation.
        rate: average frames a second (25 where the file doesn't say).
        duration: seconds of the picture; 0 where the file doesn't say.
        frames: number the container promises; None where it doesn't say.
        rotation: counter-clockwise turn in degrees that was applied to stand upright (0, 90, 180, 270).
        codec, pixel_format, colour_space, colour_range: by FFmpeg's names.
        time_base: seconds of one unit of `Frame.pts`.
        start: seconds on the container's clock at which its first stream begins; `Frame.time` counts from here.
        sample_aspect: width of an upright pixel over its height.
    """

    path: Path
    width: int
    height: int
    rate: Fraction
    duration: float
    frames: int | None
    rotation: int
    codec: str
    pixel_format: str
    colour_space: str
    colour_range: str
    has_audio: bool
    time_base: Fraction = Fraction(1, 90000)
    start: Fraction = Fraction(0)
    sample_aspect: Fraction = Fraction(1)
    colour: Colour = field(default_factory=Colour)


def probe(path: Path) -> VideoInfo:
    """Open a video and decode its first picture.

    Raises:
        MediaError: media.missing, media.empty, media.unreadable (no video) or media.truncated.
    """
    with opened(path) as (container, stream):
        return describe(path, container, stream, first_frame(path, container, stream))


def describe(path: Path, container: InputContainer, stream: VideoStream, frame: VideoFrame) -> VideoInfo:
    """The record of an open video whose first decoded frame is `frame`."""
    turn = Orientation.of(frame)
    width, height = turn.size(frame.width, frame.height)
    colour = Colour.of(frame)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        rate=stream.average_rate or stream.guessed_rate or _DEFAULT_RATE,
        duration=_duration(container, stream),
        frames=stream.frames or None,
        rotation=turn.rotation,
        codec=stream.codec_context.name,
        pixel_format=frame.format.name,
        colour_space="rgb" if frame.format.is_rgb else _MATRICES[colour.matrix],
        colour_range=_RANGES[colour.range],
        has_audio=bool(container.streams.audio),
        time_base=stream.time_base or Fraction(1, 90000),
        start=start_of(container),
        sample_aspect=1 / aspect if turn.transpose else aspect,
        colour=colour,
    )


def start_of(container: InputContainer) -> Fraction:
    """Seconds on the container's clock at which the first of its picture and sound streams begins."""
    starts = [
        stream.start_time * stream.time_base
        for stream in (*container.streams.video, *container.streams.audio)
        if stream.start_time is not None and stream.time_base is not None
    ]
    return min(starts, default=Fraction(0))


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video for reading and choose its picture stream.

    Raises:
        MediaError: as `probe`.
    """
    path = Path(path)
    _check_file(path)
    try:
        container = av.open(f"file:{path}", metadata_errors="ignore")
    except av.FFmpegError as error:
        raise _unopenable(path, error) from error
    with container:
        streams = [s for s in container.streams.video if Disposition.attached_pic not in s.disposition]
        name = container.format.name
        if not streams or name in _NOT_VIDEO or name.endswith("_pipe"):
            raise _unreadable(path, "it holds no moving picture")
        streams[0].thread_type = "AUTO"
        yield container, streams[0]


def first_frame(path: Path, container: InputContainer, stream: VideoStream) -> VideoFrame:
    """Decode the first picture.

    Raises:
        MediaError: media.truncated if none can be decoded.
    """
    for frame in decoded(container, stream):
        return frame
    raise truncated(path)


def decoded(container: InputContainer, stream: VideoStream, damage: list[str] | None = None) -> Iterator[VideoFrame]:
    """Decode what can be decoded, in presentation order; reasons for what can't are appended to `damage`.

    The empty packet at the end, whose dts is None, drains the decoder: without it the last frames are lost.
    """
    packets = iter(container.demux(stream))
    reasons = damage if damage is not None else []
    while True:
        try:
            packet = next(packets)
            frames = packet.decode()
        except StopIteration:
            return
        except av.EOFError:
            return
        except av.FFmpegError as error:
            reasons.append(error.strerror or str(error))
            if len(reasons) > _MOST_DAMAGE:
                return
            continue
        yield from frames


_MOST_DAMAGE = 1000


def truncated(path: Path) -> MediaError:
    """The error for a file that begins like a video and doesn't go on."""
    return MediaError(
        f"{path} is cut off or damaged: no picture in it can be decoded.",
        hint="Copy or download the file again; a recording that was interrupted may need its own program to repair it.",
        code="media.truncated",
    )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise MediaError(f"There is no file {path}.", hint="Check the spelling of the path.", code="media.missing")
    if not path.is_file():
        raise _unreadable(path, "it is not a file")
    if path.stat().st_size == 0:
        raise MediaError(
            f"{path} is empty.", hint="Copy or download the file again; it holds no data.", code="media.empty"
        )


def _unopenable(path: Path, error: av.FFmpegError) -> MediaError:
    if isinstance(error, OSError):
        return _unreadable(path, error.strerror or "the system refuses to open it")
    with path.open("rb") as file:
        head = file.read(12)
    begins_like_video = head[4:8] in (b"ftyp", b"mdat", b"moov", b"wide", b"free") or head[:4] in (
        b"\x1aE\xdf\xa3",
        b"RIFF",
    )
    return truncated(path) if begins_like_video else _unreadable(path, "it is no video format known here")


def _unreadable(path: Path, reason: str) -> MediaError:
    return MediaError(
        f"{path} can't be read as a video: {reason}.",
        hint="Give a video file such as MP4, MOV, MKV, AVI or WebM.",
        code="media.unreadable",
    )


def _duration(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base
