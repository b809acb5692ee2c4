from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from studio.conversion.analysis import analyse
from studio.conversion.convert import convert_video, write_twin
from studio.conversion.frames import ConvertSettings, FrameConverter, SwappedFace
from studio.conversion.tally import flicker
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


class StopAt(Silent):
    """A user who stops a conversion after so many frames."""

    def __init__(self, frames: int) -> None:
        self.frames, self.done, self.notes = frames, 0, []

    def progress(self, stage, done, total=None) -> None:
        self.done = done

    def note(self, text) -> None:
        self.notes.append(text)

    def check(self) -> None:
        if self.done == self.frames:
            raise Stopped


class Counting:
    """A converter that counts what it is asked for."""

    def __init__(self, converter) -> None:
        self.basis, self.asked, self._converter = converter.basis, 0, converter

    def convert(self, frame):
        self.asked += 1
        return self._converter.convert(frame)


def _stopped(mira, analysis, converter, settings, out: Path, frames: int) -> None:
    with pytest.raises(Stopped):
        convert_video(mira, analysis, converter, settings, out, StopAt(frames), workers=1)
    assert not out.exists()


def _pictures(path: Path) -> list[np.ndarray]:
    return [frame.image for frame in read_frames(path)]


def test_a_stopped_export_has_no_file_and_goes_on_where_it_was(
    mira, mira_analysis, generator, engines, tmp_path: Path
) -> None:
    converter = Counting(_converter(mira_analysis, generator, engines, LOSSLESS))
    straight = convert_video(mira, mira_analysis, converter, LOSSLESS, tmp_path / "straight.mkv", workers=1)
    _stopped(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv", 5)
    before, told = converter.asked, StopAt(-1)

    again = convert_video(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv", told, workers=1)

    assert converter.asked - before == FRAMES - 5
    assert told.notes == ["Going on at frame 5, where an earlier start of this export ended."]
    assert (again.frames, again.frames_swapped, again.mask_pixels) == (FRAMES, FRAMES, straight.mask_pixels)
    assert all(map(np.array_equal, _pictures(again.out), _pictures(straight.out)))
    assert [frame.time for frame in read_frames(again.out)] == [frame.time for frame in read_frames(straight.out)]
    assert _sound_ends(again.out) == _sound_ends(straight.out)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"straight.mkv", "out.mkv"}


def test_an_export_whose_frames_are_all_converted_is_only_joined_again(
    mira, mira_analysis, generator, engines, tmp_path: Path
) -> None:
    converter = Counting(_converter(mira_analysis, generator, engines, LOSSLESS))
    first = convert_video(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv")
    before, told = _pictures(first.out), StopAt(-1)
    first.out.unlink()

    again = convert_video(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv", told)

    assert converter.asked == FRAMES
    assert told.notes == ["An earlier start of this export has converted all of its frames."]
    assert all(map(np.array_equal, _pictures(again.out), before))
    assert (again.frames, again.squeeze_frame) == (FRAMES, first.squeeze_frame)


def test_an_export_with_other_settings_begins_anew(mira, mira_analysis, generator, engines, tmp_path: Path) -> None:
    _stopped(mira, mira_analysis, _converter(mira_analysis, generator, engines, PLAIN), PLAIN, tmp_path / "out.mp4", 5)
    settings = PLAIN.changed({"squeeze": 20})
    converter = Counting(_converter(mira_analysis, generator, engines, settings))

    convert_video(mira, mira_analysis, converter, settings, tmp_path / "out.mp4")

    assert converter.asked == FRAMES


def test_a_damaged_stretch_is_made_again(mira, mira_analysis, generator, engines, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("studio.conversion.parts._FRAMES", 3)
    converter = Counting(_converter(mira_analysis, generator, engines, LOSSLESS))
    _stopped(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv", 10)
    *_, third, _ = sorted((tmp_path / ".parts-out.mkv").glob("*.npz"))
    third.write_bytes(third.read_bytes()[:-500])
    before = converter.asked

    summary = convert_video(mira, mira_analysis, converter, LOSSLESS, tmp_path / "out.mkv")

    assert converter.asked - before == FRAMES - 6
    assert len(_pictures(summary.out)) == summary.frames == FRAMES


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9"])
def test_stretches_join_to_one_film(
    mira, mira_analysis, generator, engines, tmp_path: Path, monkeypatch, codec
) -> None:
    """Encoders that look ahead give frames in another order than they are shown."""
    monkeypatch.setattr("studio.conversion.parts._FRAMES", 5)
    settings = PLAIN.changed({"codec": codec})
    converter = _converter(mira_analysis, generator, engines, settings)

    out = convert_video(mira, mira_analysis, converter, settings, tmp_path / "out.mp4").out

    exported = list(read_frames(out))
    assert [round(frame.time * 30) for frame in exported] == list(range(FRAMES))
    wanted = [converter.convert(frame).image for frame in read_frames(mira)]
    assert max(np.abs(a.image.astype(int) - b).mean() for a, b in zip(exported, wanted, strict=True)) < 4


def test_stretches_of_a_variable_rate_join(pieces, generator, engines, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("studio.conversion.parts._FRAMES", 4)
    pts = [0, 512, 1536, 1800, 4000, 4100, 4101, 9000, 20000, 20100, 20200, 30000]
    clip = pieces("uneven.mp4", images("mira", stop=len(pts)), pts)
    analysis = analyse(clip, tmp_path / "kept", *engines)
    converter = _converter(analysis, generator, engines, PLAIN)

    out = convert_video(clip, analysis, converter, PLAIN, tmp_path / "out.mp4").out

    assert [round(frame.time * 15360) for frame in read_frames(out)] == pts


def test_flicker_is_what_changes_of_the_swap_and_not_of_the_driver() -> None:
    mask = np.zeros((512, 512), bool)
    mask[100:300, 150:350] = True
    driver = np.random.default_rng(0).integers(40, 200, (2, 512, 512, 3)).astype(np.uint8)

    def face(number, put_in):
        swap = np.where(mask[..., None], driver[number] + np.uint8(put_in), driver[number])
        return SwappedFace(
            driver[number], driver[number], swap, mask, mask, mask, 1.0, 15.0, 0, np.zeros(4, np.float32)
        )

    assert flicker(face(0, 20), face(1, 20)) == 0
    assert flicker(face(0, 20), face(1, 23)) == 3
    assert flicker(face(0, 20), replace(face(1, 20), mask=np.zeros_like(mask))) is None


def test_a_squeeze_with_keyframes_goes_evenly_between_them_and_stays_beyond_them() -> None:
    settings = ConvertSettings(squeeze=40, squeeze_keys=((1.0, 10.0), (2.0, 30.0)))
    assert [settings.squeeze_at(time) for time in (0, 1, 1.5, 2, 9)] == [10, 10, 20, 30, 30]
    for keys in ("2:10,1:10", "1:10,1:12"):
        pairs = [pair.split(":") for pair in keys.split(",")]
        with pytest.raises(UsageError):
            ConvertSettings.build({"squeeze_keys": pairs})


def test_a_frame_is_squeezed_as_its_moment_says(mira, mira_analysis, generator, engines) -> None:
    settings = PLAIN.changed({"squeeze_keys": [[0, 5], [0.5, 45]]})
    converter = _converter(mira_analysis, generator, engines, settings)
    plain = _converter(mira_analysis, generator, engines, PLAIN.changed({"squeeze": 5}))
    first, *_, last = read_frames(mira)

    assert np.array_equal(converter.convert(first).image, plain.convert(first).image)
    assert converter.convert(last).mask_pixels < 0.8 * plain.convert(last).mask_pixels
    assert converter.convert(last).swapped[0].squeeze == pytest.approx(5 + 40 * last.time / 0.5)
