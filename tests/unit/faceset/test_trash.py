import os
import sys

import pytest

from studio.core.errors import FacesetError, StorageError
from studio.core.files import write_json
from studio.core.records import Basis, FaceState
from studio.core.runs import RunFolder
from studio.faceset import people
from studio.faceset.folder import FacesetFolder, training_faces
from studio.faceset.trash import TrashCounts, count_rejected, trash_rejected
from studio.provenance.consent import add_record
from tests.unit.faceset.stored import store_faces

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the trash of these can't be moved")


@pytest.fixture
def bin_(tmp_path, monkeypatch):
    """A trash of the test's own; the library reads XDG_DATA_HOME only once, when it is imported."""
    from send2trash import plat_other

    folder = tmp_path / "data" / "Trash"
    monkeypatch.setattr(plat_other, "HOMETRASH", str(folder))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", os.fsencode(folder))
    monkeypatch.setattr("studio.faceset.trash.send2trash", plat_other.send2trash)
    return folder / "files"


@pytest.fixture
def faces(project, anna, bin_):
    """Ten faces of which the first three are rejected."""
    ids = store_faces(project, anna, "a.mp4", range(10))
    project.store.journal.set_state(anna, ids[:3], FaceState.REJECTED, "three")
    return ids


def pictures(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def test_the_files_of_rejected_faces_go_to_the_trash_in_one_folder_and_are_counted_exactly(project, anna, faces, bin_):
    folder = FacesetFolder(project, anna)
    paths = [path(row) for row in range(3) for path in (folder.image_path, folder.masks_path)]
    counts = count_rejected(project, anna)
    assert counts == TrashCounts(3, 3, 3, 0, sum(path.stat().st_size for path in paths))
    assert trash_rejected(project, anna) == counts
    assert not any(path.exists() for path in paths)
    (parcel,) = bin_.iterdir()
    assert parcel.name.startswith("anna, 3 rejected faces, ")
    assert pictures(parcel) == sorted(f"anna/{kind}/000000{n}.png" for kind in ("aligned", "masks") for n in range(3))
    assert len(pictures(project.faceset_folder(anna))) == 14
    assert not list((project.folder / "trash").glob("*/"))
    assert count_rejected(project, anna) == TrashCounts()


def test_what_is_in_the_trash_never_comes_back(project, anna, faces):
    trash_rejected(project, anna)
    assert [face.id for face in project.store.faces.of(anna)] == faces[3:]
    project.store.journal.undo()
    assert project.store.faces.count(anna) == 7
    medium = project.store.media.of(anna)[0]
    assert project.store.faces.positions(medium, range(10)) == {(n, 0) for n in range(10)}
    assert len(training_faces(project, anna, rejected=True)) == 7


def test_thumbnails_go_too(project, anna, faces):
    project.thumbnails(anna).put(range(5), [b"x"] * 5)
    trash_rejected(project, anna)
    assert set(project.thumbnails(anna).get(range(5))) == {3, 4}


def test_a_merged_face_goes_under_both_its_names_and_counts_once(project, anna, faces, bin_):
    ben = add_record(project, "ben", Basis.SELF, "x")
    (face,) = store_faces(project, ben, "b.mp4", [20])
    project.store.journal.set_state(ben, [face], FaceState.REJECTED, "x")
    people.merge(project, ben, anna)
    counts = trash_rejected(project, anna)
    assert (counts.faces, counts.images, counts.masks) == (4, 4, 4)
    assert pictures(project.faceset_folder(ben)) == []
    project.store.journal.undo()
    assert project.store.faces.count(ben) == 0
    project.store.journal.redo()
    assert project.store.faces.count(anna) == 7


def test_corrections_go_with_their_face(project, anna, faces, bin_):
    number = project.store.corrections.add(faces[0])
    path = FacesetFolder(project, anna).correction_path(number, "aligned.png")
    path.parent.mkdir()
    path.write_bytes(b"corrected")
    counts = trash_rejected(project, anna)
    assert counts.corrections == 1
    assert not path.exists()


def test_where_there_is_no_trash_everything_stays(project, anna, faces, bin_):
    bin_.parent.parent.mkdir()
    bin_.parent.write_text("in the way")
    before = pictures(project.faceset_folder(anna))
    with pytest.raises(StorageError) as caught:
        trash_rejected(project, anna)
    assert caught.value.code == "storage.trash"
    assert pictures(project.faceset_folder(anna)) == before
    assert project.store.faces.count(anna, FaceState.REJECTED) == 3
    assert project.store.journal.undo().faces == 3


def test_a_call_that_was_killed_is_finished_by_the_next_one(project, anna, faces, bin_):
    folder = FacesetFolder(project, anna)
    project.store.trash.put(faces[:2])
    staging = project.folder / "trash" / "anna, 2 rejected faces, before" / "anna" / "aligned"
    staging.mkdir(parents=True)
    folder.image_path(0).replace(staging / "0000000.png")
    counts = trash_rejected(project, anna)
    assert (counts.faces, counts.images, counts.masks) == (1, 2, 3)
    assert len(pictures(bin_)) == 6
    assert len(pictures(project.faceset_folder(anna))) == 14


@pytest.mark.parametrize("taken", ["faces.json", "faces-2.json"])
def test_a_training_that_reads_the_faces_is_not_robbed_of_them(project, anna, faces, taken):
    run = RunFolder.create(project.runs, "train", "x", {"a": "anna", "b": "x"})
    write_json(run.folder / "faces.json", {"a": [], "b": [10**6]})
    write_json(run.folder / taken, {"a": [faces[0]], "b": []})
    with run.held(), pytest.raises(FacesetError) as caught:
        trash_rejected(project, anna)
    assert caught.value.code == "faceset.busy"
    assert trash_rejected(project, anna).faces == 3


def test_nothing_rejected_is_nothing_to_do(project, anna, bin_):
    assert trash_rejected(project, anna) == TrashCounts()
    assert not bin_.exists()
