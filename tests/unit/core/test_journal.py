import numpy as np
import pytest

from studio.core.errors import FacesetError, IdentityError
from studio.core.project import Project
from studio.core.records import STATES, USED, Basis, FaceState
from studio.core.store.faces import NewFace
from studio.core.store.journal import Change
from studio.core.store.media import Scan
from studio.provenance.consent import add_record


def new_face(frame: int, blur: float = 10.0) -> NewFace:
    return NewFace(frame, frame / 30, 0, (0, 0, 99, 99), 1.0, 99, blur, (0, 0, 0), "a+b+dlib-resnet", (frame, 0, 0, 0))


@pytest.fixture
def faces(project, anna):
    medium = project.store.media.add(anna, "clip.mp4", "/clip.mp4", "clip.mp4", "00")
    project.store.faces.add(anna, medium, 0, [new_face(n) for n in range(10)], Scan(1, 0, 10, True))
    return [face.id for face in project.store.faces.of(anna)]


def states(project, identity) -> str:
    return "".join("x" if face.state is FaceState.REJECTED else "K" for face in project.store.faces.of(identity))


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
    assert project.store.journal.set_state(anna, faces, FaceState.UNMARKED, "unmark all") is None
    assert project.store.journal.remaining() == (0, 0)


def test_undo_restores_a_mixture_of_states(project, anna, faces):
    project.store.journal.set_state(anna, faces[::2], FaceState.REJECTED, "every other")
    project.store.journal.set_state(anna, faces, FaceState.REJECTED, "all")
    project.store.journal.undo()
    assert states(project, anna) == "xKxKxKxKxK"


def test_rejecting_hides_a_face_from_those_who_ask_for_kept_ones(project, anna, faces):
    project.store.journal.set_state(anna, faces[:4], FaceState.REJECTED, "four")
    assert project.store.faces.count(anna, *USED) == 6
    assert [face.id for face in project.store.faces.of(anna, FaceState.REJECTED)] == faces[:4]


def test_an_edit_of_states_clusters_and_corrections_is_one_entry(project, anna, faces):
    changes = [
        Change("state", np.array(faces[:3]), FaceState.KEPT),
        Change("cluster", faces[2:4], np.array([7, 8])),
        Change("correction", faces[4:5], 11),
    ]
    entry = project.store.journal.edit(anna, "all at once", changes)
    assert (entry.title, entry.faces, entry.identity, entry.undone) == ("all at once", 5, anna.id, False)
    known = project.store.faces.of(anna)
    assert [face.state for face in known[:4]] == [FaceState.KEPT] * 3 + [FaceState.UNMARKED]
    assert [face.cluster for face in known[1:5]] == [None, 7, 8, None]
    assert [face.correction for face in known[3:6]] == [None, 11, None]
    assert project.store.journal.undo().faces == 5
    assert {(f.state, f.cluster, f.correction) for f in project.store.faces.of(anna)} == {(STATES[0], None, None)}


def test_each_face_may_get_a_value_of_its_own(project, anna, faces):
    values = [FaceState.REJECTED, FaceState.KEPT, FaceState.UNMARKED]
    entry = project.store.journal.edit(anna, "mixed", [Change("state", faces[:3], values)])
    assert entry.faces == 2
    assert [face.state for face in project.store.faces.of(anna)][:3] == values


def test_values_that_do_not_match_the_faces_are_refused_and_nothing_is_written(project, anna, faces):
    with pytest.raises(ValueError):
        project.store.journal.edit(anna, "x", [Change("state", faces[:3], [FaceState.KEPT])])
    assert project.store.journal.remaining() == (0, 0)


def test_an_edit_leaves_the_faces_of_others_alone(project, anna, faces):
    ben = add_record(project, "ben", Basis.SELF, "x")
    assert project.store.journal.set_state(ben, faces, FaceState.REJECTED, "not his") is None
    assert states(project, anna) == "K" * 10


def test_the_history_is_told_newest_first_with_what_was_undone(project, anna, faces):
    for number in range(3):
        project.store.journal.set_state(anna, faces[: number + 1], STATES[1 + number % 2], f"edit {number}")
    project.store.journal.undo()
    told = [(entry.title, entry.faces, entry.undone) for entry in project.store.journal.history(2)]
    assert told == [("edit 2", 3, True), ("edit 1", 2, False)]


