from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.conversion.analysis import analyse
from studio.conversion.convert import convert_video, write_twin
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.core.errors import Stopped, UsageError
from studio.core.reporter import Silent
from studio.video.probe import probe
from studio.video.read import read_frames
from tests.unit.conversion.conftest import FRAMES, images

LOSSLESS = ConvertSettings(label=False, codec="ffv1")
PLAIN = ConvertSettings(label=False)


def _converter(analysis, generator, engines, settings, tracks=frozenset({0})) -> FrameConverter:
    return FrameConverter(analysis, generator, "b", tracks, engines.finder, engines.parser, settings)


def _sound_ends(path: Path) -> float:
    with av.open(str(path)) as container:
        *_, last = (packet for packet in container.demux(audio=0) if packet.size)
        return float((last.pts + last.duration) * last.time_base)


def test_the_export_is_what_single_frames_show(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    converter = _converter(mira_analysis, generator, engines, LOSSLESS)

    summary = convert_video(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv", workers=3)

    exported = list(read_frames(summary.out))
    assert len(exported) == FRAMES
    for frame, written in zip(read_frames(mira), exported, strict=True):
        assert np.array_equal(written.image, converter.convert(frame).image)


def test_the_summary_counts_what_happened(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    converter = _converter(mira_analysis, generator, engines, PLAIN)

    summary = convert_video(mira, mira_analysis, converter, PLAIN, tmp_path / "out.mp4")

    assert (summary.frames, summary.frames_swapped, summary.frames_unchanged) == (FRAMES, FRAMES, 0)
    assert summary.mask_pixels > 10_000
    assert summary.squeeze_frame == pytest.approx(15, rel=0.5)
    assert summary.seconds > 0


def test_sound_and_length_are_the_drivers(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    converter = _converter(mira_analysis, generator, engines, PLAIN)

    out = convert_video(mira, mira_analysis, converter, PLAIN, tmp_path / "out.mp4").out

    before, after = probe(mira), probe(out)
    assert (after.width, after.height, after.rate, after.frames) == (480, 480, before.rate, FRAMES)
    assert after.duration == pytest.approx(before.duration, abs=0.001)
    assert _sound_ends(out) == pytest.approx(_sound_ends(mira), abs=0.001)


def test_a_variable_rate_is_kept(pieces, generator, engines, tmp_path: Path) -> None:
    pts = [0, 512, 1536, 1800, 4000, 4100]
    clip = pieces("variable.mp4", images("mira", stop=6), pts)
    analysis = analyse(clip, tmp_path / "kept", *engines)

    out = convert_video(
        clip, analysis, _converter(analysis, generator, engines, PLAIN), PLAIN, tmp_path / "out.mp4"
    ).out

    assert [round(frame.time * 15360) for frame in read_frames(out)] == pts


def test_a_range_exports_its_frames_and_their_sound(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    settings = LOSSLESS.changed({"first": 4, "stop": 10})
    converter = _converter(mira_analysis, generator, engines, settings)

    summary = convert_video(mira, mira_analysis, converter, settings, tmp_path / "out.mkv")

    exported = list(read_frames(summary.out))
    wanted = [converter.convert(frame).image for frame in read_frames(mira, 4, 10)]
    assert summary.frames == 6
    assert all(np.array_equal(frame.image, image) for frame, image in zip(exported, wanted, strict=True))
    # Matroska shifts everything so that no sound begins before zero; picture and sound stay together.
    assert _sound_ends(summary.out) - exported[0].time == pytest.approx(6 / 30, abs=0.03)


def test_an_empty_range_is_refused(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    settings = PLAIN.changed({"first": FRAMES})

    with pytest.raises(UsageError) as caught:
        convert_video(
            mira, mira_analysis, _converter(mira_analysis, generator, engines, settings), settings, tmp_path / "out.mp4"
        )

    assert caught.value.code == "usage.frames"
    assert not (tmp_path / "out.mp4").exists()


def test_frames_without_the_face_pass_through_and_are_counted(pieces, generator, engines, tmp_path: Path) -> None:
    frames = images("mira", stop=8)
    for index in (3, 4):
        frames[index] = np.full_like(frames[index], 128)
    clip = pieces("blink.mp4", frames)
    analysis = analyse(clip, tmp_path / "kept", *engines)
    converter = _converter(analysis, generator, engines, LOSSLESS)

    summary = convert_video(clip, analysis, converter, LOSSLESS, tmp_path / "out.mkv")

    exported = [frame.image for frame in read_frames(summary.out)]
    driver = [frame.image for frame in read_frames(clip)]
    assert (summary.frames_swapped, summary.frames_unchanged, summary.frames_without_face) == (6, 2, 2)
    assert [np.array_equal(one, other) for one, other in zip(exported, driver, strict=True)] == [
        index in (3, 4) for index in range(8)
    ]


def test_the_pristine_twin_is_the_driver_through_the_same_writer(mira, mira_analysis, tmp_path: Path) -> None:
    settings = ConvertSettings(codec="ffv1")

    count = write_twin(mira, mira_analysis, settings, tmp_path / "twin.mkv")

    twin = list(read_frames(tmp_path / "twin.mkv"))
    assert count == len(twin) == FRAMES
    assert all(np.array_equal(a.image, b.image) for a, b in zip(twin, read_frames(mira), strict=True))


def test_a_stop_leaves_no_file(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    class StopAtFive(Silent):
        done = 0

        def progress(self, stage, done, total=None) -> None:
            self.done = done

        def check(self) -> None:
            if self.done == 5:
                raise Stopped

    converter = _converter(mira_analysis, generator, engines, PLAIN)

    with pytest.raises(Stopped):
        convert_video(mira, mira_analysis, converter, PLAIN, tmp_path / "out.mp4", StopAtFive())

    assert list(tmp_path.iterdir()) == []
