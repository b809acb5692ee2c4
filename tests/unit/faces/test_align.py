import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.faces.align import align_face, alignment_matrix, invert, seen_in_frame, transform_box, transform_points
from tests.unit.faces.heads import frontal_landmarks, posed_landmarks


def _similarity(scale, degrees, x, y):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, x], [s, c, y]])


def _spot(width, height, at, sigma=3.0):
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    level = 255 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * sigma**2))
    return np.repeat(np.rint(level).astype(np.uint8)[:, :, None], 3, axis=2)


def _centroid(image):
    level = image[:, :, 0].astype(np.float64)
    y, x = np.indices(level.shape)
    return np.array([(level * x).sum(), (level * y).sum()]) / level.sum()


@given(st.floats(0.1, 20), st.floats(-180, 180), st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_a_face_is_framed_alike_wherever_however_large_and_however_tilted_it_is(scale, degrees, x, y):
    landmarks = posed_landmarks(yaw=15, pitch=-5)
    moved = transform_points(_similarity(scale, degrees, x, y), landmarks)
    framed = transform_points(alignment_matrix(moved), moved)
    np.testing.assert_allclose(framed, transform_points(alignment_matrix(landmarks), landmarks), atol=0.2)


def test_a_frontal_face_spans_192_px_with_its_eyes_near_the_middle():
    landmarks = frontal_landmarks()
    framed = transform_points(alignment_matrix(landmarks), landmarks)
    assert np.ptp(framed[17:27, 0]) == pytest.approx(192 * 0.98, abs=1)
    assert framed[36:48].mean(axis=0) == pytest.approx([256, 256], abs=24)


def test_the_head_stays_in_the_middle_when_it_turns():
    for yaw in (-40, 0, 40):
        landmarks = posed_landmarks(yaw=yaw)
        framed = transform_points(alignment_matrix(landmarks), landmarks)
        # The nose wanders to the side it points to; the head does not.
        assert np.sign(framed[30, 0] - 256) == np.sign(yaw) or yaw == 0
        assert (framed > 40).all()
        assert (framed < 472).all()


def test_other_sizes_show_the_same_smaller():
    landmarks = posed_landmarks(roll=12)
    np.testing.assert_allclose(alignment_matrix(landmarks, 128), alignment_matrix(landmarks) / 4, rtol=1e-12)
    crop, _ = align_face(np.zeros((480, 640, 3), np.uint8), landmarks, 128)
    assert crop.shape == (128, 128, 3)


@pytest.mark.parametrize("scale", [0.15, 0.5, 1.0, 2.5])
def test_what_lies_at_a_point_of_the_image_lies_where_the_matrix_takes_it(scale):
    landmarks = transform_points(_similarity(1 / scale, 20, 0, 0), posed_landmarks())
    landmarks += np.array([900, 700]) - landmarks[30]
    at = landmarks[30] + 20 / scale
    crop, matrix = align_face(_spot(1800, 1400, at, 4 / scale), landmarks)
    np.testing.assert_allclose(_centroid(crop), transform_points(matrix, at), atol=0.1)


def test_detail_too_fine_for_the_aligned_face_turns_grey_instead_of_into_patterns():
    landmarks = posed_landmarks(scale=60, centre=(1000, 900), roll=3)
    board = (np.indices((1800, 2000)).sum(axis=0) % 2 * 255).astype(np.uint8)
    crop, matrix = align_face(np.repeat(board[:, :, None], 3, axis=2), landmarks)
    assert np.hypot(*matrix[0, :2]) < 0.4
    assert crop[156:356, 156:356].std() < 4


def test_a_face_over_the_edge_is_black_where_there_is_no_picture():
    white = np.full((200, 200, 3), 255, np.uint8)
    crop, matrix = align_face(white, posed_landmarks(centre=(0, 100), scale=8))
    inside = transform_points(invert(matrix), [(x, y) for y in range(512) for x in range(512)]).reshape(512, 512, 2)
    seen = ((inside > 0) & (inside < 199)).all(axis=2)
    assert (crop[seen].min(), crop[((inside < -2) | (inside > 201)).any(axis=2)].max()) == (255, 0)


def test_a_face_wholly_outside_gives_black():
    crop, _ = align_face(np.full((50, 50, 3), 255, np.uint8), posed_landmarks(centre=(5000, 5000)))
    assert not crop.any()


def test_the_inverse_leads_back():
    matrix = alignment_matrix(posed_landmarks(yaw=10, roll=40))
    points = np.random.default_rng(0).uniform(0, 512, (50, 2))
    np.testing.assert_allclose(transform_points(invert(matrix), transform_points(matrix, points)), points, atol=1e-3)


def test_a_box_is_moved_and_scaled_with_the_face():
    box = transform_box(_similarity(2, 90, 100, 50), np.array([10, 20, 30, 60], np.float32))
    np.testing.assert_allclose(box, [100 - 80 - 20, 50 + 40 - 40, 100 - 80 + 20, 50 + 40 + 40], atol=1e-4)


@pytest.mark.parametrize(
    ("image", "landmarks"),
    [
        (np.zeros((10, 10), np.uint8), posed_landmarks()),
        (np.zeros((10, 10, 3), np.float32), posed_landmarks()),
        (np.zeros((0, 10, 3), np.uint8), posed_landmarks()),
        (np.zeros((10, 10, 3), np.uint8), posed_landmarks()[:51]),
        (np.zeros((10, 10, 3), np.uint8), np.full((68, 2), 7.0)),
        (np.zeros((10, 10, 3), np.uint8), np.full((68, 2), np.nan)),
    ],
)
def test_what_is_no_image_or_no_face_is_refused(image, landmarks):
    with pytest.raises(ValueError):
        align_face(image, landmarks)


def test_a_size_of_nothing_and_a_matrix_without_inverse_are_refused():
    with pytest.raises(ValueError):
        alignment_matrix(posed_landmarks(), 0)
    with pytest.raises(ValueError):
        invert(np.zeros((2, 3)))


def test_what_lies_outside_the_frame_is_told_apart_from_the_aligned_face():
    matrix = np.array([[1.0, 0, -100], [0, 1.0, 50]])
    seen = seen_in_frame(matrix, 300, 200)
    assert not seen[:50].any()
    assert not seen[250:].any()
    assert seen[50:250, :200].all()
    assert not seen[:, 200:].any()
