"""The renderer's truth agrees with its pictures, so that engines can be measured against it."""

from dataclasses import replace

import numpy as np
import pytest

from studio.core.vision import cv2
from tests.rendering.landmarks import VERTICES
from tests.rendering.lights import Light
from tests.rendering.mesh import SKIN, load_head
from tests.rendering.person import MIRA, TOMAS
from tests.rendering.scene import Pose, Studio

LIPS, EYES, NOSE_TIP = slice(48, 60), slice(36, 48), 30
SHUT = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}


@pytest.fixture(scope="module")
def studio():
    """A small picture of one person, quick to draw."""
    return Studio(MIRA, size=240, supersampling=2)


@pytest.fixture(scope="module")
def frontal(studio):
    return studio.render(Pose(), {}, Light())


def grown(mask, pixels):
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0


def at(mask, points):
    columns, rows = np.round(points).astype(int).T
    return mask[rows, columns]


def test_inner_landmarks_lie_on_the_face(frontal):
    assert at(grown(frontal.face, 1), frontal.landmarks[17:]).all()


def test_lips_landmarks_lie_on_the_mouth_and_eye_landmarks_on_the_eyes(frontal):
    assert at(grown(frontal.mouth, 3), frontal.landmarks[LIPS]).all()
    assert at(grown(frontal.eyes, 3), frontal.landmarks[EYES]).all()


def test_eyes_and_mouth_belong_to_the_face_and_not_to_each_other(frontal):
    assert frontal.eyes.any()
    assert frontal.mouth.any()
    assert not (frontal.eyes & ~frontal.face).any()
    assert not (frontal.mouth & ~frontal.face).any()
    assert not (frontal.eyes & frontal.mouth).any()


@pytest.mark.parametrize(
    ("pose", "axis", "sign"),
    [(Pose(yaw=20), 0, 1), (Pose(yaw=-20), 0, -1), (Pose(pitch=12), 1, -1), (Pose(pitch=-12), 1, 1)],
)
def test_a_turned_head_points_its_nose_where_the_pose_says(studio, frontal, pose, axis, sign):
    turned = studio.render(pose, {}, Light()).landmarks

    def nose(points):
        return points[NOSE_TIP, axis] - points[EYES, axis].mean()

    assert sign * (nose(turned) - nose(frontal.landmarks)) > 3


def test_a_positive_roll_tilts_the_head_clockwise(studio):
    points = studio.render(Pose(roll=15), {}, Light()).landmarks
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    tilt = np.degrees(np.arctan2(*(right - left)[::-1]))
    assert tilt == pytest.approx(15, abs=1)


def test_shut_eyes_leave_no_eyes_in_the_mask(studio, frontal):
    assert studio.render(Pose(), SHUT, Light()).eyes.sum() < 0.1 * frontal.eyes.sum()


@pytest.mark.parametrize("person", [MIRA, TOMAS])
def test_a_dropped_jaw_opens_the_mouth_as_far_as_the_lips_landmarks(person):
    studio = Studio(person, size=240, supersampling=1)
    shut, wide = (studio.render(Pose(), {"jawOpen": jaw}, Light()) for jaw in (0.0, 0.9))
    assert wide.mouth.sum() > 1.5 * shut.mouth.sum()
    heights = [mask.any(axis=1).sum() for mask in (shut.mouth, wide.mouth)]
    gaps = [np.ptp(rendering.landmarks[LIPS, 1]) for rendering in (shut, wide)]
    assert np.diff(heights) == pytest.approx(np.diff(gaps), abs=3)


def test_the_light_comes_from_where_it_stands(studio, frontal):
    right = studio.render(Pose(), {}, Light(azimuth=60))
    skin = frontal.face & ~frontal.eyes & ~frontal.mouth
    middle = frontal.landmarks[NOSE_TIP, 0]
    on_right = skin & (np.arange(240)[None, :] > middle + 10)
    assert right.frame[on_right].mean() > 1.1 * frontal.frame[on_right].mean()


def test_the_same_moment_is_drawn_the_same_twice(studio, frontal):
    again = Studio(replace(MIRA), size=240, supersampling=2).render(Pose(), {}, Light())
    assert np.array_equal(again.frame, frontal.frame)
    assert np.array_equal(again.landmarks, frontal.landmarks)
    assert np.array_equal(again.face, frontal.face)


def test_subdividing_keeps_a_flat_field_flat():
    head = load_head()
    assert np.allclose(head.fine(np.ones(len(head.vertices))), 1)


def test_landmarks_are_distinct_vertices_of_the_skin():
    head = load_head()
    assert len(set(VERTICES)) == 68
    assert set(VERTICES) <= set(head.quads[head.parts == SKIN].ravel().tolist())
