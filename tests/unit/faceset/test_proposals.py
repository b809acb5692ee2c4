import numpy as np

from studio.core.records import STATES, FaceState
from studio.faceset.proposals import (
    Limits,
    beyond_best,
    find_person,
    near_duplicates,
    other_people,
    outside_limits,
)
from tests.unit.faceset.columns import columns

REJECTED = STATES.index(FaceState.REJECTED)


def rejected(proposal):
    return {reason: ids.tolist() for reason, ids in proposal.rejected.items() if len(ids)}


def test_a_face_goes_under_the_first_limit_it_breaks():
    faces = columns(4, blur=[1, 9, 9, 9], yaw=[50, -50, 0, 0], size=[10, 10, 10, 99])
    proposal = outside_limits(faces, Limits(min_blur=5, max_yaw=40, min_size=50))
    assert rejected(proposal) == {"blur": [1], "pose": [2], "size": [3]}
    assert proposal.kept == 1
    assert proposal.all_rejected.tolist() == [1, 2, 3]


def test_an_unknown_score_breaks_no_limit():
    faces = columns(1, blur=np.nan, yaw=np.nan, pitch=np.nan, size=np.nan)
    assert len(outside_limits(faces, Limits(5, 40, 40, 50))) == 0


def test_rejected_faces_are_neither_proposed_nor_held_against_others():
    states = [REJECTED, 0, 0]
    faces = columns(3, blur=[9, 5, 1], states=states)
    hashes = np.zeros((3, 4), np.uint64)
    assert rejected(near_duplicates(faces, hashes, 10)) == {"duplicate": [3]}
    assert rejected(outside_limits(faces, Limits(min_blur=10))) == {"blur": [2, 3]}
    assert rejected(beyond_best(faces, 1)) == {"best": [3]}
    assert rejected(other_people(faces, np.array([1, 1, 0]), frozenset({0}))) == {"identity": [2]}


def test_the_person_is_found_among_clusters_of_all_faces():
    rng = np.random.default_rng(0)
    who = np.repeat([0, 1], [60, 90])
    features = np.eye(2, 128)[who] + rng.normal(0, 0.02, (150, 128))
    faces = columns(150, states=np.where(np.arange(150) < 10, REJECTED, 0))
    labels, person = find_person(features, who, 0.6)
    proposal = other_people(faces, labels, person.clusters)
    assert rejected(proposal) == {"identity": list(range(61, 151))}
    assert proposal.kept == 50


def test_a_proposal_says_what_it_would_do():
    faces = columns(3, blur=[9, 5, 1])
    proposal = near_duplicates(faces, np.zeros((3, 4), np.uint64), 10)
    assert proposal.title == "Near-duplicates within 10 bits"
    assert proposal.summary() == "Would reject 2 of 3 faces (2 duplicate); 1 stay."
    assert outside_limits(faces, Limits()).summary() == "Nothing to reject; 3 faces stay."
