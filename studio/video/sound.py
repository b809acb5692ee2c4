"""Carrying the sound of one file into another, by packets where the container takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from studio.video.probe import start_of

# What players expect in these containers; anything else becomes AAC. Other containers take every codec.
_MP4 = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp3", "mp3float", "opus"})
_COPIED = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": frozenset({"aac", "ac3", "alac", "eac3", "mp3", "mp3float", "pcm_s16be", "pcm_s16le", "pcm_s24le"}),
    ".avi": frozenset({"aac", "ac3", "mp3", "mp3float", "pcm_s16le", "pcm_u8"}),
    ".webm": frozenset({"opus", "vorbis"}),
}

_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


class Sound:
    """The sound tracks of a source, handed to an output in step with its pictures.

    Adds its streams to `output` when made, so make it before the first packet is written. `source_range` are seconds
    of the source's picture time (see `VideoInfo.start`): sound that lies wholly outside is left out and the
    output's clock begins at the range's start. None: everything.
    """

    def __init__(self, source: Path, output: OutputContainer, source_range: tuple[float, float] | None) -> None:
        self._source: InputContainer = av.open(f"file:{source}", metadata_errors="ignore")
        self._output = output
        begin = start_of(self._source)
        self._origin = begin + Fraction(source_range[0] if source_range else 0)
        self._begin = self._origin if source_range else None
        self._end = begin + Fraction(source_range[1]) if source_range and isfinite(source_range[1]) else None
        self._tracks = {stream.index: _track(stream, output) for stream in self._source.streams.audio}
        self._packets = self._arriving()
        self._next = next(self._packets, None)

    def advance(self, seconds: float) -> None:
        """Write the sound up to `seconds` of the output's clock."""
        while self._next is not None and _time(self._next) - self._origin <= seconds:
            self._write(self._next)
            self._next = next(self._packets, None)

    def finish(self) -> None:
        """Write the rest of the sound, however much longer than the picture it is."""
        self.advance(float("inf"))
        for track in self._tracks.values():
            if isinstance(track, _Transcoded):
                self._output.mux(track.flush())

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _arriving(self) -> Iterator[Packet[Stream]]:
        """Packets with sound inside the range; those without a time stamp (the empty ones at the end) left out."""
        if not self._tracks:
            return
        try:
            for packet in self._source.demux(self._source.streams.audio):
                if packet.dts is None or packet.pts is None or not packet.size:
                    continue
                begin = packet.dts * packet.time_base
                if self._in_range(begin, begin + (packet.duration or 0) * packet.time_base):
                    yield cast("Packet[Stream]", packet)
        except av.FFmpegError:
            # A source cut off in the middle: the sound ends where it was cut.
            return

    def _in_range(self, begin: Fraction, ends: Fraction) -> bool:
        return (self._begin is None or ends > self._begin) and (self._end is None or begin < self._end)

    def _write(self, packet: Packet[Stream]) -> None:
        self._output.mux(list(self._tracks[packet.stream_index].convert(packet, self._origin)))


class _Copied:
    """A track whose packets go over as they are."""

    def __init__(self, source: AudioStream, output: OutputContainer) -> None:
        self._stream = output.add_stream_from_template(source)

    def convert(self, packet: Packet[Stream], origin: Fraction) -> Iterable[Packet[Stream]]:
        """Move the packet to the output's clock and stream."""
        shift = round(origin / packet.time_base)
        packet.pts = cast(int, packet.pts) - shift
        packet.dts = cast(int, packet.dts) - shift
        packet.stream = self._stream
        return [packet]


class _Transcoded:
    """A track that is decoded and becomes AAC."""

    def __init__(self, output: OutputContainer, source: AudioStream, codec: str) -> None:
        self._stream = cast(AudioStream, output.add_stream(codec, rate=_aac_rate(source.rate)))
        channels = source.layout.nb_channels
        # WAV-like tracks may say how many channels they have and not which; AAC wants to know.
        self._stream.layout = _LAYOUTS.get(channels, "stereo")
        self._stream.bit_rate = 96000 * channels

    def convert(self, packet: Packet[Stream], origin: Fraction) -> Iterable[Packet[Stream]]:
        """Decode the packet and encode it on the output's clock; damaged packets are left out."""
        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except av.FFmpegError:
            return
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                frame.pts -= round(origin / frame.time_base)
            yield from cast("list[Packet[Stream]]", self._stream.encode(frame))

    def flush(self) -> list[Packet[Stream]]:
        """What the encoder still holds."""
        return cast("list[Packet[Stream]]", self._stream.encode(None))


def _track(source: AudioStream, output: OutputContainer) -> _Copied | _Transcoded:
    suffix = Path(output.name).suffix.lower()
    if source.codec_context.name in _COPIED.get(suffix, {source.codec_context.name}):
        return _Copied(source, output)
    return _Transcoded(output, source, "libopus" if suffix == ".webm" else "aac")


def _aac_rate(rate: int) -> int:
    known = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
    return rate if rate in known else 48000


def _time(packet: Packet[Stream]) -> Fraction:
    return cast(int, packet.dts) * packet.time_base
