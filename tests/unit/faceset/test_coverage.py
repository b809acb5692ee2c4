import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.faceset.coverage import best_spread, cost, coverage


def test_faces_are_counted_in_cells_of_ten_degrees():
    grid = coverage(np.array([0.0, 9.9, 10.0, -0.1]), np.array([0.0, 0.0, 0.0, -0.1]))
    row, column = 6, 9
    assert (grid.pitch_edges[row], grid.yaw_edges[column]) == (0, 0)
    assert grid.counts.shape == (12, 18)
    assert (grid.counts[row, column], grid.counts[row, column + 1], grid.counts[row - 1, column - 1]) == (2, 1, 1)
    assert grid.counts.sum() == 4


def test_what_is_turned_further_counts_at_the_rim_and_an_unknown_pose_nowhere():
    grid = coverage(np.array([170.0, -95.0, np.nan]), np.array([90.0, -60.0, 0.0]))
    assert grid.counts[-1, -1] == 1
    assert grid.counts[0, 0] == 1
    assert grid.counts.sum() == 2


def test_gaps_are_the_common_poses_nobody_shows():
    empty = coverage(np.zeros(0), np.zeros(0))
    assert len(empty.gaps) == 6 * 12
    every = np.arange(-55.0, 60.0, 10.0)
    yaw, pitch = (part.ravel() for part in np.meshgrid(every, np.arange(-25.0, 30.0, 10.0)))
    assert coverage(yaw, pitch).gaps == []
    assert coverage(yaw[1:], pitch[1:]).gaps == [(3, 3)]


def test_the_cost_of_a_rejection_names_the_poses_it_would_empty():
    yaw, pitch = np.array([5.0, 5.0, 35.0, -75.0]), np.zeros(4)
    used = np.array([True, True, True, False])
    costs = cost(yaw, pitch, used, np.array([True, False, True, True]))
    assert costs.lost == 2
    assert costs.emptied == [(6, 12)]
    assert costs.summary() == "2 of 3 faces would go; no face would be left at yaw 35°, pitch 5°."
    assert cost(yaw, pitch, used, np.array([True, False, False, False])).emptied == []


def test_the_best_are_spread_over_poses_so_that_rare_ones_stay():
    pose = np.array([[0, 0]] * 8 + [[45, 0], [-45, 0]], dtype=float)
    quality = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 1], dtype=float)
    assert np.flatnonzero(best_spread(pose, quality, 4)).tolist() == [0, 1, 8, 9]
    assert best_spread(pose, quality, 10).all()


def test_unknown_poses_share_a_cell_and_unknown_sharpness_comes_last():
    pose = np.array([[np.nan, 0], [0, np.nan], [0, 0]])
    assert best_spread(pose, np.array([np.nan, 1.0, 0.5]), 2).tolist() == [False, True, True]


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 3)), max_size=25), st.integers(0, 30))
def test_cells_take_turns_as_if_done_one_face_at_a_time(faces, count):
    pose = np.array([(cell * 10.0, 0.0) for cell, _ in faces]).reshape(-1, 2)
    quality = np.array([score for _, score in faces], dtype=float)
    left = {cell: sorted((i for i in range(len(faces)) if faces[i][0] == cell), key=lambda i: (-quality[i], i))
            for cell, _ in faces}  # fmt: skip
    wanted: list[int] = []
    while len(wanted) < count and any(left.values()):
        turn = sorted((queue.pop(0) for queue in left.values() if queue), key=lambda i: (-quality[i], i))
        wanted += turn[: count - len(wanted)]
    assert np.flatnonzero(best_spread(pose, quality, count)).tolist() == sorted(wanted)


@pytest.mark.parametrize("count", [0, 1])
def test_no_faces_are_no_fault(count):
    assert best_spread(np.zeros((0, 2)), np.zeros(0), count).shape == (0,)
    assert cost(np.zeros(0), np.zeros(0), np.zeros(0, bool), np.zeros(0, bool)).emptied == []