def test_faces_clustered_anew_get_no_number_of_the_old_clustering_by_undo(project, anna, faces):
    project.store.faces.set_clusters(dict.fromkeys(faces, 1))
    project.store.journal.edit(anna, "merge clusters", [Change("cluster", faces[:4], 2)])
    project.store.faces.set_clusters(dict.fromkeys(faces, 9))
    project.store.journal.undo()
    assert {face.cluster for face in project.store.faces.of(anna)} == {9}


def test_undo_and_redo_pass_over_what_is_in_the_trash(project, anna, faces):
    project.store.journal.set_state(anna, faces[:3], FaceState.REJECTED, "three")
    project.store.trash.put(faces[:2])
    assert [face.id for face in project.store.faces.of(anna)] == faces[2:]
    assert project.store.journal.undo().faces == 1
    assert project.store.journal.redo().faces == 1
    assert project.store.journal.set_state(anna, faces[:2], FaceState.KEPT, "too late") is None


def test_a_name_may_change_and_the_old_one_still_finds_the_person(project, anna):
    folder = project.faceset_folder(anna)
    assert project.store.journal.rename(anna, "anna") is None
    entry = project.store.journal.rename(anna, "bella")
    assert (entry.title, entry.faces) == ("Rename anna to bella", 0)
    bella = project.store.identities.get("anna")
    assert (bella.name, bella.id, project.faceset_folder(bella)) == ("bella", anna.id, folder)
    assert project.store.identities.names(bella) == {"anna", "bella"}
    project.store.journal.undo()
    assert project.store.identities.get("bella").name == "anna"


def test_who_has_a_name_now_comes_before_who_had_it_and_a_doubtful_old_name_finds_nobody(project, anna):
    project.store.journal.rename(anna, "bella")
    other = add_record(project, "anna", Basis.SELF, "another one")
    assert project.store.identities.get("anna").id == other.id
    assert project.faceset_folder(other) != project.faceset_folder(anna)
    project.store.journal.rename(other, "clara")
    with pytest.raises(IdentityError):
        project.store.identities.get("anna")


@pytest.mark.parametrize(("taken", "wanted"), [("ben", "BEN"), ("Ören", "ören")])
def test_no_two_people_have_one_name(project, anna, taken, wanted):
    add_record(project, taken, Basis.SELF, "x")
    with pytest.raises(IdentityError) as caught:
        project.store.journal.rename(anna, wanted)
    assert caught.value.code == "identity.exists"
    assert project.store.identities.get("anna").name == "anna"
    assert project.store.journal.remaining() == (0, 0)


@pytest.mark.parametrize(("old", "taken"), [("anne", "ANNE"), ("Ören", "ören")])
def test_undo_does_not_give_a_name_back_that_somebody_has_by_now(project, anna, old, taken):
    project.store.journal.rename(anna, old)
    project.store.journal.rename(project.store.identities.get(old), "bella")
    add_record(project, taken, Basis.SELF, "x")
    with pytest.raises(IdentityError):
        project.store.journal.undo()
    assert project.store.identities.by_id(anna.id).name == "bella"
    assert project.store.journal.remaining() == (2, 0)


def test_a_deleted_person_is_gone_until_undo(project, anna, faces):
    assert project.store.journal.delete(anna).faces == 10
    assert project.store.identities.all() == []
    for find in (lambda: project.store.identities.get("anna"), lambda: project.store.identities.by_id(anna.id)):
        with pytest.raises(IdentityError):
            find()
    project.store.journal.undo()
    assert project.store.identities.get("anna") == anna
    assert states(project, anna) == "K" * 10


def test_facesets_of_different_engines_are_not_merged(project, anna, faces):
    ben = add_record(project, "ben", Basis.SELF, "x")
    project.store.identities.set_engines(anna, "a+b+dlib-resnet")
    project.store.identities.set_engines(ben, "c+b+dlib-resnet")
    with pytest.raises(FacesetError) as caught:
        project.store.journal.merge(ben, anna, {})
    assert caught.value.code == "faceset.engine"
    assert [identity.name for identity in project.store.identities.all()] == ["anna", "ben"]


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
