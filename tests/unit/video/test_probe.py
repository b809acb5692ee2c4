from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from studio.core.errors import MediaError
from studio.video.probe import probe


def test_a_plain_clip_is_described(make_clip) -> None:
    info = probe(make_clip(frames=20, size=(64, 48), sound=0.5))

    assert (info.width, info.height, info.rotation) == (64, 48, 0)
    assert info.rate == Fraction(30)
    assert info.frames == 20
    assert info.duration == pytest.approx(20 / 30, abs=0.01)
    assert (info.codec, info.pixel_format, info.has_audio) == ("h264", "yuv420p", True)


def test_a_clip_without_sound_says_so(make_clip) -> None:
    assert not probe(make_clip()).has_audio


@pytest.mark.parametrize("rotation", [90, 270])
def test_sizes_are_those_of_the_upright_picture(make_clip, rotation: int) -> None:
    info = probe(make_clip(size=(64, 48), rotation=rotation))

    assert (info.width, info.height) == (48, 64)
    assert info.rotation == rotation


def test_ten_bit_and_odd_sizes_are_read(make_clip) -> None:
    ten_bit = probe(make_clip("ten.mp4", pixel_format="yuv420p10le"))
    odd = probe(make_clip("odd.mp4", size=(63, 47), pixel_format="yuv444p"))

    assert ten_bit.pixel_format == "yuv420p10le"
    assert (odd.width, odd.height) == (63, 47)


def _missing(folder: Path) -> Path:
    return folder / "nowhere.mp4"


def _empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def _text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("This is a letter, not a video.\n" * 200)
    return folder / "text.mp4"


def _text_with_its_own_suffix(folder: Path) -> Path:
    (folder / "letter.txt").write_text("This is a letter, not a video.\n" * 200)
    return folder / "letter.txt"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_missing, "media.missing"),
        (_empty, "media.empty"),
        (_text, "media.unreadable"),
        (_text_with_its_own_suffix, "media.unreadable"),
        (lambda folder: folder, "media.unreadable"),
    ],
)
def test_what_is_no_video_is_refused_with_a_hint(tmp_path: Path, make, code: str) -> None:
    with pytest.raises(MediaError) as caught:
        probe(make(tmp_path))

    assert caught.value.code == code
    assert caught.value.hint


def test_a_clip_without_its_end_is_called_cut_off(make_clip) -> None:
    clip = make_clip(frames=30)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])

    with pytest.raises(MediaError) as caught:
        probe(clip)

    assert caught.value.code == "media.truncated"


def test_a_file_with_sound_alone_is_no_video(tmp_path: Path, make_clip) -> None:
    source = make_clip(sound=0.5)
    alone = tmp_path / "alone.m4a"
    with av.open(str(source)) as reading, av.open(str(alone), "w", format="mp4") as writing:
        stream = writing.add_stream_from_template(reading.streams.audio[0])
        for packet in reading.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                writing.mux(packet)

    with pytest.raises(MediaError) as caught:
        probe(alone)

    assert caught.value.code == "media.unreadable"
