"""An export is known again by its fingerprints: all of it, a part that is swapped, a few frames; its driver is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.conversion.convert import convert_video
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.core.framing import CENTRAL_SIZE, central_square
from studio.core.vision import cv2
from studio.faces.align import align_face
from studio.provenance.fingerprints import Fingerprints, compare, frames_to_compare, is_copy, stride_of
from studio.video.probe import probe
from studio.video.read import read_frames
from studio.video.write import VideoWriter
from tests.unit.conversion.conftest import FRAMES, images


@pytest.fixture
def exported(mira, mira_analysis, generator, engines, tmp_path):
    """Export frames of the clip, of which some are left to the driver; the file and its fingerprints."""

    def export(skipped=(), network=generator, name="out", **settings) -> tuple[Path, Fingerprints]:
        chosen = ConvertSettings.build(settings)
        analysis = replace(mira_analysis, skipped=frozenset(skipped))
        converter = FrameConverter(
            analysis, network, "b", frozenset({0}), engines.finder, engines.parser, chosen
        )  # fmt: skip
        summary = convert_video(mira, analysis, converter, chosen, tmp_path / f"{name}.mp4")
        return summary.out, summary.fingerprints

    return export


def stripped(video: Path, out: Path) -> Path:
    """What a stranger makes of a video: half as large and re-encoded harder."""
    info = probe(video)
    size = info.width // 2, info.height // 2
    with VideoWriter(out, *size, rate=info.rate, time_base=info.time_base, like=None, quality=32) as writer:
        for frame in read_frames(video):
            writer.write(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA), frame.pts)
    return out


def likeness(video: Path, prints: Fingerprints):
    (found,) = compare(frames_to_compare(video), [prints])
    return found


def test_a_reencoded_copy_is_known_by_every_frame_and_its_driver_by_none(exported, mira, tmp_path) -> None:
    out, prints = exported()

    copy = likeness(stripped(out, tmp_path / "copy.mp4"), prints)

    assert is_copy(copy)
    assert copy.known == copy.frames == FRAMES // stride_of(30, FRAMES)
    for driver in (mira, stripped(mira, tmp_path / "driver.mp4")):
        assert not is_copy(likeness(driver, prints))
        assert likeness(driver, prints).known == 0


class Shows:
    """A generator that gives one and the same face, of somebody real."""

    size, sha256 = CENTRAL_SIZE, ""

    def __init__(self, face):
        self._face = face

    def generate(self, faces, _identity):
        return [self._face for _ in faces]


def test_another_swap_of_the_same_driver_is_no_copy(exported, engines, tmp_path) -> None:
    swaps = []
    for person in ("mira", "tomas"):
        (image,) = images(person, 60, 61)
        (found,) = engines.finder.find([image])[0]
        central = align_face(image, found.landmarks)[0][central_square(), central_square()]
        swaps.append(exported(network=Shows(np.ascontiguousarray(central[:, ::-1])), name=person))
    copies = [stripped(out, tmp_path / f"copy-{out.name}") for out, _ in swaps]

    assert [[is_copy(likeness(copy, prints)) for _, prints in swaps] for copy in copies] == [
        [True, False],
        [False, True],
    ]


def test_a_copy_of_an_export_that_swaps_few_of_its_frames_is_known(exported, mira, tmp_path) -> None:
    out, prints = exported(skipped=[*range(4), *range(10, FRAMES)])

    copy = likeness(stripped(out, tmp_path / "copy.mp4"), prints)

    assert 2 * copy.known < copy.frames
    assert is_copy(copy)
    assert not is_copy(likeness(mira, prints))


@pytest.mark.parametrize(("first", "stop"), [(13, FRAMES), (7, 8)])
def test_a_few_frames_have_fingerprints_wherever_in_the_video_they_lie(exported, tmp_path, first, stop) -> None:
    out, prints = exported(first=first, stop=stop)

    assert len(prints.looks) == stop - first
    assert is_copy(likeness(stripped(out, tmp_path / "copy.mp4"), prints))


def test_a_face_as_near_to_the_swap_as_to_the_driver_tells_nothing(exported) -> None:
    out, prints = exported()
    same = prints.looks.copy()
    same[:, 2] = same[:, 1]

    assert likeness(out, Fingerprints(same, prints.boxes)).known == 0


def test_a_long_video_is_looked_at_five_times_a_second_and_a_short_one_at_least_six_times() -> None:
    assert [stride_of(30, frames) for frames in (9000, 37, 16, 6, 1)] == [6, 6, 2, 1, 1]
    assert [stride_of(rate) for rate in (3.0, 25.0, 30.0)] == [1, 5, 6]
