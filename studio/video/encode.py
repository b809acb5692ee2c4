"""Encoding frames: which encoder, how it is set up, and packets that any container takes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias, cast

import av
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from studio.core.errors import MediaError
from studio.core.records import Image
from studio.video.colour import Colour, FromRgb
from studio.video.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from studio.video.probe import VideoInfo

VideoPacket: TypeAlias = "Packet[Stream]"

_RGB = Colour(matrix=1, range=2)
FRAMES = "png"


@dataclass(frozen=True)
class _Encoding:
    """How an encoder is set up.

    Attributes:
        even, odd: pixel format where both sides are even, and where they are not.
        constant: the option that takes the quality, if the encoder has one.
    """

    even: str
    odd: str
    constant: str | None
    options: dict[str, str] = field(default_factory=dict)


# 4:2:0 halves both sides of the colour planes, so a frame with an odd side is written as 4:4:4: every pixel is kept.
_ENCODINGS = {
    "libx264": _Encoding("yuv420p", "yuv444p", "crf"),
    "libx265": _Encoding("yuv420p", "yuv444p", "crf", {"x265-params": "log-level=none"}),
    "ffv1": _Encoding("bgr0", "bgr0", None, {"level": "3", "slicecrc": "1"}),
    FRAMES: _Encoding("rgb24", "rgb24", None),
}
CODECS = tuple(_ENCODINGS)
# What other encoders take, the best first: the usual picture, then whole colours, then what nearly every one has.
_EVEN = ("yuv420p", "yuv422p", "yuv444p", "yuv422p10le", "yuv420p10le", "bgr0", "rgb24", "gbrp", "rgba", "yuvj420p")
_ODD = ("yuv444p", "yuv444p10le", "bgr0", "rgb24", "gbrp", "rgba")
_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
# Names that would take a folder of frames for a film or a picture.
_OF_FILES = VIDEO_SUFFIXES | IMAGE_SUFFIXES
_CONSTANT = ("crf", "cq", "qp")


@dataclass(frozen=True)
class PictureFormat:
    """Everything that decides how a stream of pictures begins: streams of one format join without being made anew.

    Attributes:
        width, height: of every frame in pixels. With an odd side H.264 and H.265 are written as 4:4:4.
        rate: average frames a second; how long the last frame shows, and a hint to the encoder.
        time_base: seconds of one unit of a frame's time stamp.
        codec: one of `CODECS`, or another of FFmpeg's encoders by name; "ffv1" and "png" are lossless in RGB.
        quality: constant rate factor, 0 (lossless) to 51, where the encoder has one.
        colour: of the source: matrix, range and tags are taken over.
        sample_aspect: width of a pixel over its height.
    """

    width: int
    height: int
    rate: Fraction
    time_base: Fraction
    codec: str = "libx264"
    quality: int = 16
    colour: Colour = field(default_factory=Colour)
    sample_aspect: Fraction = Fraction(1)

    def like(self, source: VideoInfo) -> PictureFormat:
        """This format with the colours and the shape of pixels that a video has."""
        return replace(self, colour=source.colour, sample_aspect=source.sample_aspect)

    def stream_in(self, container: av.container.OutputContainer) -> VideoStream:
        """A stream of this format in `container`, for packets of a `PictureEncoder`.

        Raises:
            MediaError: the encoder is not known, or its pictures do not go into this container.
        """
        encoding = encoding_of(self.codec)
        if self.codec not in container.supported_codecs:
            raise MediaError(
                f"{self.codec} can't be written to {container.format.name}.",
                hint="End the name in .mkv, which takes every encoder's pictures.",
                code="media.container",
            )
        stream = cast(VideoStream, container.add_stream(self.codec, rate=self.rate, options=self._options(encoding)))
        self._set_up(stream.codec_context, encoding)
        return stream

    def encoder(self) -> tuple[VideoCodecContext, FromRgb]:
        """An encoder of its own, and what turns RGB frames into those it takes.

        Raises:
            MediaError: the encoder is not known.
        """
        encoding = encoding_of(self.codec)
        context = cast(VideoCodecContext, av.CodecContext.create(self.codec, "w"))
        context.options = self._options(encoding)
        context.framerate = self.rate
        # Headers go into the container once, as they do where the container's own stream encodes.
        context.flags |= Flags.global_header
        return context, FromRgb(self._set_up(context, encoding), self._colour(encoding))

    def _set_up(self, context: VideoCodecContext, encoding: _Encoding) -> str:
        context.width, context.height = self.width, self.height
        context.pix_fmt = self._pixels(encoding)
        colour = self._colour(encoding)
        if context.pix_fmt.startswith("yuv"):
            context.colorspace, context.color_range = colour.matrix, colour.range
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        context.time_base = self.time_base
        if self.sample_aspect != 1:
            context.sample_aspect_ratio = self.sample_aspect
        return context.pix_fmt

    def _pixels(self, encoding: _Encoding) -> str:
        return encoding.odd if self.width % 2 or self.height % 2 else encoding.even

    def _colour(self, encoding: _Encoding) -> Colour:
        if self._pixels(encoding).startswith("yuv"):
            return self.colour
        return Colour(_RGB.matrix, _RGB.range, self.colour.primaries, self.colour.transfer)

    def _options(self, encoding: _Encoding) -> dict[str, str]:
        return {**encoding.options, **({encoding.constant: str(self.quality)} if encoding.constant else {})}


class PictureEncoder:
    """Turns frames into packets, which hold the frames' time stamps and begin with a picture that needs no other."""

    def __init__(self, kind: PictureFormat) -> None:
        self._kind = kind
        self._context, self._from_rgb = kind.encoder()
        self._shape = (kind.height, kind.width, 3)
        self._duration = max(round(1 / (kind.rate * kind.time_base)), 1)
        self._last: int | None = None

    def encode(self, image: Image, pts: int) -> list[VideoPacket]:
        """Encode one upright frame (height, width, 3), uint8 RGB, that shows from `pts` on.

        Raises:
            ValueError: the image has another size, or `pts` is not above the last one.
            MediaError: the encoder refuses such frames.
        """
        if image.shape != self._shape:
            raise ValueError(f"a frame of {image.shape} in a video of {self._shape}")
        if self._last is not None and pts <= self._last:
            raise ValueError(f"time stamp {pts} after {self._last}")
        self._last = pts
        frame = self._from_rgb(image)
        frame.pts, frame.time_base, frame.duration = pts, self._kind.time_base, self._duration
        return self._encoded(frame)

    def flush(self) -> list[VideoPacket]:
        """What the encoder still holds; nothing can be encoded after it."""
        return self._encoded(None)

    def _encoded(self, frame: av.VideoFrame | None) -> list[VideoPacket]:
        try:
            packets = cast("list[VideoPacket]", self._context.encode(frame))
        except av.FFmpegError as error:
            raise MediaError(
                f"{self._kind.codec} can't encode frames of {self._kind.width} x {self._kind.height} pixels: "
                f"{error.strerror or error}.",
                hint="Choose libx264, or ffv1 for a lossless file.",
                code="media.encoder",
            ) from error
        for packet in packets:
            packet.time_base = self._kind.time_base
        return packets


