import numpy as np
import pytest

from studio.core.errors import UsageError
from studio.core.records import USED, FaceState
from studio.core.store.faces import NewFace
from studio.core.store.journal import Change
from studio.core.store.media import Scan
from studio.faceset.clean import CleanSettings, apply, propose


def record(frame, *, blur=10.0, yaw=0.0, pitch=0.0, size=200.0, phash=(0, 0, 0, 0)):
    box = (0.0, 0.0, size, size)
    return NewFace(frame, frame / 30, 0, box, 1.0, size, blur, (yaw, pitch, 0.0), "f+p+dlib-resnet", phash)


def fill(project, identity, source, records, centre):
    """Store `records` of a medium, with features close to a point that stands for a person."""
    medium = project.store.media.add(identity, source, f"/{source}", source, source)
    first = project.store.faces.next_row(identity)
    rng = np.random.default_rng(first)
    features = centre + rng.normal(0, 0.01, (len(records), 128))
    project.features(identity, 128).write(first, features.astype(np.float32))
    project.store.faces.add(identity, medium, first, records, Scan(1, 0, len(records), True))


@pytest.fixture
def person():
    return np.eye(128)[0] * 0.6


@pytest.fixture
def stranger():
    return np.eye(128)[1] * 0.6


def counts(proposal):
    return {reason: len(ids) for reason, ids in proposal.rejected.items() if len(ids)}


def test_without_limits_nothing_is_proposed_but_the_distributions_are_shown(project, anna, person):
    fill(project, anna, "a.mp4", [record(n, blur=float(n)) for n in range(5)], person)
    proposal = propose(project, anna, CleanSettings())
    assert counts(proposal) == {}
    assert proposal.kept == 5
    assert proposal.distributions["blur"] == (0.0, 0.2, 1.0, 2.0, 3.0, 3.8, 4.0)


def test_each_face_is_counted_under_the_first_limit_it_breaks(project, anna, person):
    faces = [record(0), record(1, blur=1), record(2, blur=1, yaw=80), record(3, yaw=-80), record(4, pitch=50)]
    fill(project, anna, "a.mp4", [*faces, record(5, size=20)], person)
    settings = CleanSettings(min_blur=5, max_yaw=60, max_pitch=40, min_size=100)
    proposal = propose(project, anna, settings)
    assert counts(proposal) == {"blur": 2, "pose": 2, "size": 1}
    assert proposal.kept == 1


def test_a_long_wrong_clip_does_not_outvote_the_person_the_faceset_was_begun_with(project, anna, person, stranger):
    fill(project, anna, "right.mp4", [record(n) for n in range(40)], person)
    fill(project, anna, "wrong.mp4", [record(n) for n in range(90)], stranger)
    proposal = propose(project, anna, CleanSettings(keep_identity="auto"))
    by_source = {face.id: face.source for face in project.store.faces.of(anna)}
    assert {by_source[face] for face in proposal.rejected["identity"]} == {"wrong.mp4"}
    assert counts(proposal) == {"identity": 90}


def test_named_clusters_are_kept_and_unknown_ones_refused(project, anna, person, stranger):
    fill(project, anna, "a.mp4", [record(n) for n in range(30)], person)
    fill(project, anna, "b.mp4", [record(n) for n in range(30)], stranger)
    propose(project, anna, CleanSettings(keep_identity="auto", clusters=2))
    first = project.store.faces.of(anna)[0].cluster
    proposal = propose(project, anna, CleanSettings(keep_identity=str(first), clusters=2))
    assert counts(proposal) == {"identity": 30}
    with pytest.raises(UsageError):
        propose(project, anna, CleanSettings(keep_identity="7", clusters=2))


def test_near_duplicates_go_and_the_sharpest_stays(project, anna, person):
    faces = [record(0, blur=5), record(1, blur=9, phash=(1, 0, 0, 0)), record(2, phash=(2**64 - 1, 0, 0, 0))]
    fill(project, anna, "a.mp4", faces, person)
    proposal = propose(project, anna, CleanSettings(duplicates=4))
    first = project.store.faces.of(anna)[0].id
    assert proposal.rejected["duplicate"].tolist() == [first]


def test_applying_is_one_entry_that_undo_takes_back(project, anna, person):
    fill(project, anna, "a.mp4", [record(n, blur=float(n)) for n in range(10)], person)
    entry = apply(project, anna, propose(project, anna, CleanSettings(min_blur=5)))
    assert entry.faces == 5
    assert project.store.faces.count(anna, *USED) == 5
    project.store.journal.undo()
    assert project.store.faces.count(anna, *USED) == 10


