import numpy as np
import pytest

from studio.core.errors import FacesetError
from studio.faceset.projection import load_map, plain_map, save_map


def test_people_lie_apart_on_the_plain_map():
    rng = np.random.default_rng(0)
    who = np.repeat([0, 1, 2], 100)
    places = plain_map(rng.normal(0, 0.1, (3, 128))[who] + rng.normal(0, 0.01, (300, 128)))
    assert places.shape == (300, 2)
    assert places.dtype == np.float32
    middles = np.array([places[who == person].mean(axis=0) for person in range(3)])
    within = max(np.linalg.norm(places[who == person] - middles[person], axis=1).max() for person in range(3))
    between = min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2)))
    assert within < between / 2


@pytest.mark.parametrize("dimensions", [128, 700])
def test_the_plain_map_is_the_same_every_time_and_fills_the_square(dimensions):
    features = np.random.default_rng(0).normal(0, np.linspace(3, 1, dimensions), (500, dimensions))
    places = plain_map(features)
    assert np.array_equal(places, plain_map(features.copy()))
    assert 0.9 < np.abs(places).max() < 2
    assert np.ptp(places[:, 0]) > np.ptp(places[:, 1])


@pytest.mark.parametrize("features", [np.zeros((0, 128)), np.zeros((1, 128)), np.ones((5, 128)), np.zeros((4, 1))])
def test_faces_that_nothing_tells_apart_lie_in_the_middle(features):
    assert plain_map(features).tolist() == [[0, 0]] * len(features)


def test_a_saved_map_is_found_again_with_the_faces_it_is_of(project, anna):
    assert load_map(project, anna) is None
    save_map(project, anna, np.array([9, 2, 5]), np.array([[0.9, 0], [0.2, 0], [0.5, -1]]))
    ids, places = load_map(project, anna)
    assert ids.tolist() == [2, 5, 9]
    np.testing.assert_allclose(places, [[0.2, 0], [0.5, -1], [0.9, 0]], rtol=1e-6)


@pytest.mark.parametrize("content", [b"", b"no numbers", np.lib.format.magic(1, 0)])
def test_a_damaged_map_is_told_of(project, anna, content):
    path = save_map(project, anna, np.array([1]), np.zeros((1, 2)))
    path.write_bytes(content)
    with pytest.raises(FacesetError, match="damaged"):
        load_map(project, anna)


def test_an_array_of_something_else_is_no_map(project, anna):
    path = save_map(project, anna, np.array([1]), np.zeros((1, 2)))
    np.save(path, np.zeros((3, 3)))
    with pytest.raises(FacesetError, match="damaged"):
        load_map(project, anna)
