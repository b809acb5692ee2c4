import numpy as np
import pytest

from studio.faces.engines.dlib68 import DlibFinder
from studio.faces.engines.dlib_identity import DlibEncoder
from tests.unit.faces.heads import frontal_landmarks


@pytest.fixture(scope="module")
def finder():
    return DlibFinder()


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (80, 80), (97, 31), (1500, 40)])
def test_images_of_odd_sizes_without_a_face_give_an_empty_list(finder, shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert finder.find([noise]) == [[]]


def test_each_image_has_its_own_answer(finder):
    assert finder.find([]) == []
    assert finder.find([np.zeros((90, 90, 3), np.uint8)] * 3) == [[], [], []]


@pytest.mark.parametrize("box", [[50, 50, 50, 90], [200, 0, 300, 100], [0, 0, np.nan, 9], [0, 0, 9]])
def test_a_box_without_any_picture_in_it_is_refused(finder, box):
    with pytest.raises(ValueError):
        finder.landmarks_in(np.zeros((100, 100, 3), np.uint8), np.array(box, np.float32))


def test_what_is_no_image_is_refused(finder):
    for image in (np.zeros((100, 100), np.uint8), np.zeros((100, 100, 3)), np.zeros((100, 100, 4), np.uint8)):
        with pytest.raises(ValueError):
            finder.find([image])


def test_features_are_128_numbers_a_face_and_the_same_each_time():
    encoder = DlibEncoder()
    faces = list(np.random.default_rng(0).integers(0, 256, (2, 512, 512, 3), dtype=np.uint8))
    features = encoder.encode(faces, [frontal_landmarks()] * 2)
    assert features.shape == (2, 128)
    assert features.dtype == np.float32
    assert np.array_equal(features, DlibEncoder().encode(faces, [frontal_landmarks()] * 2))
    assert encoder.encode([], []).shape == (0, 128)
    with pytest.raises(ValueError):
        encoder.encode(faces, [frontal_landmarks()])
