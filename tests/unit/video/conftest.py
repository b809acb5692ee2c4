"""Clips made on the spot, each with the oddity a test is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.unit.video.clips import picture

ClipMaker = Callable[..., Path]


@pytest.fixture
def make_clip(tmp_path: Path) -> ClipMaker:
    def make(
        name: str = "clip.mp4",
        frames: int = 20,
        size: tuple[int, int] = (64, 48),
        pts: Sequence[int] | None = None,
        time_base: Fraction = Fraction(1, 90000),
        rotation: float | None = None,
        mirrored: bool = False,
        sound: float | None = None,
        sound_codec: str = "aac",
        pixel_format: str = "yuv420p",
        codec: str = "libx264",
        gop: int | None = None,
        container_options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", container_options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=30, options={"crf": "4"} if codec == "libx264" else {})
            stream.width, stream.height, stream.pix_fmt = *size, pixel_format
            stream.codec_context.time_base = time_base
            if gop is not None:
                stream.codec_context.gop_size = gop
            if rotation is not None or mirrored:
                stream.set_display_rotation(rotation or 0, hflip=mirrored)
            audio = container.add_stream(sound_codec, rate=44100) if sound else None
            for index in range(frames):
                frame = av.VideoFrame.from_ndarray(picture(index, *size), format="rgb24").reformat(format=pixel_format)
                frame.pts = pts[index] if pts else round(index / 30 / time_base)
                frame.time_base = time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if audio is not None:
                _tone(container, audio, sound)
        return path

    return make


def _tone(container, stream, seconds: float) -> None:
    rate = 44100
    wave = (0.3 * np.sin(np.arange(int(seconds * rate)) / rate * 2 * np.pi * 440)).astype(np.float32)
    for start in range(0, len(wave), 1024):
        part = np.ascontiguousarray(wave[None, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
