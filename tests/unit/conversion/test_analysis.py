from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.conversion.analysis import analyse
from studio.conversion.matching import own_limit, track_distances
from studio.conversion.store import key_of, load_analysis
from studio.core.errors import Stopped
from studio.core.reporter import Silent
from studio.faces.align import align_face, transform_points
from studio.faces.engines.dlib68 import DlibFinder
from tests.unit.conversion.conftest import FRAMES, images


class CountingFinder(DlibFinder):
    """The real finder, which counts the frames it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.frames = 0

    def find(self, images):
        self.frames += len(images)
        return super().find(images)


def test_every_frame_has_its_face_on_one_track(mira_analysis) -> None:
    assert mira_analysis.frames == FRAMES
    assert mira_analysis.faces_found == FRAMES
    assert [(track.first, track.last, track.faces) for track in mira_analysis.tracks] == [(0, FRAMES - 1, FRAMES)]
    assert mira_analysis.problems == ()


def test_masks_lie_on_the_face_aligned_by_the_same_landmarks(mira_analysis, engines) -> None:
    face = mira_analysis.faces_at(int(mira_analysis.pts[5]))[0]
    crop, matrix = align_face(images("mira")[5], face.landmarks)
    points = transform_points(matrix, face.landmarks)

    nose, left_eye, mouth = points[30], points[36:42].mean(axis=0), points[60:68].mean(axis=0)
    assert face.masks.face[round(nose[1]), round(nose[0])]
    assert face.masks.eyes[round(left_eye[1]), round(left_eye[0])]
    assert face.masks.mouth[round(mouth[1]), round(mouth[0])]
    assert not face.masks.face[:20].any()
    again = engines.parser.parse(crop, points)
    # The clip was encoded once more, so a few rim pixels may differ.
    assert np.mean(again.face != face.masks.face) < 0.02


def test_a_second_call_reads_what_the_first_one_kept(short, tmp_path: Path, engines) -> None:
    finder = CountingFinder()

    first = analyse(short, tmp_path, finder, engines.parser, engines.encoder)
    second = analyse(short, tmp_path, finder, engines.parser, engines.encoder)

    assert finder.frames == 5
    assert np.array_equal(first.faces.landmarks, second.faces.landmarks)
    assert second.tracks[0].last == first.tracks[0].last
    pts = int(first.pts[3])
    one, other = first.faces_at(pts)[0], second.faces_at(pts)[0]
    assert np.array_equal(one.masks.packed(), other.masks.packed())


def test_other_content_other_engines_or_no_smoothing_are_another_analysis(short, tmp_path: Path, engines) -> None:
    analyse(short, tmp_path, *engines)
    changed = tmp_path / "changed.mp4"
    data = short.read_bytes()
    changed.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    assert load_analysis(tmp_path, key_of(short, *engines, smooth=True)) is not None
    assert load_analysis(tmp_path, key_of(short, *engines, smooth=False)) is None
    assert load_analysis(tmp_path, key_of(changed, *engines, smooth=True)) is None


@pytest.mark.parametrize("name", ["masks.npy", "landmarks.npy", "analysis.json"])
def test_a_damaged_analysis_is_made_again(short, tmp_path: Path, engines, name: str) -> None:
    finder = CountingFinder()
    analyse(short, tmp_path, finder, engines.parser, engines.encoder)
    damaged = next(tmp_path.rglob(name))
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])

    again = analyse(short, tmp_path, finder, engines.parser, engines.encoder)

    assert finder.frames == 2 * 5
    assert len(again.faces_at(int(again.pts[-1]))) == 1


def test_smoothing_takes_jitter_out_and_can_be_left_out(mira, mira_analysis, tmp_path: Path, engines) -> None:
    raw = analyse(mira, tmp_path, *engines, smooth=False)

    def jitter(landmarks: np.ndarray) -> float:
        return float(np.linalg.norm(np.diff(landmarks, n=2, axis=0), axis=2).mean())

    assert np.array_equal(raw.faces.landmarks, raw.faces.found)
    assert jitter(mira_analysis.faces.landmarks) < 0.5 * jitter(raw.faces.landmarks)
    assert np.linalg.norm(mira_analysis.faces.landmarks - raw.faces.landmarks, axis=2).mean() < 2


def test_two_people_get_a_track_each_that_their_own_features_match(pair_analysis, mira_analysis) -> None:
    left, right = pair_analysis.tracks
    mira_features = mira_analysis.tracks[0].feature[None]

    distances = track_distances(pair_analysis, mira_features)
    boxes = {track: pair_analysis.faces.box[pair_analysis.faces.track == track].mean(axis=0) for track in (0, 1)}

    assert {left.faces, right.faces} == {8}
    mira_track = min(boxes, key=lambda track: boxes[track][0])
    assert distances[mira_track] < 0.4 < 0.5 < distances[1 - mira_track]


def test_without_a_published_distance_a_persons_own_spread_decides() -> None:
    features = np.random.default_rng(0).normal(0, 1, (200, 16)).astype(np.float32)

    limit = own_limit(features)

    assert np.mean(np.linalg.norm(features - np.median(features, axis=0), axis=1) < limit) > 0.95
    assert limit < 2 * 4


def test_a_cut_to_another_person_in_the_same_place_starts_a_new_track(pieces, tmp_path: Path, engines) -> None:
    clip = pieces("cut.mp4", images("mira", stop=6) + images("tomas", stop=6))

    analysis = analyse(clip, tmp_path, *engines)

    assert [(track.first, track.last) for track in analysis.tracks] == [(0, 5), (6, 11)]
    assert [(problem.kind, problem.first) for problem in analysis.problems] == [("cut", 6)]


def test_a_face_that_is_away_for_a_moment_comes_back_to_its_track(pieces, tmp_path: Path, engines) -> None:
    frames = images("mira", stop=14)
    for index in range(6, 9):
        frames[index] = np.full_like(frames[index], 128)
    clip = pieces("gap.mp4", frames)

    analysis = analyse(clip, tmp_path, *engines)

    assert [(track.first, track.last, track.faces) for track in analysis.tracks] == [(0, 13, 11)]
    assert [(problem.kind, problem.first, problem.last) for problem in analysis.problems] == [("no-face", 6, 8)]
    assert analysis.faces_at(int(analysis.pts[7])) == []
    assert analysis.frames_with_face == 11


def test_a_face_that_something_covers_is_told(mira_analysis, mira, tmp_path: Path, engines) -> None:
    """What the masks leave out of a face for some frames is a problem; a fringe that is always there is none."""

    class Covered:
        """The embedded parser, with a hand over a quarter of the face in two frames."""

        name = "covered"

        def __init__(self) -> None:
            self.calls = 0

        def parse(self, face, landmarks):
            masks = engines.parser.parse(face, landmarks)
            if self.calls in (6, 7):
                masks.face[:, :230] = False
            self.calls += 1
            return masks

    analysis = analyse(mira, tmp_path, engines.finder, Covered(), engines.encoder)

    assert [(problem.kind, problem.first, problem.last) for problem in analysis.problems] == [("occlusion", 6, 7)]
    assert mira_analysis.faces.occlusion.max() < 0.1


def test_a_video_without_faces_is_analysed_like_any_other(pieces, tmp_path: Path, engines) -> None:
    clip = pieces("empty.mp4", [np.full((120, 160, 3), 90, np.uint8)] * 5)

    analysis = analyse(clip, tmp_path, *engines)
    again = analyse(clip, tmp_path, *engines)

    for found in (analysis, again):
        assert (found.frames, found.faces_found, found.tracks) == (5, 0, ())
        assert [(problem.kind, problem.first, problem.last) for problem in found.problems] == [("no-face", 0, 4)]


def test_a_video_cut_off_is_analysed_as_far_as_it_goes_and_says_so(tmp_path: Path, engines) -> None:
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    with av.open(str(whole), "w", container_options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "10", "tune": "zerolatency"})
        stream.width = stream.height = 480
        for image in images("mira", stop=10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])

    analysis = analyse(cut, tmp_path / "kept", *engines)

    assert 0 < analysis.frames < 10
    assert analysis.faces_found == analysis.frames
    assert "of 10 frames" in analysis.damage


def test_a_stop_keeps_nothing(mira, tmp_path: Path, engines) -> None:
    class StopWhileSegmenting(Silent):
        def __init__(self) -> None:
            self.stage = ""

        def progress(self, stage, done, total=None) -> None:
            self.stage = stage

        def check(self) -> None:
            if self.stage == "segment":
                raise Stopped

    with pytest.raises(Stopped):
        analyse(mira, tmp_path, *engines, reporter=StopWhileSegmenting())

    assert list(tmp_path.rglob("*.npy")) == []
    assert load_analysis(tmp_path, key_of(mira, *engines, smooth=True)) is None
