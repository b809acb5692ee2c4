"""Videos as people have them are exported whole: each frame upright and in its time, with the sound in its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from studio.conversion.analysis import analyse
from studio.conversion.convert import convert_video
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.core.vision import cv2
from studio.video.probe import probe
from studio.video.read import read_frames
from tests.unit.conversion.conftest import SAMPLE, images

SETTINGS = ConvertSettings(label=False, codec="ffv1")
FRAMES = 6


def film(path, pictures, *, pts=None, pixels="yuv420p", rotation=None, sound=None, codec="libx264"):
    """A video made by FFmpeg itself, with a tone of `sound` seconds."""
    height, width, _ = pictures[0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30, options={"crf": "4"} if codec.startswith("libx26") else {})
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.time_base = Fraction(1, 15360)
        if rotation is not None:
            stream.set_display_rotation(rotation)
        tone = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = pts[index] if pts else index * 512, Fraction(1, 15360)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            wave = (0.3 * np.sin(np.arange(int(sound * 48000)) * 0.06)).astype(np.float32)
            for start in range(0, len(wave), 1024):
                part = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
                part.sample_rate, part.pts = 48000, start
                container.mux(tone.encode(part))
            container.mux(tone.encode(None))
    return path


def exported(clip, generator, engines, tmp_path, tracks=frozenset({0}), settings=SETTINGS):
    """The summary of an export, and its frames."""
    analysis = analyse(clip, tmp_path / "kept", *engines)
    converter = FrameConverter(analysis, generator, "b", tracks, engines.finder, engines.parser, settings)
    summary = convert_video(clip, analysis, converter, settings, tmp_path / "out.mkv")
    return summary, list(read_frames(summary.out))


def sound_of(path: Path) -> tuple[float, float]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        base = packets[0].time_base
        return float(packets[0].pts * base), float((packets[-1].pts + packets[-1].duration) * base)


def test_an_uneven_rate_keeps_the_moment_of_each_frame(generator, engines, tmp_path):
    pts = [0, 512, 600, 3000, 3072, 20000]
    clip = film(tmp_path / "clip.mp4", images("mira", stop=FRAMES), pts=pts)
    # The last frame comes so late that its face is followed anew.
    summary, frames = exported(clip, generator, engines, tmp_path, frozenset({0, 1}))
    # Matroska counts milliseconds.
    assert [frame.time for frame in frames] == pytest.approx([stamp / 15360 for stamp in pts], abs=0.001)
    assert summary.frames_swapped == FRAMES


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_video_that_was_filmed_turned_is_exported_upright(generator, engines, tmp_path, rotation):
    turned = [np.rot90(picture, -rotation // 90 % 4)[:, 20:] for picture in images("mira", stop=3)]
    clip = film(tmp_path / "clip.mp4", turned, rotation=rotation)
    upright = next(read_frames(clip)).image
    summary, frames = exported(clip, generator, engines, tmp_path)
    assert probe(summary.out).rotation == 0
    assert frames[0].image.shape == upright.shape
    assert summary.frames_swapped == 3


@pytest.mark.parametrize("codec", ["ffv1", "libx264"])
def test_odd_sides_lose_no_pixel(generator, engines, tmp_path, codec):
    # 4:4:4, as 4:2:0 has no odd sides.
    clip = film(tmp_path / "clip.mp4", [picture[:457, :461] for picture in images("mira", stop=3)], pixels="yuv444p")
    summary, frames = exported(clip, generator, engines, tmp_path, settings=SETTINGS.changed({"codec": codec}))
    assert frames[0].image.shape == (457, 461, 3)
    assert summary.frames_swapped == 3


def test_ten_bits_a_colour_are_taken(generator, engines, tmp_path):
    pictures = images("mira", stop=3)
    clip = film(tmp_path / "clip.mp4", pictures, pixels="yuv420p10le")
    summary, frames = exported(clip, generator, engines, tmp_path)
    assert summary.frames_swapped == 3
    assert np.abs(frames[0].image[:40].astype(int) - pictures[0][:40]).mean() < 2


def test_without_sound_there_is_none(generator, engines, tmp_path):
    summary, _ = exported(film(tmp_path / "clip.mp4", images("mira", stop=3)), generator, engines, tmp_path)
    assert not probe(summary.out).has_audio


def test_sound_that_is_longer_than_the_picture_is_kept_whole(generator, engines, tmp_path):
    clip = film(tmp_path / "clip.mp4", images("mira", stop=FRAMES), sound=1.5)
    summary, frames = exported(clip, generator, engines, tmp_path)
    assert len(frames) == FRAMES
    begins, ends = sound_of(summary.out)
    before = sound_of(clip)
    # MP4 cuts the silence that fills the last packet; copied packets stay whole.
    assert ends - begins == pytest.approx(before[1] - before[0], abs=1024 / 48000)
    assert begins - frames[0].time == pytest.approx(before[0], abs=1 / 30)


def test_one_frame_is_a_film_too(generator, engines, tmp_path):
    clip = film(tmp_path / "clip.mp4", images("mira", stop=1), sound=0.2)
    summary, frames = exported(clip, generator, engines, tmp_path)
    assert (summary.frames, summary.frames_swapped, len(frames)) == (1, 1, 1)
    assert summary.flicker is None


def test_four_thousand_pixels_are_exported_in_full(generator, engines, tmp_path):
    large = [cv2.resize(picture, (2160, 2160), interpolation=cv2.INTER_CUBIC) for picture in images("mira", stop=2)]
    clip = film(tmp_path / "clip.mp4", [np.pad(picture, ((0, 0), (840, 840), (0, 0))) for picture in large])
    summary, frames = exported(clip, generator, engines, tmp_path)
    assert frames[0].image.shape == (2160, 3840, 3)
    assert summary.frames_swapped == 2


def test_of_two_faces_the_right_one_is_swapped(pair, pair_analysis, generator, engines, tmp_path):
    left = next(
        t.id for t in pair_analysis.tracks if pair_analysis.faces.box[pair_analysis.faces.track == t.id][0, 0] < 480
    )
    summary, frames = exported(pair, generator, engines, tmp_path, frozenset({left}))
    for before, after in zip(read_frames(pair), frames, strict=True):
        changed = (before.image != after.image).any(axis=2)
        assert changed[:, :480].any()
        assert not changed[:, 480:].any()
    assert summary.frames_swapped == summary.frames == 8


def test_a_face_that_leaves_and_comes_back_is_swapped_where_it_is(generator, engines, tmp_path):
    pictures = images("mira", stop=30)
    background = np.full_like(pictures[0], 110)
    pictures[8:22] = [background] * 14
    clip = film(tmp_path / "clip.mp4", pictures, sound=1.0)
    # Away for longer than a track waits: it comes back as another one, of the same person.
    summary, frames = exported(clip, generator, engines, tmp_path, frozenset({0, 1}))
    assert (summary.frames, summary.frames_swapped, summary.frames_without_face) == (30, 16, 14)
    driver = [frame.image for frame in read_frames(clip)]
    same = [np.array_equal(a.image, b) for a, b in zip(frames, driver, strict=True)]
    assert same == [8 <= index < 22 for index in range(30)]


def test_full_range_and_old_matrices_keep_their_colours(generator, engines, tmp_path):
    with av.open(str(SAMPLE / "mira.mp4")) as source:
        matrix = source.streams.video[0].codec_context.colorspace
    clip = film(tmp_path / "clip.mp4", images("mira", stop=2), pixels="yuvj420p")
    assert probe(clip).colour_range == "pc"
    summary, frames = exported(clip, generator, engines, tmp_path, settings=SETTINGS.changed({"codec": "libx264"}))
    before, after = probe(clip), probe(summary.out)
    assert (after.colour_range, after.colour_space) == (before.colour_range, before.colour_space), matrix
    outside = np.abs(frames[0].image[:40].astype(int) - next(read_frames(clip)).image[:40])
    assert outside.mean() < 1.5
