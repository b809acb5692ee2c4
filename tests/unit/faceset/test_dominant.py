import numpy as np
import pytest

from studio.faceset.cluster import cluster_identities
from studio.faceset.dominant import dominant_group


def _faces(person, count, seed=0):
    """Faces of one person: about 0.3 apart, 0.9 from others, as the embedded features have it."""
    own = np.random.default_rng(person).normal(0, 0.9 / np.sqrt(2 * 128), 128)
    return own + np.random.default_rng((person, seed)).normal(0, 0.3 / np.sqrt(2 * 128), (count, 128))


def _faceset(*clips):
    """Clips of (source, person, faces) in order of extraction: features, labels, sources, who."""
    features = np.vstack([_faces(person, count, seed) for seed, (_, person, count) in enumerate(clips)])
    sources = [source for source, _, count in clips for _ in range(count)]
    who = np.array([person for _, person, count in clips for _ in range(count)])
    return features.astype(np.float32), cluster_identities(features, 25), sources, who


def _shown(person, labels, who):
    return set(who[np.isin(labels, list(person.clusters))].tolist())


@pytest.mark.parametrize("same_person", [0.6, None])
def test_a_longer_clip_of_somebody_else_does_not_outvote_the_person_begun_with(same_person):
    features, labels, sources, who = _faceset(("anna.mp4", 1, 120), ("wrong.mp4", 2, 400))
    person = dominant_group(features, labels, sources, same_person)
    assert _shown(person, labels, who) == {1}
    assert np.isin(labels, list(person.clusters)).sum() == 120
    assert person.share == pytest.approx(120 / 520)
    assert len(person.groups) == 2
    assert set(person.groups[0]) == person.clusters


@pytest.mark.parametrize("same_person", [0.6, None])
def test_the_person_most_sources_show_wins_even_if_extracted_later(same_person):
    clips = ("wrong.mp4", 2, 300), ("anna1.mp4", 1, 50), ("anna2.mp4", 1, 50)
    features, labels, sources, who = _faceset(*clips)
    assert _shown(dominant_group(features, labels, sources, same_person), labels, who) == {1}


def test_among_three_people_in_three_clips_the_first_wins():
    features, labels, sources, who = _faceset(("a", 3, 80), ("b", 1, 200), ("c", 2, 150))
    person = dominant_group(features, labels, sources, 0.6)
    assert _shown(person, labels, who) == {3}
    assert [len(set(who[np.isin(labels, group)])) for group in person.groups] == [1, 1, 1]


def test_a_source_votes_for_whom_it_shows_most():
    features, labels, sources, who = _faceset(("a", 1, 60), ("a", 2, 20), ("b", 2, 10), ("b", 1, 30))
    assert _shown(dominant_group(features, labels, sources, 0.6), labels, who) == {1}


@pytest.mark.parametrize("same_person", [0.6, None])
def test_one_person_alone_is_kept_whole(same_person):
    features, labels, sources, _ = _faceset(("a", 1, 200), ("b", 1, 100))
    person = dominant_group(features, labels, sources, same_person)
    assert person.share == 1
    assert len(person.groups) == 1


@pytest.mark.parametrize("same_person", [0.6, None])
def test_one_face_is_a_faceset(same_person):
    person = dominant_group(_faces(1, 1), np.array([7]), ["a"], same_person)
    assert person.clusters == {7}
    assert person.share == 1


def test_no_faces_and_unequal_lengths_are_refused():
    with pytest.raises(ValueError):
        dominant_group(np.zeros((0, 128)), np.zeros(0, int), [], 0.6)
    with pytest.raises(ValueError):
        dominant_group(np.zeros((2, 128)), np.zeros(2, int), ["a"], 0.6)
