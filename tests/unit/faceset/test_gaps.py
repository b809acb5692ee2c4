"""What a driver asks for that the other faceset does not show."""

import numpy as np
import pytest

from studio.core.records import Basis, FaceState
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.faceset.folder import ExtractedFace, FacesetFolder
from studio.faceset.gaps import Looks, PoseGap, gaps, looks, mouth_opening
from studio.provenance.consent import add_record
from tests.unit.faceset.stored import ENGINES, landmarks, masks

UPPER, LOWER = [61, 62, 63], [67, 66, 65]


def looking(yaw, pitch=0.0, mouth=np.nan):
    yaw, pitch, mouth = np.broadcast_arrays(*(np.atleast_1d(np.float32(part)) for part in (yaw, pitch, mouth)))
    return Looks(yaw, pitch, mouth)


def with_mouth(opening):
    """Landmarks whose inner lips are `opening` times the eyes' distance apart."""
    points = landmarks(100, 0, 0)
    points[LOWER] = points[UPPER] + (0, opening * np.linalg.norm(points[36] - points[45]))
    return points


def test_poses_of_the_driver_that_no_face_comes_near_are_found_with_their_share():
    found = gaps(looking([5, 5, 5, 35, 35, 65, 65, 65, 65, 65]), looking([5, 5, 5, 35, -65]))
    assert found.poses == (PoseGap((6, 15), 0.5),)
    assert (found.lacking, found.thin) == (0.5, 0.2)


@pytest.mark.parametrize(("away", "lacking"), [(0.2, 0), (5, 0), (10, 1), (30, 1)])
def test_a_pose_a_few_degrees_away_is_no_gap_wherever_cells_begin(away, lacking):
    found = gaps(looking([0.1] * 5), looking([0.1 - away] * 5))
    assert found.lacking == lacking
    assert gaps(looking(0, [-0.1] * 5), looking(0, [away - 0.1] * 5)).lacking == lacking


def test_the_share_that_looks_further_is_told_by_side():
    found = gaps(looking([-50, 0, 20, 45], [0, 0, 25, -30]), looking([-30, 30], [-10, 10]))
    assert found.further == {"left": 0.25, "right": 0.25, "up": 0.25, "down": 0.25}
    assert gaps(looking([-34, 34]), looking([-30, 30])).further["left"] == 0


def test_what_is_turned_past_every_cell_is_near_to_its_like_alone():
    found = gaps(looking([89, 120]), looking([100, 95, 110, -100]))
    assert (found.lacking, found.thin) == (0, 0)
    assert gaps(looking([-89]), looking([100] * 3)).lacking == 1


def test_what_is_missing_is_said_in_words_the_weightiest_first():
    found = gaps(looking([0] * 22 + [45] * 3, 0, [0.0] * 15 + [0.3] * 10), looking([0] * 100, 0, 0.1))
    assert found.sentences("Mira", "Tomas") == [
        "40% of Mira's faces open the mouth wider than 99% of Tomas's.",
        "12% of Mira's faces look further right than any of Tomas's.",
        "12% of Mira's faces take poses that none of Tomas's comes near.",
    ]


def test_nothing_is_said_of_a_faceset_that_shows_it_all():
    faces = looking(np.linspace(-60, 60, 400), 0, np.linspace(0, 0.2, 400))
    assert gaps(faces, faces).sentences("A", "B") == []


def test_one_slipped_landmark_does_not_stand_for_an_open_mouth():
    target = looking([0.0] * 200, 0, [0.02] * 199 + [0.9])
    assert gaps(looking([0.0] * 10, 0, [0.2] * 10), target).mouth == 1


def test_faces_of_unknown_pose_and_empty_facesets_lack_nothing():
    empty, unknown = looking(np.zeros(0)), looking([np.nan])
    for a, b in ((empty, looking(0)), (looking(0), empty), (unknown, looking(0)), (looking(0), unknown)):
        found = gaps(a, b)
        assert (found.poses, found.mouth, found.sentences("A", "B")) == ((), None, [])


@pytest.mark.parametrize("opening", [0.0, 0.05, 0.3])
def test_the_mouths_opening_is_measured_by_the_eyes_at_any_size_and_tilt(opening):
    points = with_mouth(opening)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], dtype=np.float32)
    measured = mouth_opening(np.stack([points, points @ turn * 3 + 50]))
    assert measured == pytest.approx([opening, opening], abs=1e-5)


def test_a_facesets_looks_are_those_of_its_used_faces(project):
    anna = add_record(project, "anna", Basis.SYNTHETIC, "rendered")
    project.store.identities.set_engines(anna, ENGINES)
    medium = project.store.media.add(anna, "a.mp4", "a.mp4", "a.mp4", "a")
    # The third is turned too far for its mouth to be measured; the last will be rejected.
    facts = [(0, 0.0), (20, 0.2), (60, 0.2), (0, 0.5)]
    picture = np.zeros((512, 512, 3), np.uint8)
    faces = [
        ExtractedFace(
            NewFace(n, n / 30, 0, (0, 0, 99, 99), 1, 99, 10, (yaw, 5, 0), ENGINES, (n, 0, 0, 0)),
            picture, masks(200), with_mouth(opening), np.zeros(128, np.float32),
        )
        for n, (yaw, opening) in enumerate(facts)
    ]  # fmt: skip
    FacesetFolder(project, anna).add(medium, [face.encoded() for face in faces], Scan(1, 0, 4, True))
    last = int(project.store.faces.columns(anna).ids[-1])
    project.store.journal.set_state(anna, [last], FaceState.REJECTED, "x")
    found = looks(project, anna)
    assert found.yaw.tolist() == [0, 20, 60]
    assert found.mouth == pytest.approx([0, 0.2, np.nan], abs=1e-3, nan_ok=True)
