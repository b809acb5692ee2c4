import numpy as np
import pytest

from studio.core.errors import ConsentError, FacesetError, IdentityError, UsageError
from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import Basis, FaceState
from studio.core.runs import RunFolder
from studio.core.store.journal import Change
from studio.faceset import people
from studio.faceset.folder import FacesetFolder, training_faces
from studio.jobs.trained import trained_people
from studio.provenance.consent import add_record, derived_files
from tests.unit.faceset.stored import landmarks, store_faces


@pytest.fixture
def ben(project):
    return add_record(project, "ben", Basis.SYNTHETIC, "the same person under another name")


def brightness(project, identity):
    """What each face of a faceset shows, by the frame it should show."""
    return {
        face.frame: int(read_png(FacesetFolder(project, identity).image_of(face))[0, 0, 0])
        for face in project.store.faces.of(identity)
    }


def test_a_merge_brings_faces_with_their_files_arrays_and_states(project, anna, ben):
    store_faces(project, anna, "a.mp4", [1, 2])
    ids = store_faces(project, ben, "b.mp4", [11, 12, 13])
    project.store.journal.set_state(ben, ids[1:2], FaceState.REJECTED, "x")
    project.thumbnails(ben).put([0, 1, 2], [b"11", b"12", b"13"])
    told = []
    entry = people.merge(project, ben, anna, lambda done, total: told.append((done, total)))
    assert (entry.title, entry.faces, told) == ("Merge ben into anna", 3, [(3, 3)])
    assert brightness(project, anna) == {n: n for n in (1, 2, 11, 12, 13)}
    faces = project.store.faces.of(anna)
    assert [face.state for face in faces] == [FaceState.UNMARKED] * 3 + [FaceState.REJECTED, FaceState.UNMARKED]
    folder = FacesetFolder(project, anna)
    np.testing.assert_array_equal(folder.features(faces, 128)[:, 0], [1, 2, 11, 12, 13])
    np.testing.assert_allclose(folder.landmarks(faces), np.stack([landmarks(100, n, n) for n in (1, 2, 11, 12, 13)]))
    assert project.thumbnails(anna).get([face.row for face in faces[2:]]) == {2: b"11", 3: b"12", 4: b"13"}
    assert project.store.identities.get("ben").id == anna.id
    assert [identity.name for identity in project.store.identities.all()] == ["anna"]


def test_a_merge_takes_no_space_where_files_can_have_two_names(project, anna, ben):
    store_faces(project, ben, "b.mp4", [11])
    people.merge(project, ben, anna)
    image = FacesetFolder(project, anna).image_path(0)
    assert image.samefile(FacesetFolder(project, ben).image_path(0))


def test_undo_parts_what_was_merged_also_after_a_restart_and_redo_merges_again(project, anna, ben):
    store_faces(project, anna, "a.mp4", [1, 2])
    store_faces(project, ben, "b.mp4", [11, 12])
    people.merge(project, ben, anna)
    with Project(project.folder) as again:
        again.store.journal.undo()
        assert brightness(again, anna) == {1: 1, 2: 2}
        assert brightness(again, ben) == {11: 11, 12: 12}
        assert again.store.identities.get("ben").id == ben.id
        again.store.journal.redo()
        assert brightness(again, anna) == {n: n for n in (1, 2, 11, 12)}


def test_a_face_that_both_have_stays_as_it_is_where_it_goes(project, anna, ben):
    ids = store_faces(project, anna, "clip.mp4", [1, 2])
    store_faces(project, ben, "copy.mp4", [2, 3], sha256="clip.mp4")
    project.store.journal.set_state(anna, ids[1:], FaceState.REJECTED, "x")
    assert people.merge(project, ben, anna).faces == 1
    assert [face.frame for face in project.store.faces.of(anna)] == [1, 2, 3]
    assert project.store.faces.of(anna)[1].state is FaceState.REJECTED


def test_what_a_merge_brought_is_not_extracted_again(project, anna, ben):
    store_faces(project, ben, "clip.mp4", [5, 6])
    people.merge(project, ben, anna)
    medium = project.store.media.add(anna, "clip.mp4", "/clip.mp4", "clip.mp4", "clip.mp4")
    assert project.store.faces.positions(medium, [5, 6, 7]) == {(5, 0), (6, 0)}
    assert [scan.complete for scan in project.store.media.scans(medium)] == [True]
    assert project.store.media.has_faces(medium)
    project.store.journal.undo()
    assert project.store.faces.positions(medium, [5, 6, 7]) == set()
    assert project.store.media.scans(medium) == []


