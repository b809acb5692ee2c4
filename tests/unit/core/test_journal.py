import pytest

from studio.core.project import Project
from studio.core.records import FaceState
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan


def new_face(frame: int, blur: float = 10.0) -> NewFace:
    return NewFace(frame, frame / 30, 0, (0, 0, 99, 99), 1.0, 99, blur, (0, 0, 0), "a+b+dlib-resnet", (frame, 0, 0, 0))


@pytest.fixture
def faces(project, anna):
    medium = project.store.media.add(anna, "clip.mp4", "/clip.mp4", "clip.mp4", "00")
    project.store.faces.add(anna, medium, 0, [new_face(n) for n in range(10)], Scan(1, 0, 10, True))
    return [face.id for face in project.store.faces.of(anna)]


def states(project, identity) -> str:
    return "".join("K" if face.state is FaceState.KEPT else "x" for face in project.store.faces.of(identity))


def test_an_edit_of_many_faces_is_one_entry_that_undo_takes_back(project, anna, faces):
    project.store.journal.set_state(anna, faces[2:5], FaceState.REJECTED, "reject three")
    assert states(project, anna) == "KKxxxKKKKK"
    entry = project.store.journal.undo()
    assert (entry.title, entry.faces) == ("reject three", 3)
    assert states(project, anna) == "KKKKKKKKKK"
    project.store.journal.redo()
    assert states(project, anna) == "KKxxxKKKKK"


def test_undo_reaches_back_across_a_restart(project, anna, faces):
    project.store.journal.set_state(anna, faces[:1], FaceState.REJECTED, "first")
    project.store.journal.set_state(anna, faces[1:2], FaceState.REJECTED, "second")
    with Project(project.folder) as again:
        assert again.store.journal.undo().title == "second"
        assert again.store.journal.undo().title == "first"
        assert again.store.journal.undo() is None
        assert again.store.journal.redo().title == "first"
        assert states(again, anna) == "xKKKKKKKKK"


def test_a_new_edit_forgets_what_was_undone(project, anna, faces):
    project.store.journal.set_state(anna, faces[:1], FaceState.REJECTED, "first")
    project.store.journal.undo()
    project.store.journal.set_state(anna, faces[5:6], FaceState.REJECTED, "other")
    assert project.store.journal.redo() is None
    assert project.store.journal.remaining() == (1, 0)
    assert states(project, anna) == "KKKKKxKKKK"


def test_an_edit_that_changes_nothing_is_no_entry(project, anna, faces):
    assert project.store.journal.set_state(anna, faces, FaceState.KEPT, "keep all") is None
    assert project.store.journal.remaining() == (0, 0)


def test_undo_restores_a_mixture_of_states(project, anna, faces):
    project.store.journal.set_state(anna, faces[::2], FaceState.REJECTED, "every other")
    project.store.journal.set_state(anna, faces, FaceState.REJECTED, "all")
    project.store.journal.undo()
    assert states(project, anna) == "xKxKxKxKxK"


def test_rejecting_hides_a_face_from_those_who_ask_for_kept_ones(project, anna, faces):
    project.store.journal.set_state(anna, faces[:4], FaceState.REJECTED, "four")
    assert project.store.faces.count(anna, FaceState.KEPT) == 6
    assert [face.id for face in project.store.faces.of(anna, FaceState.REJECTED)] == faces[:4]


def test_a_scan_never_goes_back(project, anna, faces):
    medium = project.store.media.find(anna, "00")
    project.store.faces.add(anna, medium, 10, [], Scan(1, 0, 3, False))
    assert project.store.media.scans(medium) == [Scan(1, 0, 10, True)]


@pytest.mark.parametrize(
    ("scan", "frame", "min_size", "covered"),
    [
        (Scan(2, 48, 10, False), 4, 48, True),
        (Scan(2, 48, 10, False), 5, 48, False),
        (Scan(2, 48, 10, False), 12, 48, False),
        (Scan(2, 48, 10, False), 4, 20, False),
        (Scan(2, 48, 10, False), 4, 90, True),
    ],
)
def test_a_frame_is_looked_at_again_only_if_no_pass_saw_it(scan, frame, min_size, covered):
    assert scan.covers(frame, min_size) is covered
