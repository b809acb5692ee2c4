import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.faces.pose import head_pose, similarity
from tests.unit.faces.heads import frontal_landmarks, mirrored, posed_landmarks

_TURNS = [(0, 0, 0), (25, 0, 0), (-25, 0, 0), (0, 25, 0), (0, -25, 0), (0, 0, 35), (0, 0, -120), (20, -15, 30)]


@pytest.mark.parametrize("truth", _TURNS)
def test_the_pose_of_a_known_head_is_read_within_six_degrees(truth):
    np.testing.assert_allclose(head_pose(posed_landmarks(*truth)), truth, atol=6)


def test_positive_is_nose_to_the_right_face_up_and_head_tilted_clockwise():
    assert head_pose(posed_landmarks(yaw=30))[0] > 20
    assert head_pose(posed_landmarks(pitch=25))[1] > 15
    assert head_pose(posed_landmarks(roll=30))[2] > 20


@given(st.floats(-50, 50), st.floats(-30, 30), st.floats(-170, 170))
def test_a_mirrored_picture_negates_yaw_and_roll_and_keeps_pitch(yaw, pitch, roll):
    landmarks = posed_landmarks(yaw, pitch, roll)
    one, other = head_pose(landmarks), head_pose(mirrored(landmarks, 640))
    np.testing.assert_allclose(other, (-one[0], one[1], -one[2]), atol=0.05)


@given(st.floats(-180, 180), st.floats(0.05, 30), st.floats(-2000, 2000))
def test_turning_the_picture_changes_roll_alone(degrees, scale, shift):
    landmarks = posed_landmarks(yaw=20, pitch=10)
    a = np.radians(degrees)
    turned = landmarks @ (scale * np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])) + shift
    one, other = head_pose(landmarks), head_pose(turned)
    np.testing.assert_allclose(other[:2], one[:2], atol=0.05)
    assert (other[2] - one[2] - degrees + 180) % 360 - 180 == pytest.approx(0, abs=0.05)


def test_wide_turns_are_still_told_apart():
    yaws = [head_pose(posed_landmarks(yaw=yaw))[0] for yaw in range(-75, 76, 15)]
    assert (np.diff(yaws) > 8).all()


@pytest.mark.parametrize("landmarks", [np.zeros((68, 2)), np.zeros((5, 2)), np.full((68, 2), np.inf)])
def test_landmarks_of_no_face_are_refused(landmarks):
    with pytest.raises(ValueError):
        head_pose(landmarks)


def test_noise_of_a_pixel_does_not_turn_the_head():
    noise = np.random.default_rng(1).normal(0, 1, (20, 68, 2))
    poses = np.array([head_pose(frontal_landmarks() + one) for one in noise])
    assert (np.abs(poses - poses.mean(axis=0)) < 4).all()


def test_a_similarity_never_mirrors():
    points = frontal_landmarks().astype(np.float64)
    fitted = similarity(points, points * [-1, 1] + [512, 0])
    assert np.linalg.det(fitted[:, :2]) > 0
