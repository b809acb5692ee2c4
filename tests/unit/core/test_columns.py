import numpy as np
import pytest

from studio.core.errors import FacesetError
from studio.core.project import Project
from studio.core.records import STATES, FaceState
from studio.core.store.columns import FaceColumns
from studio.core.store.faces import NewFace
from studio.core.store.journal import Change
from studio.core.store.media import Scan
from studio.provenance.consent import add_record


def measured(frame: int) -> NewFace:
    return NewFace(
        frame, frame / 30, 0, (0, 0, 99, 99), 0.75, 99, 10.5, (1, -2, 3), "f+p+e", (frame, 2**64 - 1, 0, 7),
        landmark_confidence=0.5, exposure=120, occlusion=0.25,
    )  # fmt: skip


def add(project, identity, source, faces):
    medium = project.store.media.add(identity, source, f"/{source}", source, source)
    project.store.faces.add(identity, medium, project.store.faces.next_row(identity), faces, Scan(1, 0, 10, True))
    return medium


def test_columns_say_what_the_faces_say(project, anna):
    unmeasured = NewFace(7, 0.25, 0, (0, 0, 9, 9), 1, 9, 2, (0, 0, 0), "f+p+e", (0, 0, 0, 0))
    medium = add(project, anna, "a.mp4", [measured(4), unmeasured])
    project.store.faces.set_clusters({1: 3})
    project.store.faces.set_seen(anna, [2])
    project.store.journal.edit(anna, "x", [Change("state", [1], FaceState.REJECTED), Change("correction", [2], 9)])
    columns = project.store.faces.columns(anna)
    assert (columns.ids.tolist(), columns.rows.tolist(), columns.frames.tolist()) == ([1, 2], [0, 1], [4, 7])
    assert columns.media.tolist() == [medium.id] * 2
    assert columns.times.tolist() == [4 / 30, 0.25]
    assert [float(getattr(columns, name)[0]) for name in ("blur", "yaw", "pitch", "roll", "confidence", "size")] == [
        10.5, 1, -2, 3, 0.75, 99
    ]  # fmt: skip
    for name, value in (("landmark_confidence", 0.5), ("exposure", 120), ("occlusion", 0.25)):
        np.testing.assert_array_equal(getattr(columns, name), [value, np.nan])
    assert columns.clusters.tolist() == [3, -1]
    assert [STATES[code] for code in columns.states] == [FaceState.REJECTED, FaceState.UNMARKED]
    assert columns.seen.tolist() == [False, True]
    assert columns.corrections.tolist() == [0, 9]
    one, two = project.store.faces.of(anna)
    assert (one.landmark_confidence, one.exposure, one.occlusion, one.used, one.seen) == (0.5, 120, 0.25, False, False)
    assert (two.landmark_confidence, two.correction, two.used, two.seen) == (None, 9, True, True)


def test_a_second_reading_has_the_new_faces_and_the_new_marks(project, anna):
    medium = add(project, anna, "a.mp4", [measured(n) for n in range(3)])
    first = project.store.faces.columns(anna)
    assert first.rows.tolist() == [0, 1, 2]
    add(project, anna, "b.mp4", [measured(n) for n in range(2)])
    project.store.journal.edit(anna, "x", [Change("state", [2], FaceState.REJECTED)])
    second = project.store.faces.columns(anna)
    assert second.rows.tolist() == [0, 1, 2, 3, 4]
    assert second.frames.tolist() == [0, 1, 2, 0, 1]
    assert second.media.tolist() == [medium.id] * 3 + [medium.id + 1] * 2
    assert second.blur.tolist() == [10.5] * 5
    assert [STATES[code] for code in second.states[:3]] == ["unmarked", "rejected", "unmarked"]
    assert first.states.tolist() == [0, 0, 0]


def test_readings_of_two_people_do_not_mix(project, anna):
    ben = add_record(project, "ben", "self", "x")
    add(project, anna, "a.mp4", [measured(n) for n in range(3)])
    assert len(project.store.faces.columns(ben)) == 0
    add(project, ben, "b.mp4", [measured(9)])
    assert project.store.faces.columns(anna).frames.tolist() == [0, 1, 2]
    assert project.store.faces.columns(ben).frames.tolist() == [9]


def test_faces_in_the_trash_are_in_no_later_reading(project, anna):
    add(project, anna, "a.mp4", [measured(n) for n in range(4)])
    assert len(project.store.faces.columns(anna)) == 4
    project.store.trash.put([2])
    assert project.store.faces.columns(anna).ids.tolist() == [1, 3, 4]
    add(project, anna, "b.mp4", [measured(7)])
    assert project.store.faces.columns(anna).ids.tolist() == [1, 3, 4, 5]


def test_hashes_come_in_the_order_of_the_columns(project, anna):
    add(project, anna, "a.mp4", [measured(n) for n in (5, 3)])
    assert project.store.faces.hashes(anna).tolist() == [[5, 2**64 - 1, 0, 7], [3, 2**64 - 1, 0, 7]]
    assert project.store.faces.hashes(add_record(project, "ben", "self", "x")).shape == (0, 4)


def test_columns_can_be_picked_by_mask_and_by_index_and_written_to_in_a_copy(project, anna):
    add(project, anna, "a.mp4", [measured(n) for n in range(4)])
    columns = project.store.faces.columns(anna)
    assert columns.select(columns.frames > 1).frames.tolist() == [2, 3]
    assert columns.select(np.array([3, 0])).frames.tolist() == [3, 0]
    copy = columns.writable()
    copy.states[:] = 2
    assert columns.states.tolist() == [0] * 4
    assert len(FaceColumns.empty().joined(columns)) == 4


def test_counts_name_every_state(project, anna):
    add(project, anna, "a.mp4", [measured(n) for n in range(4)])
    project.store.journal.set_state(anna, [1, 2], FaceState.REJECTED, "x")
    assert project.store.faces.counts(anna) == {FaceState.UNMARKED: 2, FaceState.KEPT: 0, FaceState.REJECTED: 2}


def test_only_faces_of_the_identity_become_seen(project, anna):
    ben = add_record(project, "ben", "self", "x")
    add(project, anna, "a.mp4", [measured(0)])
    add(project, ben, "a.mp4", [measured(0)])
    project.store.faces.set_seen(anna, [1, 2])
    assert (project.store.faces.face(1).seen, project.store.faces.face(2).seen) == (True, False)
    project.store.faces.set_seen(anna, [1], seen=False)
    assert not project.store.faces.face(1).seen


def test_a_face_that_is_not_there_is_told(project):
    with pytest.raises(FacesetError) as caught:
        project.store.faces.face(1)
    assert caught.value.code == "faceset.face"


def test_the_version_changes_whoever_writes(project, anna):
    seen = [project.store.version()]
    assert project.store.version() == seen[0]
    add(project, anna, "a.mp4", [measured(0)])
    seen.append(project.store.version())
    with Project(project.folder) as other:
        other.store.journal.set_state(anna, [1], FaceState.KEPT, "elsewhere")
    seen.append(project.store.version())
    project.store.faces.set_seen(anna, [1])
    seen.append(project.store.version())
    assert len(set(seen)) == 4
