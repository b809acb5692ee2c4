"""Writing a video: whole or not at all, with the source's time stamps, colours and sound."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
from av.video.stream import VideoStream

from studio.core.errors import MediaError
from studio.core.files import whole_file
from studio.core.records import Image
from studio.video.colour import Colour, FromRgb
from studio.video.probe import VideoInfo
from studio.video.sound import Sound

_RGB = Colour(matrix=1, range=2)


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
}
CODECS = tuple(_ENCODINGS)


class VideoWriter:
    """Encodes frames into a file that appears under its name when everything is written.

    Use it as a context manager; after an exception nothing is left. Frames are upright, so no rotation is written.

    Args:
        path: what to write; the suffix chooses the container.
        width, height: of every frame in pixels. With an odd side H.264 and H.265 are written as 4:4:4.
        rate: average frames a second; how long the last frame shows, and a hint to the encoder.
        time_base: seconds of one unit of the `pts` given to `write`.
        like: the source, whose colour matrix, range and tags are taken over and whose start becomes time 0.
        codec: one of `CODECS`; "ffv1" is lossless in RGB and wants .mkv.
        quality: constant rate factor, 0 (lossless) to 51.
        audio_from: file whose sound is kept, by packets where the container takes the codec, else as AAC.
        audio_range: seconds of `Frame.time` that are exported: other sound is left out, the first becomes time 0.

    Raises:
        MediaError: an encoder or a container that is not known (media.encoder, media.container).
        StorageError: the disk is full or the folder can't be written.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        *,
        rate: Fraction,
        time_base: Fraction,
        like: VideoInfo | None,
        codec: str = "libx264",
        quality: int = 16,
        audio_from: Path | None = None,
        audio_range: tuple[float, float] | None = None,
    ) -> None:
        if codec not in _ENCODINGS:
            raise MediaError(
                f"There is no encoder {codec!r}.", hint=f"Encoders: {', '.join(CODECS)}.", code="media.encoder"
            )
        self._path = Path(path)
        self._shape = (height, width, 3)
        self._rate, self._time_base = rate, time_base
        self._like, self._codec, self._quality = like, codec, quality
        self._audio_from, self._audio_range = audio_from, audio_range
        origin = (like.start if like else Fraction(0)) + Fraction(audio_range[0] if audio_range else 0)
        self._origin = round(origin / time_base)
        self._duration = max(round(1 / (rate * time_base)), 1)
        self._last: int | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            part = opening.enter_context(whole_file(self._path))
            try:
                self._container = opening.enter_context(av.open(f"file:{part}", "w"))
            except ValueError as error:
                raise MediaError(
                    f"{self._path.name} names no video container.",
                    hint="End it in .mp4, .mov or .mkv.",
                    code="media.container",
                ) from error
            self._stream, self._from_rgb = self._picture_stream()
            self._sound: Sound | None = None
            if self._audio_from is not None:
                self._sound = Sound(self._audio_from, self._container, self._audio_range)
                opening.callback(self._sound.close)
            self._open = opening.pop_all()
        return self

    def write(self, image: Image, pts: int) -> None:
        """Encode one upright frame (height, width, 3), uint8 RGB, that shows from `pts` on.

        Raises:
            ValueError: the image has another size, or `pts` is not above the last one.
            StorageError: the disk is full.
        """
        if image.shape != self._shape:
            raise ValueError(f"a frame of {image.shape} in a video of {self._shape}")
        if self._last is not None and pts <= self._last:
            raise ValueError(f"time stamp {pts} after {self._last}")
        self._last = pts
        frame = self._from_rgb(image)
        frame.pts, frame.time_base, frame.duration = pts - self._origin, self._time_base, self._duration
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        if self._sound is not None:
            self._sound.advance(float(frame.pts * self._time_base))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._open.__exit__(kind, error, trace)
            return
        with self._open:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            if self._sound is not None:
                self._sound.finish()

    def _picture_stream(self) -> tuple[VideoStream, FromRgb]:
        encoding = _ENCODINGS[self._codec]
        height, width, _ = self._shape
        options = dict(encoding.options)
        if encoding.constant:
            options[encoding.constant] = str(self._quality)
        stream = cast(VideoStream, self._container.add_stream(self._codec, rate=self._rate, options=options))
        stream.width, stream.height = width, height
        stream.pix_fmt = encoding.odd if width % 2 or height % 2 else encoding.even
        colour = self._like.colour if self._like else Colour()
        if stream.pix_fmt.startswith("yuv"):
            stream.colorspace, stream.color_range = colour.matrix, colour.range
        else:
            colour = Colour(_RGB.matrix, _RGB.range, colour.primaries, colour.transfer)
        context = stream.codec_context
        context.color_primaries, context.color_trc = colour.primaries, colour.transfer
        context.time_base = self._time_base
        if self._like is not None and self._like.sample_aspect != 1:
            stream.sample_aspect_ratio = self._like.sample_aspect
        return stream, FromRgb(stream.pix_fmt, colour)
