"""Extraction with the embedded engines on the sample persons, whatever the picture or video is like."""

from typing import ClassVar

import av
import numpy as np
import pytest

from studio.core.errors import FacesetError, MediaError
from studio.core.reporter import Silent
from studio.core.resources import assets
from studio.core.vision import cv2
from studio.faces.engines.choose import choose
from studio.faces.protocols import Engines
from studio.faceset import extract as extraction
from studio.faceset.crew import Alone
from studio.faceset.extract import ExtractSettings
from studio.faceset.folder import FacesetFolder, training_faces
from studio.video.media import expand
from studio.video.read import read_frame_at

SAMPLE = assets() / "sample"


@pytest.fixture(scope="module")
def engines():
    return choose("dlib", lambda name: None)


def extract(project, identity, media, engines, settings, reporter=None):
    lookers = Alone(engines, settings.min_size)
    return extraction.extract(project, identity, media, lookers, engines.names, settings, reporter)


def picture(name, seconds=0.0):
    return read_frame_at(SAMPLE / f"{name}.mp4", seconds).image


def save(path, image):
    assert cv2.imwrite(str(path), np.ascontiguousarray(image[:, :, ::-1]))
    return path


def cut_off(source, path):
    """The first six tenths of a video whose index stands at its beginning."""
    with av.open(str(source)) as reading, av.open(str(path), "w", options={"movflags": "faststart"}) as writing:
        stream = writing.add_stream_from_template(reading.streams.video[0])
        for packet in reading.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                writing.mux(packet)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    return path


def test_every_face_of_a_picture_is_found_with_its_features(project, anna, engines, tmp_path):
    both = save(tmp_path / "both.png", np.hstack([picture("mira"), picture("tomas")]))
    summary = extract(project, anna, expand([both]), engines, ExtractSettings())
    assert (summary.frames_read, summary.faces_found, summary.faces_written) == (1, 2, 2)
    faces = project.store.faces.of(anna)
    assert [face.index for face in faces] == [0, 1]
    features = FacesetFolder(project, anna).features(faces, 128)
    assert np.linalg.norm(features[0] - features[1]) > 0.5


def test_what_is_stored_is_what_training_reads(project, anna, engines, tmp_path):
    extract(project, anna, expand([save(tmp_path / "a.png", picture("mira"))]), engines, ExtractSettings())
    (face,) = training_faces(project, anna)
    image = cv2.imread(str(face.image))
    masks = cv2.imread(str(face.masks), cv2.IMREAD_UNCHANGED)
    assert (image.shape, image.dtype, masks.shape, masks.dtype) == ((512, 512, 3), np.uint8, (512, 512), np.uint8)
    parts = [(masks & bit) > 0 for bit in (1, 2, 4)]
    assert all(part.any() for part in parts)
    assert not (parts[1] & ~parts[0]).any()
    assert not (parts[2] & ~parts[0]).any()
    # The head sits in the middle: the face's mask is centred to within a tenth of the picture.
    assert np.abs(np.argwhere(parts[0]).mean(axis=0) - 256).max() < 52
    (row,) = project.store.faces.of(anna)
    assert row.engines == engines.names
    assert any(row.phash)


def test_an_odd_size_and_a_small_picture_are_no_obstacle(project, anna, engines, tmp_path):
    image = picture("tomas")[3:, :-5]
    assert image.shape[0] % 2 == 1
    small = cv2.resize(picture("mira"), (161, 161), interpolation=cv2.INTER_AREA)
    media = expand([save(tmp_path / "odd.png", image), save(tmp_path / "small.png", small)])
    assert extract(project, anna, media, engines, ExtractSettings(min_size=0)).faces_written == 2


def test_faces_below_the_size_limit_are_passed_over_and_found_when_it_is_lowered(project, anna, engines, tmp_path):
    media = expand([save(tmp_path / "a.png", picture("mira"))])
    with pytest.raises(MediaError):
        extract(project, anna, media, engines, ExtractSettings(min_size=400))
    summary = extract(project, anna, media, engines, ExtractSettings(min_size=100))
    assert summary.faces_written == 1
    assert project.store.faces.of(anna)[0].size >= 100


def test_the_same_content_under_another_name_is_nothing_new(project, anna, engines, tmp_path):
    first = save(tmp_path / "a.png", picture("mira"))
    extract(project, anna, expand([first]), engines, ExtractSettings())
    copy = tmp_path / "copy.png"
    copy.write_bytes(first.read_bytes())
    summary = extract(project, anna, expand([copy]), engines, ExtractSettings())
    assert (summary.frames_read, summary.faces_written) == (0, 0)


def test_a_folder_is_walked_and_what_has_no_face_does_not_spoil_the_rest(project, anna, engines, tmp_path):
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    save(folder / "wall.png", np.full((300, 300, 3), 90, np.uint8))
    save(folder / "deep" / "face.png", picture("tomas"))
    (folder / "notes.txt").write_text("no picture")
    summary = extract(project, anna, expand([folder]), engines, ExtractSettings())
    assert (summary.frames_read, summary.faces_written) == (2, 1)
    assert project.store.faces.of(anna)[0].source == str(folder / "deep" / "face.png")


def test_one_damaged_photo_does_not_spoil_a_folder(project, anna, engines, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"no picture at all")
    save(folder / "b.png", picture("mira"))
    summary = extract(project, anna, expand([folder]), engines, ExtractSettings())
    assert (summary.media_skipped, summary.faces_written) == (1, 1)


def test_a_faceset_never_mixes_engines(project, anna, engines, tmp_path):
    class OtherFinder(type(engines.finder)):
        name = "other"

    extract(project, anna, expand([save(tmp_path / "a.png", picture("mira"))]), engines, ExtractSettings())
    others = Engines(OtherFinder(), engines.parser, engines.encoder)
    with pytest.raises(FacesetError) as caught:
        extract(project, anna, expand([save(tmp_path / "b.png", picture("mira", 1))]), others, ExtractSettings())
    assert caught.value.code == "faceset.engine"


def test_a_cut_off_video_gives_the_faces_that_can_be_read_and_says_so(project, anna, engines, tmp_path):
    class Notes(Silent):
        texts: ClassVar[list[str]] = []

        def note(self, text):
            self.texts.append(text)

    reporter = Notes()
    video = cut_off(SAMPLE / "mira.mp4", tmp_path / "cut.mp4")
    summary = extract(project, anna, expand([video]), engines, ExtractSettings(every=20), reporter)
    assert 0 < summary.faces_written < 8
    assert any("damaged" in text for text in reporter.texts)
