from __future__ import annotations

from pathlib import Path

import av
import pytest

from studio.video.encode import FRAMES, PictureEncoder, PictureFormat
from studio.video.frames import FrameFolder
from studio.video.probe import probe
from studio.video.read import read_frames


def _folder(source: Path, out: Path, span: tuple[float, float] | None) -> list[str]:
    """The names of what an export of three frames consists of."""
    info = probe(source)
    kind = PictureFormat(info.width, info.height, info.rate, info.time_base, FRAMES)
    encoder = PictureEncoder(kind)
    with FrameFolder(out, kind, audio_from=source, audio_range=span) as folder:
        for frame in read_frames(source, 0, 3):
            folder.put(encoder.encode(frame.image, frame.pts))
    return sorted(path.name for path in out.iterdir())


PICTURES = ["000000.png", "000001.png", "000002.png", "frames.json"]


@pytest.mark.parametrize("stop", [1.5, float("inf")])
def test_the_sound_beside_frames_begins_where_their_range_does(make_clip, tmp_path: Path, stop) -> None:
    source = make_clip(frames=60, sound=2.0)

    assert _folder(source, tmp_path / "out", (1.0, stop)) == [*PICTURES, "sound.mka"]
    with av.open(str(tmp_path / "out" / "sound.mka")) as sound:
        packets = [packet for packet in sound.demux(audio=0) if packet.size]
    assert float(packets[-1].pts * packets[-1].time_base) == pytest.approx(min(stop, 2.0) - 1.0, abs=0.03)


@pytest.mark.parametrize("sound", [None, 0.5])
def test_frames_of_a_range_without_sound_have_none_beside_them(make_clip, tmp_path: Path, sound) -> None:
    source = make_clip(frames=60, sound=sound)

    assert _folder(source, tmp_path / "out", (1.0, 1.5)) == PICTURES
