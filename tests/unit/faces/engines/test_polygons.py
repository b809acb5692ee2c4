import numpy as np
import pytest

from studio.core.vision import cv2
from studio.faces.engines.polygons import PolygonParser
from tests.unit.faces.heads import frontal_landmarks, painted_face


def _overlap(a, b):
    return (a & b).sum() / (a | b).sum()


def test_the_face_ends_where_skin_meets_hair_though_the_hull_does_not():
    face, landmarks, skin = painted_face()
    refined = PolygonParser().parse(face, landmarks).face
    plain = PolygonParser(refine=False).parse(face, landmarks).face
    assert _overlap(refined, skin) > 0.95
    assert _overlap(refined, skin) > _overlap(plain, skin) + 0.02


@pytest.mark.parametrize("forehead", [100, 120, 140, 155])
def test_the_face_ends_at_the_hair_line_however_high_it_is(forehead):
    face, landmarks, skin = painted_face(forehead=forehead)
    assert _overlap(PolygonParser().parse(face, landmarks).face, skin) > 0.96


def test_without_hair_the_face_ends_no_higher_than_a_high_hair_line():
    face, landmarks, _ = painted_face(hair=(200, 150, 125), forehead=155)
    refined = PolygonParser().parse(face, landmarks).face
    brows = landmarks[17:27, 1].min()
    assert brows - 135 < np.nonzero(refined.any(axis=1))[0][0] < brows - 62


def test_hair_that_falls_over_the_cheek_is_left_out():
    face, landmarks, _ = painted_face()
    x = int(landmarks[2, 0])
    rng = np.random.default_rng(0)
    lock = (slice(180, 340), slice(x - 30, x + 14))
    face[lock] = np.clip(np.array([50, 35, 25]) + rng.normal(0, 4, face[lock].shape), 0, 255).astype(np.uint8)
    assert PolygonParser(refine=False).parse(face, landmarks).face[lock].mean() > 0.2
    assert PolygonParser().parse(face, landmarks).face[lock].mean() < 0.08


def test_the_neck_is_not_face_though_it_has_the_same_colour():
    face, landmarks, _ = painted_face()
    chin = int(landmarks[8, 1])
    assert not PolygonParser().parse(face, landmarks).face[chin + 16 :].any()


def test_eyes_and_mouth_hold_their_landmarks_and_lie_inside_the_face():
    face, landmarks, _ = painted_face()
    masks = PolygonParser().parse(face, landmarks)
    for x, y in np.rint(landmarks[36:48]).astype(int):
        assert masks.eyes[y, x]
    for x, y in np.rint(landmarks[48:60]).astype(int):
        assert masks.mouth[y, x]
    assert not (masks.eyes & ~masks.face).any()
    assert not (masks.mouth & ~masks.face).any()
    assert not (masks.eyes & masks.mouth).any()
    assert cv2.connectedComponents(masks.eyes.astype(np.uint8))[0] == 3


def test_a_wide_open_mouth_counts_as_mouth_inside_too():
    face, landmarks, _ = painted_face()
    landmarks = landmarks.copy()
    landmarks[55:60, 1] += 40
    landmarks[65:68, 1] += 40
    masks = PolygonParser().parse(face, landmarks)
    assert masks.mouth[int(landmarks[66, 1]) - 10, 256]
    assert not (masks.mouth & ~masks.face).any()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_without_colours_gives_the_plain_hull(level):
    landmarks = frontal_landmarks()
    flat = np.full((512, 512, 3), level, np.uint8)
    refined = PolygonParser().parse(flat, landmarks).face
    plain = PolygonParser(refine=False).parse(flat, landmarks).face
    np.testing.assert_array_equal(refined, plain)


@pytest.mark.parametrize("shift", [-400.0, 300.0, 5000.0])
def test_landmarks_over_the_edge_give_masks_not_faults(shift):
    face, landmarks, _ = painted_face()
    masks = PolygonParser().parse(face, landmarks + np.array([shift, 0], np.float32))
    assert masks.face.shape == (512, 512)
    assert not (masks.eyes & ~masks.face).any()


def test_what_is_no_aligned_face_is_refused():
    with pytest.raises(ValueError):
        PolygonParser().parse(np.zeros((500, 512, 3), np.uint8), frontal_landmarks())
    with pytest.raises(ValueError):
        PolygonParser().parse(np.zeros((512, 512, 3), np.uint8), np.full((68, 2), np.nan))


def test_whether_the_rim_was_refined_is_in_the_name_that_is_recorded():
    assert PolygonParser().name != PolygonParser(refine=False).name