def encoding_of(codec: str) -> _Encoding:
    """How the encoder `codec` is set up.

    Raises:
        MediaError: there is none of that name, or none of moving pictures.
    """
    if codec in _ENCODINGS:
        return _ENCODINGS[codec]
    try:
        known = av.Codec(codec, "w")
    except ValueError:
        known = None
    formats = {pixels.name for pixels in known.video_formats or ()} if known and known.type == "video" else set()
    even = next((name for name in _EVEN if name in formats), None)
    if known is None or even is None:
        missing = known is None or known.type != "video"
        raise MediaError(
            f"There is no encoder {codec!r}."
            if missing
            else f"{codec} takes none of the pixel formats a video is written in.",
            hint=f"Tried and tested: {', '.join(CODECS)}; others by FFmpeg's name, such as libvpx-vp9 or prores_ks.",
            code="media.encoder",
        )
    odd = next((name for name in _ODD if name in formats), even)
    options = {option.name for option in av.CodecContext.create(codec, "w").supported_options.private}
    return _Encoding(even, odd, next((name for name in _CONSTANT if name in options), None))


def fits(codec: str, suffix: str) -> bool:
    """Whether pictures of the encoder `codec` go into a file that ends in `suffix`, and players open it.

    PNG frames go into a folder, whose name may have dots, but not the suffix of a film or a picture.

    Raises:
        MediaError: the encoder is not known.
    """
    encoding_of(codec)
    if codec == FRAMES:
        return suffix.lower() not in _OF_FILES
    if suffix.lower() not in _CONTAINERS or (codec == "ffv1" and suffix.lower() != ".mkv"):
        # MP4 players know nothing of FFV1, whatever the muxer says.
        return False
    with av.open(io.BytesIO(), "w", format=_CONTAINERS[suffix.lower()]) as container:
        return codec in container.supported_codecs


def suffix_of(codec: str) -> str:
    """The suffix an export by this encoder gets: .mp4 where that takes its pictures, else .mkv; none for PNG frames.

    Raises:
        MediaError: the encoder is not known.
    """
    return next(suffix for suffix in ("", ".mp4", ".mkv") if suffix == ".mkv" or fits(codec, suffix))
