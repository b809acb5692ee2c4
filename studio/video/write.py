"""Writing a video: whole or not at all, with the source's time stamps, colours and sound."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av

from studio.core.errors import MediaError
from studio.core.files import whole_file
from studio.core.records import Image
from studio.video.encode import PictureEncoder, PictureFormat, VideoPacket
from studio.video.probe import VideoInfo
from studio.video.sound import Sound


class VideoFile:
    """A file that packets of one format are put into, with sound; it appears under its name when everything is in.

    Use it as a context manager; after an exception nothing is left. Frames are upright, so no rotation is written.

    Args:
        path: what to write; the suffix chooses the container.
        kind: the format the packets were encoded in; their first time stamp 0 is the start of the sound's range.
        audio_from: file whose sound is kept, by packets where the container takes the codec, else as AAC.
        audio_range: seconds of `Frame.time` that are exported: other sound is left out, the first becomes time 0.

    Raises:
        MediaError: an encoder or a container that is not known (media.encoder, media.container).
        StorageError: the disk is full or the folder can't be written.
    """

    def __init__(
        self,
        path: Path,
        kind: PictureFormat,
        *,
        audio_from: Path | None = None,
        audio_range: tuple[float, float] | None = None,
    ) -> None:
        self._path = Path(path)
        self._kind = kind
        self._audio_from, self._audio_range = audio_from, audio_range
        self._decoded_at: int | None = None
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
            self._stream = self._kind.stream_in(self._container)
            self._sound: Sound | None = None
            if self._audio_from is not None:
                self._sound = Sound(self._audio_from, self._container, self._audio_range)
                opening.callback(self._sound.close)
            self._open = opening.pop_all()
        return self

    def put(self, packets: list[VideoPacket]) -> None:
        """Write packets in the order they were encoded, those of several encoders one after the other.

        Raises:
            StorageError: the disk is full.
        """
        for packet in packets:
            # Where frames come at uneven times, an encoder that begins anew wants to be decoded before the last ended.
            if self._decoded_at is not None and packet.dts is not None and packet.dts <= self._decoded_at:
                packet.dts = self._decoded_at + 1
            self._decoded_at = packet.dts
            reached = float(cast(int, packet.pts) * self._kind.time_base)
            packet.stream = self._stream
            self._container.mux(packet)
            if self._sound is not None:
                self._sound.advance(reached)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._open.__exit__(kind, error, trace)
            return
        with self._open:
            if self._sound is not None:
                self._sound.finish()


class VideoWriter:
    """Encodes frames into a `VideoFile`. Use it as a context manager; after an exception nothing is left.

    Args:
        path, audio_from, audio_range: as of `VideoFile`.
        width, height, rate, codec, quality: as of `PictureFormat`.
        time_base: seconds of one unit of the `pts` given to `write`.
        like: the source, whose colours and pixels' shape are taken over and whose start becomes time 0.

    Raises:
        MediaError, StorageError: as `VideoFile`.
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
        kind = PictureFormat(width, height, rate, time_base, codec, quality)
        if like is not None:
            kind = kind.like(like)
        self._origin = origin_of(like, time_base, audio_range)
        self._encoder = PictureEncoder(kind)
        self._file = VideoFile(path, kind, audio_from=audio_from, audio_range=audio_range)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def write(self, image: Image, pts: int) -> None:
        """Encode one upright frame (height, width, 3), uint8 RGB, that shows from `pts` on.

        Raises:
            ValueError, MediaError: as `PictureEncoder.encode`.
            StorageError: the disk is full.
        """
        self._file.put(self._encoder.encode(image, pts - self._origin))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self._file.put(self._encoder.flush())
            except BaseException as failure:
                self._file.__exit__(type(failure), failure, failure.__traceback__)
                raise
        self._file.__exit__(kind, error, trace)


def origin_of(like: VideoInfo | None, time_base: Fraction, span: tuple[float, float] | None) -> int:
    """The source's time stamp that becomes 0: where it starts, or where the exported seconds of it start."""
    return round(((like.start if like else Fraction(0)) + Fraction(span[0] if span else 0)) / time_base)