def test_only_kept_faces_are_proposed_again(project, anna, person):
    fill(project, anna, "a.mp4", [record(n, blur=float(n)) for n in range(10)], person)
    apply(project, anna, propose(project, anna, CleanSettings(min_blur=5)))
    assert propose(project, anna, CleanSettings(min_blur=7)).kept == 3


def clusters(project, identity):
    return project.store.faces.columns(identity).clusters.tolist()


def test_the_first_clusters_are_there_to_look_at_before_anything_is_applied(project, anna, person, stranger):
    fill(project, anna, "a.mp4", [record(n) for n in range(30)], person)
    fill(project, anna, "b.mp4", [record(n) for n in range(20)], stranger)
    proposal = propose(project, anna, CleanSettings(keep_identity="auto", clusters=2))
    assert clusters(project, anna) == proposal.labels.tolist() == [0] * 30 + [1] * 20
    assert project.store.journal.remaining() == (0, 0)


def test_clusters_merged_by_hand_are_not_clustered_anew(project, anna, person, stranger):
    fill(project, anna, "a.mp4", [record(n) for n in range(30)], person)
    fill(project, anna, "b.mp4", [record(n) for n in range(20)], stranger)
    propose(project, anna, CleanSettings(keep_identity="auto"))
    ids = project.store.faces.columns(anna).ids
    project.store.journal.edit(anna, "Merge", [Change("cluster", ids, np.repeat([7, 3], [30, 20]))])
    proposal = propose(project, anna, CleanSettings(keep_identity="auto"))
    assert proposal.clusters == {3: 20, 7: 30}
    assert proposal.kept_clusters == {7}
    assert propose(project, anna, CleanSettings(keep_identity="3")).rejected["identity"].tolist() == ids[:30].tolist()


def test_undoing_a_cleaning_gives_back_the_clusters_it_replaced(project, anna, person, stranger):
    fill(project, anna, "a.mp4", [record(n) for n in range(30)], person)
    fill(project, anna, "b.mp4", [record(n) for n in range(20)], stranger)
    ids = project.store.faces.columns(anna).ids
    project.store.journal.edit(anna, "By hand", [Change("cluster", ids, 5)])
    entry = apply(project, anna, propose(project, anna, CleanSettings(keep_identity="auto", clusters=2)))
    assert entry.title == "Clean anna: reject 20 identity"
    assert clusters(project, anna) == [0] * 30 + [1] * 20
    project.store.journal.undo()
    assert clusters(project, anna) == [5] * 50
    assert project.store.faces.counts(anna)[FaceState.REJECTED] == 0


def test_a_faceset_with_faces_that_have_no_cluster_yet_is_clustered_anew(project, anna, person, stranger):
    fill(project, anna, "a.mp4", [record(n) for n in range(30)], person)
    propose(project, anna, CleanSettings(keep_identity="auto"))
    fill(project, anna, "b.mp4", [record(n) for n in range(20)], stranger)
    proposal = propose(project, anna, CleanSettings(keep_identity="auto"))
    assert counts(proposal) == {"identity": 20}


def test_every_step_looks_only_at_what_those_before_it_left(project, anna, person):
    same = [record(n, blur=float(n), phash=(0, 0, 0, 0)) for n in range(6)]
    fill(project, anna, "a.mp4", [*same, record(6, blur=9, phash=(2**64 - 1, 0, 0, 0))], person)
    proposal = propose(project, anna, CleanSettings(min_blur=3, duplicates=4, best=1))
    assert counts(proposal) == {"blur": 3, "duplicate": 2, "best": 1}
    assert proposal.kept == 1
    assert len(proposal) == 6
    assert proposal.summary() == "Would reject 6 of 7 faces (3 blur, 2 duplicate, 1 best); 1 stay."


def test_an_empty_faceset_has_nothing_to_propose(project, anna):
    settings = CleanSettings(min_blur=3, keep_identity="auto", duplicates=4, best=1)
    proposal = propose(project, anna, settings)
    assert (len(proposal), proposal.kept, proposal.distributions) == (0, 0, {})
    assert apply(project, anna, proposal) is None


@pytest.mark.parametrize("value", ["some", "1;2", ""])
def test_a_word_that_names_no_clusters_is_refused(value):
    with pytest.raises(UsageError):
        CleanSettings.build({"keep_identity": value})
