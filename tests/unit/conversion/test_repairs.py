"""What is repaired by hand lies on top of an analysis, and comes back when it is made again."""

from dataclasses import replace

import numpy as np
import pytest

from studio.conversion.analysis import analyse
from studio.conversion.frames import ConvertSettings, FrameConverter
from studio.conversion.repairs import between, moved, painted, repaired, row_near, sides, skipped
from studio.core.records import FaceMasks
from studio.core.store.repairs import Repair
from studio.video.read import read_frames
from tests.unit.conversion.conftest import images

PLAIN = ConvertSettings(label=False)


def masks_of(rows, columns) -> FaceMasks:
    face = np.zeros((512, 512), bool)
    face[rows, columns] = True
    return FaceMasks(face, np.zeros_like(face), np.zeros_like(face))


SMALL = masks_of(slice(200, 300), slice(200, 300))


def landmarks_at(analysis, frame):
    return analysis.faces.landmarks[analysis.faces.frame == frame][0]


def test_a_skipped_frame_stays_the_drivers_and_others_do_not(mira, mira_analysis, generator, engines):
    fixed = repaired(mira_analysis, [skipped(3)])
    converter = FrameConverter(fixed, generator, "b", frozenset({0}), engines.finder, engines.parser, PLAIN)

    for frame in read_frames(mira, 2, 5):
        done = converter.convert(frame)
        assert done.changed == (frame.index != 3)
        assert np.array_equal(done.image, frame.image) == (frame.index == 3)
        assert done.faces_found == 1


def test_moved_landmarks_and_their_masks_are_what_frames_are_converted_with(mira_analysis):
    before = landmarks_at(mira_analysis, 5)
    fixed = repaired(mira_analysis, [moved(5, before, before + 4, SMALL)])

    (face,) = fixed.faces_at(int(fixed.pts[5]))
    assert np.allclose(face.landmarks, before + 4)
    assert np.allclose(face.box, mira_analysis.faces_at(int(fixed.pts[5]))[0].box + 4)
    assert np.array_equal(face.masks.face, SMALL.face)
    assert np.array_equal(landmarks_at(fixed, 6), landmarks_at(mira_analysis, 6))
    assert fixed.repairs != mira_analysis.repairs == ""


def test_the_last_repair_of_a_face_counts_and_the_analysis_itself_is_untouched(mira_analysis):
    at = landmarks_at(mira_analysis, 5)
    other = masks_of(slice(0, 10), slice(0, 10))
    fixed = repaired(mira_analysis, [painted(5, at, SMALL), moved(5, at, at + 1, other), painted(5, at, SMALL)])

    (face,) = fixed.faces_at(int(fixed.pts[5]))
    assert np.array_equal(face.masks.face, SMALL.face)
    assert np.allclose(face.landmarks, at + 1)
    assert not np.array_equal(mira_analysis.faces_at(int(fixed.pts[5]))[0].masks.face, SMALL.face)


def test_each_of_two_people_is_repaired_alone(pair_analysis):
    rows = np.flatnonzero(pair_analysis.faces.frame == 2)
    left, right = (pair_analysis.faces.found[row] for row in rows)
    fixed = repaired(pair_analysis, [painted(2, right, SMALL)])

    changed = [np.array_equal(face.masks.face, SMALL.face) for face in fixed.faces_at(int(fixed.pts[2]))]
    assert changed == [False, True]
    assert row_near(pair_analysis.faces, 2, *left.mean(axis=0)) == rows[0]
    assert row_near(pair_analysis.faces, 2, 0, 0) is None


@pytest.mark.parametrize("gone", [(3, 5), (3, 15)], ids=["a moment", "so long that its track ended"])
def test_a_face_that_was_missed_is_added_between_its_neighbours(pieces, engines, tmp_path, gone):
    frames = images("mira", stop=18)
    hidden = [np.full_like(f, 128) if gone[0] <= index < gone[1] else f for index, f in enumerate(frames)]
    truth = analyse(pieces("whole.mp4", frames), tmp_path / "one", *engines)
    missed = analyse(pieces("hidden.mp4", hidden), tmp_path / "other", *engines)
    (rows,) = sides(missed, gone, engines.encoder.same_person)
    made = []
    for frame in range(*gone):
        points = between(missed.faces, missed.times, frame, rows)
        made.append(moved(frame, points, points, SMALL))

    fixed = repaired(missed, made)

    assert [len(fixed.faces_at(int(pts))) for pts in fixed.pts] == [1] * 18
    for frame in range(*gone):
        assert np.abs(landmarks_at(fixed, frame) - landmarks_at(truth, frame)).mean() < 4
        (face,) = fixed.faces_at(int(fixed.pts[frame]))
        assert face.track in (missed.faces.track[list(rows)])
    after = [fixed.faces_at(int(fixed.pts[f]))[0].masks.face for f in (15, 17)]
    assert all(map(np.array_equal, after, [missed.faces_at(int(missed.pts[f]))[0].masks.face for f in (15, 17)]))