def test_redo_does_not_double_what_was_extracted_meanwhile(project, anna, ben):
    store_faces(project, anna, "a.mp4", [1])
    store_faces(project, ben, "clip.mp4", [5, 6])
    people.merge(project, ben, anna)
    project.store.journal.undo()
    store_faces(project, anna, "clip.mp4", [6, 7])
    project.store.journal.redo()
    assert sorted(face.frame for face in project.store.faces.of(anna)) == [1, 5, 6, 7]
    assert brightness(project, anna) == {n: n for n in (1, 5, 6, 7)}


def test_rows_are_never_given_out_twice(project, anna, ben):
    store_faces(project, ben, "b.mp4", [11, 12])
    people.merge(project, ben, anna)
    project.store.journal.undo()
    store_faces(project, anna, "a.mp4", [1])
    project.store.journal.redo()
    assert brightness(project, anna) == {1: 1, 11: 11, 12: 12}


def test_corrections_come_with_the_faces(project, anna, ben):
    (face,) = store_faces(project, ben, "b.mp4", [11])
    number = project.store.corrections.add(face)
    path = FacesetFolder(project, ben).correction_path(number, "aligned.png")
    path.parent.mkdir()
    path.write_bytes(b"corrected")
    project.store.journal.edit(ben, "x", [Change("correction", [face], number)])
    people.merge(project, ben, anna)
    assert training_faces(project, anna)[0].image.read_bytes() == b"corrected"
    assert training_faces(project, anna)[0].image.is_relative_to(project.faceset_folder(anna))


def test_a_person_without_a_valid_record_can_not_pass_under_another_ones(project, anna, ben):
    store_faces(project, ben, "b.mp4", [11])
    project.store.identities.revoke(ben)
    with pytest.raises(ConsentError):
        people.merge(project, project.store.identities.get("ben"), anna)
    assert project.store.faces.count(anna) == 0


def test_nobody_is_merged_into_himself(project, anna):
    with pytest.raises(UsageError):
        people.merge(project, anna, anna)


@pytest.mark.parametrize("edit", ["delete", "merge from", "merge into"])
def test_a_faceset_that_is_being_extracted_is_left_alone(project, anna, ben, edit):
    with FacesetFolder(project, ben).held(), pytest.raises(FacesetError) as caught:
        if edit == "delete":
            people.delete(project, ben)
        else:
            people.merge(project, *((ben, anna) if edit == "merge from" else (anna, ben)))
    assert caught.value.code == "faceset.busy"
    assert len(project.store.identities.all()) == 2


def test_a_name_that_names_no_folder_is_refused(project, anna):
    with pytest.raises(IdentityError):
        people.rename(project, anna, "../anna")


def test_a_run_finds_whom_it_trained_under_any_name(project, anna, ben):
    config = {"a": "anna", "b": "ben", "people": [anna.id, ben.id]}
    earlier = {"a": "anna", "b": "ben"}
    people.rename(project, anna, "bella")
    assert [identity.name for identity in trained_people(project, earlier)] == ["bella", "ben"]
    somebody = add_record(project, "anna", Basis.SELF, "somebody else")
    assert [identity.name for identity in trained_people(project, config)] == ["bella", "ben"]
    people.merge(project, ben, somebody)
    assert [identity.name for identity in trained_people(project, config)] == ["bella", "anna"]
    people.delete(project, project.store.identities.get("bella"))
    with pytest.raises(IdentityError):
        trained_people(project, config)


def test_revoking_names_the_files_of_everyone_who_was_merged_and_of_runs_under_old_names(project, anna, ben):
    store_faces(project, ben, "b.mp4", [11])
    run = RunFolder.create(project.runs, "train", "x", {"a": "ben", "b": "x"})
    people.rename(project, ben, "benjamin")
    people.merge(project, project.store.identities.get("ben"), anna)
    derived = {path.as_posix() for path in derived_files(project, project.store.identities.get("anna"))}
    assert {"facesets/ben/aligned/0000000.png", "facesets/anna/aligned/0000000.png"} <= derived
    assert f"runs/{run.name}/run.json" in derived
