"""The embedded detector learns to tell pristine faces from pseudo-fakes, and says what it is."""

import numpy as np
import pytest

from studio.core.errors import DetectorError, FacesetError, Stopped
from studio.core.records import TrainingFace
from studio.core.reporter import Silent
from studio.core.vision import cv2
from studio.detection.folders import load_detector
from studio.detection.frequency import FrequencyScorer, feature_count, features, train_frequency
from studio.detection.selfblend import self_blend


def read(path):
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def test_the_card_says_on_what_it_was_trained_and_that_nobody_validated_it(trained):
    _, card = trained
    assert card.trained_on == "trained on your 24 pristine faces; not validated on real deepfakes"
    assert card.validated is False
    assert card.faces == 24
    assert card.held_out_auc > 0.6


def test_pseudo_fakes_score_higher_than_the_faces_they_are_made_of(trained, stored_faces):
    folder, _ = trained
    scorer = FrequencyScorer(load_detector(folder).parameters)
    rng = np.random.default_rng(77)
    pristine, fakes = [], []
    for face in stored_faces:
        image = read(face.image)
        mask = cv2.imread(str(face.masks), cv2.IMREAD_GRAYSCALE) & 1
        pristine.append(scorer.score(image))
        fakes.append(scorer.score(self_blend(image, mask, rng)))
    scores = np.array([*pristine, *fakes])
    assert ((scores >= 0) & (scores <= 1)).all()
    assert np.mean(np.array(fakes)[:, None] > np.array(pristine)[None]) > 0.7


def test_the_same_seed_trains_the_same_detector(trained, stored_faces, tmp_path):
    _, card = trained
    assert train_frequency(stored_faces, tmp_path / "again", seed=1).sha256 == card.sha256


def test_features_are_finite_on_any_face():
    for face in (np.zeros((512, 512, 3), np.uint8), np.full((512, 512, 3), 255, np.uint8)):
        assert np.isfinite(features(face)).all()
        assert features(face).shape == (feature_count(),)
    with pytest.raises(ValueError, match="512"):
        features(np.zeros((256, 256, 3), np.uint8))


def test_blur_takes_the_high_end_of_the_spectrum_down(stored_faces):
    face = read(stored_faces[0].image)
    sharp, blurred = features(face), features(cv2.GaussianBlur(face, (0, 0), 2))
    assert (blurred[15:40] < sharp[15:40] - 1).all()
    assert np.abs(blurred[:2] - sharp[:2]).max() < 0.5


def test_too_few_faces_and_a_lost_face_are_refused_with_a_hint(stored_faces, tmp_path):
    with pytest.raises(FacesetError, match="at least 20") as caught:
        train_frequency(stored_faces[:19], tmp_path / "few")
    assert caught.value.hint
    lost = [TrainingFace(99, tmp_path / "gone.png", tmp_path / "gone-masks.png"), *stored_faces]
    with pytest.raises(FacesetError, match=r"gone\.png"):
        train_frequency(lost, tmp_path / "lost")
    assert not (tmp_path / "lost").exists()


def test_training_stops_when_asked(stored_faces, tmp_path):
    class Stopping(Silent):
        def check(self):
            raise Stopped

    with pytest.raises(Stopped):
        train_frequency(stored_faces, tmp_path / "stopped", reporter=Stopping())
    assert not (tmp_path / "stopped").exists()


def test_parameters_of_something_else_are_refused():
    with pytest.raises(DetectorError, match="frequency"):
        FrequencyScorer({"weights": np.zeros(3)})
