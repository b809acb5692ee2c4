"""The sample clips show two persons whom the embedded engines find everywhere and never confuse."""

from fractions import Fraction

import av
import numpy as np
import pytest

from studio.core.resources import assets
from studio.faces.align import align_face, transform_points
from studio.faces.engines.dlib68 import DlibFinder
from studio.faces.engines.dlib_identity import DlibEncoder

NAMES = ["mira", "tomas"]
EVERY = 10


def clip(name):
    return assets() / "sample" / f"{name}.mp4"


@pytest.fixture(scope="module")
def faces():
    """Of each clip, every tenth frame and what was found in it."""
    finder, found = DlibFinder(), {}
    for name in NAMES:
        with av.open(str(clip(name))) as opened:
            frames = [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)][::EVERY]
        found[name] = list(zip(frames, finder.find(frames), strict=True))
    return found


@pytest.fixture(scope="module")
def features(faces):
    encoder, features = DlibEncoder(), {}
    for name in NAMES:
        crops, points = [], []
        for frame, detections in faces[name]:
            crop, matrix = align_face(frame, detections[0].landmarks)
            crops.append(crop)
            points.append(transform_points(matrix, detections[0].landmarks))
        features[name] = encoder.encode(crops, points)
    return features


def distances(a, b):
    return np.linalg.norm(a[:, None] - b[None], axis=-1)


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_is_five_seconds_of_video_with_sound(name):
    with av.open(str(clip(name))) as opened:
        video, audio = opened.streams.video[0], opened.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 480, 480)
        assert video.average_rate == Fraction(30)
        assert audio.codec_context.name == "aac"
        assert float(audio.duration * audio.time_base) == pytest.approx(5, abs=0.1)
    with av.open(str(clip(name))) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 150


def test_the_clips_are_small_enough_to_travel_with_the_project():
    assert sum(clip(name).stat().st_size for name in NAMES) < 4e6


@pytest.mark.parametrize("name", NAMES)
def test_one_face_is_found_in_every_frame_looked_at(faces, name):
    assert [len(detections) for _, detections in faces[name]] == [1] * (150 // EVERY)


@pytest.mark.parametrize("name", NAMES)
def test_one_person_stays_one_person(features, name):
    apart = distances(features[name], features[name])[np.triu_indices(len(features[name]), 1)]
    assert np.median(apart) < 0.45


def test_the_two_persons_are_two_persons(features):
    apart = distances(features["mira"], features["tomas"])
    assert np.median(apart) > 0.6
    assert apart.min() > 0.5
