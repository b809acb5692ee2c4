from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from studio.core.errors import MediaError
from studio.video.read import read_frame_at, read_frames
from tests.unit.video.clips import picture, shown_index

VARIABLE = [0, 3000, 9000, 10500, 30000, 31000, 60000, 90000, 91000, 99000]


def test_every_frame_comes_once_in_order_and_the_last_ones_too(make_clip) -> None:
    frames = list(read_frames(make_clip(frames=25)))

    assert [shown_index(frame.image) for frame in frames] == list(range(25))
    assert [frame.index for frame in frames] == list(range(25))
    assert frames[3].time == pytest.approx(0.1)


def test_start_stop_and_every_choose_frames(make_clip) -> None:
    frames = list(read_frames(make_clip(frames=25), start=4, stop=15, every=5))

    assert [(frame.index, shown_index(frame.image)) for frame in frames] == [(4, 4), (9, 9), (14, 14)]


def test_time_stamps_of_a_variable_rate_are_exact(make_clip) -> None:
    frames = list(read_frames(make_clip(frames=10, pts=VARIABLE)))

    assert [round(frame.time * 90000) for frame in frames] == VARIABLE


def test_a_seek_gives_the_frame_that_shows_at_that_time(make_clip) -> None:
    clip = make_clip(frames=10, pts=VARIABLE)

    shown = {seconds: read_frame_at(clip, seconds).index for seconds in (-1, 0, 0.05, 0.3, 0.34, 0.9999, 1.0, 99)}

    assert shown == {-1: 0, 0: 0, 0.05: 1, 0.3: 3, 0.34: 4, 0.9999: 6, 1.0: 7, 99: 9}


def test_a_seek_to_a_frames_own_time_gives_that_very_frame(make_clip) -> None:
    clip = make_clip(frames=31)

    for frame in read_frames(clip):
        sought = read_frame_at(clip, frame.time)
        assert (sought.index, sought.pts) == (frame.index, frame.pts)
        assert np.array_equal(sought.image, frame.image)


def test_seeking_works_in_a_stream_that_does_not_start_at_zero(make_clip) -> None:
    clip = make_clip("late.ts", frames=25)

    frames = list(read_frames(clip))

    assert frames[0].time == pytest.approx(0, abs=0.001)
    assert frames[0].pts > 0
    assert read_frame_at(clip, frames[17].time).index == 17


