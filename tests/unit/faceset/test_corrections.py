import cv2
import numpy as np
import pytest

from studio.core.errors import FacesetError
from studio.core.pictures import read_png, write_png
from studio.core.records import FaceMasks
from studio.core.store.faces import NewFace
from studio.core.store.media import Scan
from studio.faces.align import align_face
from studio.faceset.corrections import Correction, correct, in_use, load, save, withdraw
from studio.faceset.folder import ExtractedFace, FacesetFolder, training_faces
from studio.faceset.sources import source_frame
from tests.unit.faceset.stored import ENGINES, landmarks, masks

POINTS = landmarks(150, 130, 120)
MOVED = landmarks(180, 140, 110)


@pytest.fixture
def picture(tmp_path):
    """A photo with detail everywhere, as a file."""
    noise = np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    image = cv2.resize(noise, (480, 400), interpolation=cv2.INTER_CUBIC)
    write_png(tmp_path / "photo.png", image)
    return tmp_path / "photo.png"


@pytest.fixture
def face(project, anna, picture):
    """One face of it, as extraction stores it; its id."""
    aligned, _ = align_face(read_png(picture), POINTS)
    medium = project.store.media.add(anna, str(picture), str(picture), str(picture), "00")
    record = NewFace(0, 0.0, 0, (0, 0, 99, 99), 1, 99, 10, (0, 0, 0), ENGINES, (0, 0, 0, 0))
    made = ExtractedFace(record, aligned, masks(200), POINTS, np.zeros(128, np.float32))
    FacesetFolder(project, anna).add(medium, [made.encoded()], Scan(1, 0, 1, True))
    return project.store.faces.of(anna)[0].id


def difference(one, two):
    inner = slice(100, 412)
    return float(cv2.absdiff(one[inner, inner], two[inner, inner]).mean())


def test_moved_landmarks_cut_the_face_anew_from_its_source_and_training_reads_that(project, anna, face, picture):
    entry = correct(project, anna, face, Correction(MOVED))
    assert (entry.title, entry.faces) == ("Correct a face of anna", 1)
    (trained,) = training_faces(project, anna)
    np.testing.assert_array_equal(read_png(trained.image), align_face(read_png(picture), MOVED)[0])
    stored = project.store.faces.face(face)
    np.testing.assert_array_equal(in_use(project, anna, stored).landmarks, MOVED)
    np.testing.assert_array_equal(FacesetFolder(project, anna).landmarks([stored])[0], MOVED)


def test_what_the_engines_said_stays_and_undo_uses_it_again(project, anna, face):
    engine = training_faces(project, anna)[0]
    before = read_png(engine.image)
    correct(project, anna, face, Correction(MOVED, masks(100)))
    np.testing.assert_array_equal(project.landmarks(anna).read(1)[0], POINTS)
    np.testing.assert_array_equal(read_png(engine.image), before)
    project.store.journal.undo()
    assert training_faces(project, anna) == [engine]
    np.testing.assert_array_equal(in_use(project, anna, project.store.faces.face(face)).landmarks, POINTS)
    project.store.journal.redo()
    assert training_faces(project, anna) != [engine]
    assert withdraw(project, anna, face).faces == 1
    assert training_faces(project, anna) == [engine]
    assert withdraw(project, anna, face) is None


def test_masks_move_with_the_cut(project, anna, face):
    correct(project, anna, face, Correction(MOVED))
    moved = in_use(project, anna, project.store.faces.face(face)).masks
    # The face is taken to be 1.2 times as large now, so its mask is that much smaller on the aligned face.
    assert moved.face.sum() == pytest.approx(masks(200).face.sum() / 1.2**2, rel=0.03)
    assert moved.mouth.sum() < moved.eyes.sum() < moved.face.sum()


def test_painted_masks_leave_the_picture_as_it_is(project, anna, face):
    painted = masks(120)
    number = save(project, anna, face, Correction(POINTS, painted))
    folder = FacesetFolder(project, anna)
    assert folder.correction_path(number, "aligned.png").read_bytes() == folder.image_path(0).read_bytes()
    np.testing.assert_array_equal(load(project, anna, number).masks.packed(), painted.packed())
    assert project.store.faces.face(face).correction is None


def test_a_second_correction_builds_on_the_first(project, anna, face, picture):
    correct(project, anna, face, Correction(MOVED))
    correct(project, anna, face, Correction(MOVED, masks(80)))
    (trained,) = training_faces(project, anna)
    np.testing.assert_array_equal(read_png(trained.image), align_face(read_png(picture), MOVED)[0])
    assert FaceMasks.unpacked(read_png(trained.masks)).face.sum() == 80 * 80
    project.store.journal.undo()
    assert FaceMasks.unpacked(read_png(training_faces(project, anna)[0].masks)).face.sum() > 80 * 80


@pytest.mark.parametrize("gone", ["deleted", "replaced"])
def test_without_its_source_the_stored_face_is_warped(project, anna, face, picture, gone):
    expected = align_face(read_png(picture), MOVED)[0]
    if gone == "deleted":
        picture.unlink()
    else:
        write_png(picture, np.full((400, 480, 3), 200, np.uint8))
    correct(project, anna, face, Correction(MOVED))
    cut = read_png(training_faces(project, anna)[0].image)
    assert difference(cut, expected) < 6
    assert difference(cut, read_png(FacesetFolder(project, anna).image_path(0))) > 12


def test_a_face_whose_file_is_missing_is_told(project, anna, face):
    FacesetFolder(project, anna).image_path(0).unlink()
    with pytest.raises(FacesetError):
        correct(project, anna, face, Correction(MOVED))
    assert project.store.journal.remaining() == (0, 0)


def test_the_source_of_a_face_is_the_picture_it_was_found_in(project, anna, face, picture):
    np.testing.assert_array_equal(source_frame(project, project.store.faces.face(face)), read_png(picture))
