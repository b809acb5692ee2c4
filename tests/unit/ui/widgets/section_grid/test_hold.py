import numpy as np

from studio.app.faceset.arrangement import arrange
from studio.ui.widgets.section_grid.hold import face_to_hold

N = 400


def arranged(shown=None, keys=None, values=None):
    return arrange(
        np.ones(N, bool) if shown is None else shown, np.zeros(N, np.int64) if keys is None else keys, values, {}
    )


def test_a_filter_leaves_the_current_face_in_its_place():
    shown = np.arange(N) % 3 == 0
    assert face_to_hold(arranged(), arranged(shown), range(100, 140), 111) == 111


def test_a_filter_that_takes_the_current_face_away_leaves_another_that_was_in_view():
    shown = np.arange(N) % 3 == 0
    assert face_to_hold(arranged(), arranged(shown), range(100, 140), 112) in range(100, 140)


def test_a_filter_that_takes_all_that_was_in_view_away_leads_to_the_next_face():
    shown = (np.arange(N) < 50) | (np.arange(N) >= 300)
    assert face_to_hold(arranged(), arranged(shown), range(100, 140), -1) == 300


def test_faces_that_an_extraction_adds_move_nothing():
    before = arrange(np.ones(300, bool), np.zeros(300, np.int64), None, {})
    assert face_to_hold(before, arranged(), range(100, 140), 5) in range(100, 140)


def test_another_order_is_shown_from_its_top():
    values = np.random.default_rng(3).normal(size=N)
    assert face_to_hold(arranged(), arranged(values=values), range(100, 140), 111) == -1


def test_a_face_that_leaves_for_another_section_does_not_take_the_view_along():
    keys = np.zeros(N, np.int64)
    after = keys.copy()
    after[111] = 1
    held = face_to_hold(arranged(keys=keys), arranged(keys=after), range(100, 140), 111)
    assert held in range(100, 140)
    assert held != 111


def test_other_faces_are_shown_from_the_top():
    before = arrange(np.ones(500, bool), np.zeros(500, np.int64), None, {})
    assert face_to_hold(before, arranged(), range(100, 140), 111) == -1
