"""The real clips go through the reader and the writer."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.video.probe import probe
from studio.video.read import read_frame_at, read_frames
from studio.video.write import VideoWriter

MEDIA = Path(__file__).resolve().parents[2] / ".." / "shared" / "media"
pytestmark = pytest.mark.skipif(not MEDIA.is_dir(), reason="the real clips are not at ../shared/media")
CLIPS = {"d10": 448, "d18": 216, "d19": 250}


@pytest.mark.parametrize(("name", "frames"), CLIPS.items())
def test_all_frames_are_read(name: str, frames: int) -> None:
    times = [frame.time for frame in read_frames(MEDIA / f"{name}.mp4")]

    assert len(times) == frames == probe(MEDIA / f"{name}.mp4").frames
    assert np.allclose(np.diff(times), 1 / 30)


def test_a_sought_frame_is_the_streamed_one() -> None:
    clip = MEDIA / "d19.mp4"
    for frame in read_frames(clip, start=3, every=60):
        sought = read_frame_at(clip, frame.time)
        assert sought.index == frame.index
        assert np.array_equal(sought.image, frame.image)


@pytest.mark.parametrize("name", ["d10", "d18"])
def test_a_copy_keeps_frames_sound_and_colours(name: str, tmp_path: Path) -> None:
    clip, out = MEDIA / f"{name}.mp4", tmp_path / "out.mp4"
    info = probe(clip)
    with VideoWriter(
        out, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info, audio_from=clip
    ) as writer:
        for frame in read_frames(clip):
            writer.write(frame.image, frame.pts)

    copied = probe(out)
    assert (copied.width, copied.height, copied.rate) == (info.width, info.height, info.rate)
    assert _sound(out) == _sound(clip)
    shifts = []
    for before, after in zip(read_frames(clip), read_frames(out), strict=True):
        assert after.time == pytest.approx(before.time, abs=1e-6)
        difference = after.image.astype(int) - before.image
        shifts.append(difference.mean(axis=(0, 1)))
        assert np.abs(difference).mean() < 2
    assert np.abs(np.mean(shifts, axis=0)).max() < 0.5


def _sound(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(audio=0) if packet.size]
