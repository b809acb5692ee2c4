from __future__ import annotations

import dataclasses
import signal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from studio.core.errors import MediaError, StorageError
from studio.video.colour import Colour
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter
from tests.unit.video.clips import picture

VARIABLE = [0, 3000, 9000, 10500, 30000, 31000, 60000, 90000, 91000, 99000]


def _copy(source: Path, out: Path, **options) -> Path:
    info = probe(source)
    with VideoWriter(out, info.width, info.height, rate=info.rate, time_base=info.time_base, like=info, **options) as w:
        for frame in read_frames(source):
            w.write(frame.image, frame.pts)
    return out


def _sound(path: Path) -> tuple[str, list[bytes], float, float]:
    """Codec, packets, first and last moment of the sound."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        first, last = packets[0], packets[-1]
        ends = float((last.pts + last.duration) * last.time_base)
        return stream.codec_context.name, [bytes(p) for p in packets], float(first.pts * first.time_base), ends


def test_time_stamps_of_a_variable_rate_survive_the_writer(make_clip, tmp_path: Path) -> None:
    source = make_clip(frames=10, pts=VARIABLE)

    out = _copy(source, tmp_path / "out.mp4")

    assert [round(frame.time * 90000) for frame in read_frames(out)] == VARIABLE


def test_the_number_of_frames_and_the_length_are_kept(make_clip, tmp_path: Path) -> None:
    out = _copy(make_clip(frames=25), tmp_path / "out.mp4")

    assert len(list(read_frames(out))) == 25
    assert probe(out).duration == pytest.approx(25 / 30, abs=0.002)
    assert probe(out).rate == Fraction(30)


@pytest.mark.parametrize(("matrix", "colour_range"), [(1, 1), (1, 2), (5, 1), (6, 1), (9, 1)])
@pytest.mark.parametrize("size", [(128, 64), (127, 63)])
def test_colours_survive_a_round_trip(tmp_path: Path, make_clip, matrix: int, colour_range: int, size) -> None:
    patches = np.random.default_rng(1).integers(0, 256, (2, 4, 3), dtype=np.uint8)
    image = np.ascontiguousarray(patches.repeat(32, 0).repeat(32, 1)[: size[1], : size[0]])
    like = dataclasses.replace(probe(make_clip()), colour=Colour(matrix, colour_range))
    out = tmp_path / "out.mp4"
    with VideoWriter(out, *size, rate=Fraction(30), time_base=Fraction(1, 30), like=like, quality=1) as writer:
        for pts in range(3):
            writer.write(image, pts)

    read = next(iter(read_frames(out))).image

    assert read.shape == image.shape
    inner = (slice(8, 24), slice(8, 24))
    assert np.abs(read[inner].astype(int) - image[inner]).max() <= 4
    assert np.abs(read.astype(int) - image)[4::32, 4::32].mean() < 3
    assert probe(out).colour == Colour(matrix, colour_range)


def test_ffv1_keeps_every_value(tmp_path: Path) -> None:
    image = np.random.default_rng(2).integers(0, 256, (47, 63, 3), dtype=np.uint8)
    out = tmp_path / "out.mkv"
    with VideoWriter(out, 63, 47, rate=Fraction(30), time_base=Fraction(1, 30), like=None, codec="ffv1") as writer:
        writer.write(image, 0)

    assert np.array_equal(next(iter(read_frames(out))).image, image)


def test_an_odd_size_keeps_every_pixel(make_clip, tmp_path: Path) -> None:
    out = _copy(make_clip(size=(63, 47), pixel_format="yuv444p"), tmp_path / "out.mp4")

    assert (probe(out).width, probe(out).height, probe(out).pixel_format) == (63, 47, "yuv444p")


def test_a_rotated_source_is_written_upright(make_clip, tmp_path: Path) -> None:
    out = _copy(make_clip(size=(64, 48), rotation=90), tmp_path / "out.mp4")

    assert (probe(out).width, probe(out).height, probe(out).rotation) == (48, 64, 0)
    frame = next(iter(read_frames(out)))
    assert np.abs(frame.image.astype(int) - np.rot90(picture(0, 64, 48))).mean() < 3


def test_sound_is_copied_packet_by_packet(make_clip, tmp_path: Path) -> None:
    source = make_clip(frames=30, sound=1.0)

    out = _copy(source, tmp_path / "out.mp4", audio_from=source)

    assert _sound(out) == _sound(source)


def test_sound_longer_than_the_picture_is_kept(make_clip, tmp_path: Path) -> None:
    source = make_clip(frames=10, sound=2.0)

    out = _copy(source, tmp_path / "out.mp4", audio_from=source)

    assert _sound(out)[3] == pytest.approx(_sound(source)[3], abs=0.001)
    assert _sound(out)[3] > 1.9
    assert len(list(read_frames(out))) == 10


def test_a_source_without_sound_gives_none(make_clip, tmp_path: Path) -> None:
    source = make_clip()

    assert not probe(_copy(source, tmp_path / "out.mp4", audio_from=source)).has_audio


def test_sound_that_mp4_players_do_not_know_becomes_aac(make_clip, tmp_path: Path) -> None:
    source = make_clip("in.mkv", frames=30, sound=1.0, sound_codec="pcm_s16le")

    out = _copy(source, tmp_path / "out.mp4", audio_from=source)

    codec, _, _, ends = _sound(out)
    assert codec == "aac"
    assert ends == pytest.approx(1.0, abs=0.05)


def test_picture_and_sound_of_a_late_start_move_together(make_clip, tmp_path: Path) -> None:
    source = make_clip("in.ts", frames=30, sound=1.0)

    out = _copy(source, tmp_path / "out.mp4", audio_from=source)

    def lag(path: Path) -> float:
        with av.open(str(path)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            return float(video.start_time * video.time_base - audio.start_time * audio.time_base)

    assert lag(out) == pytest.approx(lag(source), abs=1 / 60)
    assert next(iter(read_frames(out))).time < 0.1


def _range(source: Path, out: Path, first: int, stop: int | None, span: tuple[float, float]) -> Path:
    info = probe(source)
    with VideoWriter(
        out, 64, 48, rate=info.rate, time_base=info.time_base, like=info, audio_from=source, audio_range=span
    ) as writer:
        for frame in read_frames(source, first, stop):
            writer.write(frame.image, frame.pts)
    return out


def test_a_range_takes_its_own_sound_to_time_zero(make_clip, tmp_path: Path) -> None:
    out = _range(make_clip(frames=30, sound=1.0), tmp_path / "out.mp4", 10, 20, (10 / 30, 20 / 30))

    assert [round(frame.time * 30) for frame in read_frames(out)] == list(range(10))
    _, _, begins, ends = _sound(out)
    assert begins == pytest.approx(0, abs=1 / 40)
    assert ends == pytest.approx(1 / 3, abs=1 / 40)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_the_sound_of_a_range_with_an_open_end_begins_where_the_range_does(make_clip, tmp_path: Path, name) -> None:
    source = make_clip(frames=60, sound=2.0)

    out = _range(source, tmp_path / name, 30, None, (1.0, float("inf")))

    _, packets, begins, ends = _sound(out)
    assert len(packets) == pytest.approx(44100 / 1024, abs=2)
    assert begins == pytest.approx(0, abs=1 / 40)
    assert ends == pytest.approx(1, abs=1 / 20)
    assert [round(frame.time * 30) for frame in read_frames(out)] == list(range(30))


def test_a_range_behind_the_end_of_the_sound_is_written_without(make_clip, tmp_path: Path) -> None:
    source = make_clip(frames=60, sound=0.5)

    out = _range(source, tmp_path / "out.mp4", 30, 40, (1.0, 40 / 30))

    assert len(list(read_frames(out))) == 10
    assert not probe(out).has_audio


def _break_off(out: Path) -> None:
    with VideoWriter(out, 64, 48, rate=Fraction(30), time_base=Fraction(1, 30), like=None) as writer:
        writer.write(picture(0, 64, 48), 0)
        raise RuntimeError


def test_an_interrupted_writer_leaves_nothing_and_keeps_the_older_file(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    out.write_text("older")

    with pytest.raises(RuntimeError):
        _break_off(out)

    assert out.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def _write_noise(out: Path) -> None:
    noise = np.random.default_rng(0)
    with VideoWriter(out, 256, 256, rate=Fraction(30), time_base=Fraction(1, 30), like=None) as writer:
        for pts in range(20):
            writer.write(noise.integers(0, 256, (256, 256, 3), dtype=np.uint8), pts)


def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="this system limits no file sizes")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises((StorageError, OSError)):
            _write_noise(tmp_path / "out.mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "codec", "code", "words"),
    [
        ("out.mp4", "h265", "media.encoder", "no encoder"),
        ("out.mkv", "gif", "media.encoder", "none of the pixel formats"),
        ("out.letter", "libx264", "media.container", ""),
    ],
)
def test_an_unknown_encoder_or_container_is_refused(
    tmp_path: Path, name: str, codec: str, code: str, words: str
) -> None:
    with (
        pytest.raises(MediaError) as caught,
        VideoWriter(tmp_path / name, 64, 48, rate=Fraction(30), time_base=Fraction(1, 30), like=None, codec=codec),
    ):
        pass

    assert caught.value.code == code
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []
