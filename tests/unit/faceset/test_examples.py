import numpy as np
import pytest

from studio.core.records import STATES, FaceState
from studio.faceset.examples import rank, similar, unlike_kept
from tests.unit.faceset.columns import columns

KEPT, REJECTED = STATES.index(FaceState.KEPT), STATES.index(FaceState.REJECTED)


def _two_people(count=400, spread=0.02):
    rng = np.random.default_rng(0)
    stranger = rng.random(count) < 0.4
    centres = rng.normal(0, 0.06, (2, 128))
    return (centres[stranger.astype(int)] + rng.normal(0, spread, (count, 128))).astype(np.float32), stranger


def _marked(stranger, number):
    states = np.zeros(len(stranger), dtype=np.uint8)
    states[np.flatnonzero(stranger)[:number]] = REJECTED
    states[np.flatnonzero(~stranger)[:number]] = KEPT
    return states


def test_a_few_marks_tell_strangers_from_the_person():
    features, stranger = _two_people()
    ranking = rank(columns(400, states=_marked(stranger, 2)), features)
    assert np.array_equal(ranking.keep < 0.5, stranger)
    assert ranking.missing == ""


def test_until_there_are_two_of_each_it_says_what_is_missing():
    features, stranger = _two_people()
    states = np.zeros(400, dtype=np.uint8)
    states[np.flatnonzero(~stranger)[:3]] = KEPT
    states[np.flatnonzero(stranger)[0]] = REJECTED
    ranking = rank(columns(400, states=states), features)
    assert ranking.summary() == "Mark 1 more to reject, then the rest can be ranked."
    assert np.isnan(ranking.keep).all()
    assert ranking.order.tolist() == np.flatnonzero(states == 0).tolist()
    assert "2 more to keep and 2 more to reject" in rank(columns(400), features).missing


def test_doubtful_faces_come_first_and_marked_ones_not_at_all():
    features, stranger = _two_people()
    features[7] = (features[stranger].mean(axis=0) + features[~stranger].mean(axis=0)) / 2
    states = _marked(stranger, 10)
    states[7] = 0
    ranking = rank(columns(400, states=states), features)
    assert ranking.order[0] == 7
    assert set(ranking.order.tolist()) == set(np.flatnonzero(states == 0).tolist())
    doubt = ranking.doubt[ranking.order]
    assert (np.diff(doubt) <= 0).all()
    assert np.isnan(ranking.doubt[states != 0]).all()
    assert ranking.doubtful == np.count_nonzero(doubt > 0.2)


def test_scores_count_where_features_do_not_tell_faces_apart():
    rng = np.random.default_rng(0)
    blur = rng.uniform(0, 20, 300)
    states = np.zeros(300, dtype=np.uint8)
    states[np.flatnonzero(blur < 4)[:20]] = REJECTED
    states[np.flatnonzero(blur > 10)[:20]] = KEPT
    ranking = rank(columns(300, blur=blur, states=states), np.ones((300, 128)))
    assert ranking.keep[blur > 15].min() > 0.5
    assert ranking.keep[blur < 2].max() < 0.5


def test_marks_that_teach_nothing_are_left_out():
    features, stranger = _two_people()
    states = _marked(stranger, 5)
    duplicates = np.zeros(400, dtype=bool)
    duplicates[np.flatnonzero(~stranger)[100:200]] = True
    states[duplicates] = REJECTED
    ranking = rank(columns(400, states=states), features, ignored=duplicates)
    assert np.array_equal(ranking.keep < 0.5, stranger)


def test_the_same_marks_give_the_same_ranking():
    features, stranger = _two_people(spread=0.06)
    faces = columns(400, states=_marked(stranger, 8))
    first, again = rank(faces, features), rank(faces, features.copy())
    assert np.array_equal(first.order, again.order)
    assert np.array_equal(first.keep, again.keep)


def test_it_says_how_many_of_the_marks_it_foresees():
    features, stranger = _two_people()
    assert rank(columns(400, states=_marked(stranger, 3)), features).agreement is None
    ranking = rank(columns(400, states=_marked(stranger, 30)), features)
    assert ranking.agreement == pytest.approx(1, abs=0.02)
    assert "100%" in ranking.summary()
    guesses = _marked(np.random.default_rng(1).random(400) < 0.5, 60)
    assert rank(columns(400, states=guesses), features).agreement < 0.75


def test_sure_strangers_are_proposed_for_rejection():
    features, stranger = _two_people()
    states = _marked(stranger, 40)
    faces = columns(400, states=states)
    proposal = unlike_kept(faces, rank(faces, features))
    assert proposal.rejected["example"].tolist() == (np.flatnonzero(stranger & (states == 0)) + 1).tolist()
    assert proposal.kept == np.count_nonzero(~stranger)


def test_nothing_is_proposed_while_nothing_was_learnt():
    features, _ = _two_people()
    assert len(unlike_kept(columns(400), rank(columns(400), features))) == 0


def test_similar_faces_are_the_nearest_to_any_of_those_given():
    features = np.array([[0.0], [1.0], [5.0], [0.4], [6.0], [20.0]], dtype=np.float32)
    assert similar(features, np.array([0]), 3).tolist() == [3, 1, 2]
    assert similar(features, np.array([0, 2]), 2).tolist() == [3, 1]
    assert similar(features, np.array([0, 0, 2]), 100).tolist() == [3, 1, 4, 5]
    assert similar(features, np.zeros(0, int), 5).tolist() == []
    assert similar(features, np.array([0]), 3, np.array([1, 1, 0, 0, 1, 1], bool)).tolist() == [1, 4, 5]