def _rewritten(source: Path, name: str, change) -> Path:
    """A copy in which `change(number, packet)` has done something to each packet, or left it out by giving None."""
    out = source.with_name(name)
    with av.open(str(source)) as old, av.open(str(out), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        packets = [packet for packet in old.demux(video=0) if packet.dts is not None]
        for packet in filter(None, (change(number, packet) for number, packet in enumerate(packets))):
            packet.stream = stream
            new.mux(packet)
    return out


def _blanked(packet: av.Packet) -> av.Packet:
    blank = av.Packet(bytes(packet.size))
    for name in ("pts", "dts", "time_base", "duration", "is_keyframe"):
        setattr(blank, name, getattr(packet, name))
    return blank


def test_a_frame_sought_by_the_stamps_of_all_has_the_index_it_has_from_the_start(make_clip) -> None:
    """A frame that can't be decoded leaves no gap in the numbers; AVI knows no order of presentation."""
    damaged = _rewritten(
        make_clip("a.mp4"), "b.mp4", lambda number, packet: _blanked(packet) if number == 5 else packet
    )

    for clip, count in ((damaged, 19), (make_clip("c.avi", time_base=Fraction(1, 30)), 20)):
        frames = list(read_frames(clip))
        stamps = [frame.pts for frame in frames]
        assert len(frames) == count
        assert [read_frame_at(clip, frame.time, stamps).index for frame in frames] == list(range(count))
        assert all(np.array_equal(read_frame_at(clip, frame.time, stamps).image, frame.image) for frame in frames)


def test_what_a_cut_recording_can_not_show_at_its_beginning_is_not_counted(make_clip) -> None:
    """Cut without regard to key frames: the first pictures rest on one that is lost."""
    whole = make_clip("a.mkv", frames=60, gop=20)
    clip = _rewritten(whole, "b.mkv", lambda number, packet: packet if number > 3 else None)

    frames = list(read_frames(clip))

    assert len(frames) == 40
    assert [read_frame_at(clip, frame.time).index for frame in frames] == list(range(40))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_recordings_stand_upright(make_clip, rotation: int) -> None:
    frame = next(iter(read_frames(make_clip(rotation=rotation))))

    expected = np.rot90(picture(0, 64, 48), rotation // 90)
    assert np.abs(frame.image.astype(int) - expected).mean() < 3


def test_mirrored_recordings_are_mirrored_back(make_clip) -> None:
    frame = next(iter(read_frames(make_clip(mirrored=True))))

    assert np.abs(frame.image.astype(int) - picture(0, 64, 48)[:, ::-1]).mean() < 3


def test_odd_sizes_ten_bit_and_single_frames_are_read(make_clip) -> None:
    odd = list(read_frames(make_clip("odd.mp4", size=(63, 47), pixel_format="yuv444p")))
    ten_bit = list(read_frames(make_clip("ten.mp4", pixel_format="yuv420p10le")))
    single = list(read_frames(make_clip("one.mp4", frames=1)))

    assert odd[5].image.shape == (47, 63, 3)
    assert shown_index(ten_bit[9].image) == 9
    assert ten_bit[0].image.dtype == np.uint8
    assert len(single) == 1


def test_a_clip_cut_off_in_the_middle_gives_what_is_there_and_says_so(make_clip) -> None:
    clip = make_clip(frames=30, size=(256, 256), container_options={"movflags": "+faststart"})
    whole = list(read_frames(clip))
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 3 // 4])
    told: list[str] = []

    frames = list(read_frames(clip, on_damage=told.append))

    assert 0 < len(frames) < len(whole)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert len(told) == 1
    assert "of 30 frames" in told[0]


def test_a_clip_with_no_frame_left_raises(make_clip) -> None:
    clip = make_clip(frames=30, container_options={"movflags": "+faststart"})
    data = clip.read_bytes()
    clip.write_bytes(data[: data.index(b"mdat") + 8])

    with pytest.raises(MediaError) as caught:
        list(read_frames(clip))

    assert caught.value.code == "media.truncated"


def _solid(path: Path, matrix: int, colour_range: int, tagged: bool, yuv: tuple[int, int, int]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "0"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv444p"
        if tagged:
            stream.colorspace, stream.color_range = matrix, colour_range
        stream.codec_context.time_base = Fraction(1, 30)
        frame = av.VideoFrame(64, 64, "yuv444p")
        for plane, value in zip(frame.planes, yuv, strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = 0
        if tagged:
            frame.colorspace, frame.color_range = matrix, colour_range
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("matrix", "colour_range", "kr", "kb"),
    [(1, 1, 0.2126, 0.0722), (1, 2, 0.2126, 0.0722), (5, 1, 0.299, 0.114), (5, 2, 0.299, 0.114)],
)
def test_matrix_and_range_named_by_the_stream_are_used(tmp_path, matrix, colour_range, kr, kb) -> None:
    y, u, v = 120, 100, 160
    clip = _solid(tmp_path / "solid.mp4", matrix, colour_range, True, (y, u, v))

    shown = next(iter(read_frames(clip))).image[20, 20]

    luma = (y - 16) / 219 if colour_range == 1 else y / 255
    scale = 224 if colour_range == 1 else 255
    red = luma + 2 * (1 - kr) * (v - 128) / scale
    blue = luma + 2 * (1 - kb) * (u - 128) / scale
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    assert np.allclose(shown, np.array([red, green, blue]) * 255, atol=1.5)


def test_a_small_stream_without_tags_is_taken_as_limited_bt601(tmp_path: Path) -> None:
    tagged = _solid(tmp_path / "tagged.mp4", 5, 1, True, (120, 100, 160))
    untagged = _solid(tmp_path / "untagged.mp4", 5, 1, False, (120, 100, 160))

    assert np.array_equal(next(iter(read_frames(tagged))).image, next(iter(read_frames(untagged))).image)