def test_a_face_that_is_not_seen_on_both_sides_goes_on_nowhere(mira_analysis, engines):
    assert sides(mira_analysis, (0, 3), engines.encoder.same_person) == []
    assert sides(mira_analysis, (3, mira_analysis.frames), engines.encoder.same_person) == []


def test_tracks_of_other_shots_are_not_joined_over_one_that_goes_on(mira_analysis, engines):
    """One face on three tracks: within the second, the first and the third have nothing to say."""
    track = np.repeat([0, 1, 2], [4, 8, 4]).astype(np.int32)
    tracks = tuple(replace(mira_analysis.tracks[0], id=number) for number in range(3))
    cut = replace(mira_analysis, faces=replace(mira_analysis.faces, track=track), tracks=tracks)

    for limit in (engines.encoder.same_person, None):
        assert sides(cut, (6, 9), limit) == [(5, 9)]
        assert sides(cut, (3, 5), limit) == [(2, 5)]


def test_each_of_two_people_who_were_away_goes_on_as_himself(pieces, engines, tmp_path):
    """Both come back at the other's place: features tell who is who, and without a published distance nobody does."""
    left, right = images("mira", stop=18), images("tomas", stop=18)
    swapped = [np.hstack((b, a) if index > 8 else (a, b)) for index, (a, b) in enumerate(zip(left, right, strict=True))]
    frames = [np.full_like(f, 128) if 3 <= index < 15 else f for index, f in enumerate(swapped)]
    analysis = analyse(pieces("both.mp4", frames), tmp_path, *engines)

    pairs = sides(analysis, (3, 15), engines.encoder.same_person)

    faces = analysis.faces
    assert len(pairs) == 2
    for before, after in pairs:
        was_left, is_left = (faces.found[row].mean(axis=0)[0] < analysis.width / 2 for row in (before, after))
        assert was_left != is_left
    assert sides(analysis, (3, 15), None) == []


def test_repairs_hold_for_another_analysis_of_the_same_video(mira, mira_analysis, engines, tmp_path):
    at = landmarks_at(mira_analysis, 5)
    rough = analyse(mira, tmp_path / "rough", *engines, smooth=False)

    fixed = repaired(rough, [painted(5, at, SMALL), painted(500, at, SMALL)])

    assert np.array_equal(fixed.faces_at(int(fixed.pts[5]))[0].masks.face, SMALL.face)


def test_exports_of_other_repairs_are_not_gone_on_with(mira_analysis, generator, engines):
    at = landmarks_at(mira_analysis, 5)
    bases = []
    for repairs in ([], [skipped(3)], [skipped(4)], [painted(5, at, SMALL)]):
        fixed = repaired(mira_analysis, repairs)
        converter = FrameConverter(fixed, generator, "b", frozenset({0}), engines.finder, engines.parser, PLAIN)
        bases.append(repr(converter.basis))
    assert len(set(bases)) == 4


def test_the_journal_of_repairs_goes_back_and_forth_and_survives_being_closed(project):
    table = project.store.repairs
    table.add("aa", "Skip frame 1", [skipped(1)])
    table.add("aa", "Skip frames 2 to 3", [skipped(2), skipped(3)])
    table.add("bb", "Skip frame 9", [skipped(9)])
    assert table.undo("aa") == "Skip frames 2 to 3"
    assert [repair.frame for repair in table.of("aa")] == [1]
    assert [(e.title, e.frames, e.undone) for e in table.entries("aa")] == [
        ("Skip frames 2 to 3", 2, True), ("Skip frame 1", 1, False)
    ]  # fmt: skip
    assert table.redo("aa") == "Skip frames 2 to 3"
    assert table.redo("aa") is None
    assert table.undo("aa") == "Skip frames 2 to 3"
    assert table.undo("aa") == "Skip frame 1"
    assert table.undo("aa") is None
    table.add("aa", "Skip frame 7", [replace(skipped(7))])
    assert table.redo("aa") is None
    assert table.of("aa") == [Repair("skip", 7)]
    assert [repair.frame for repair in table.of("bb")] == [9]
