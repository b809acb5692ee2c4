import subprocess
import sys

import numpy as np
import pytest
from sklearn.cluster import KMeans

from studio.bench.clusters import inertia, walking_features
from studio.faceset.cluster import cluster_identities, split


def _people(sizes, dimensions=128, spread=0.02, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 0.1, (len(sizes), dimensions))
    who = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(who))
    return (centres[who] + rng.normal(0, spread, (len(who), dimensions))).astype(np.float32)[order], who[order]


@pytest.mark.parametrize("dimensions", [2, 100, 128, 4096])
def test_people_far_apart_never_share_a_cluster(dimensions):
    features, who = _people([60, 100, 40], dimensions, spread=0.004)
    labels = cluster_identities(features, k=8)
    assert labels.shape == (200,)
    assert all(len(set(who[labels == label])) == 1 for label in set(labels.tolist()))


def test_as_many_clusters_as_people_are_the_people_largest_first():
    features, who = _people([60, 100, 40])
    assert cluster_identities(features, k=3).tolist() == np.array([1, 0, 2])[who].tolist()


def test_the_same_faces_give_the_same_labels():
    features, _ = _people([300, 200], spread=0.1)
    first = cluster_identities(features, 25, seed=3)
    assert np.array_equal(first, cluster_identities(features.copy(), 25, seed=3))
    assert np.array_equal(first, cluster_identities(features.astype(np.float64), 25, seed=3))
    assert set(first.tolist()) == set(range(25))


@pytest.mark.parametrize("dimensions", [64, 4096])
def test_a_handful_of_faces_is_no_fault(dimensions):
    features, _ = _people([4], dimensions)
    assert sorted(cluster_identities(features, k=25).tolist()) == [0, 1, 2, 3]
    assert cluster_identities(features[:1], k=25).tolist() == [0]
    assert cluster_identities(features[:0], k=25).tolist() == []


@pytest.mark.filterwarnings("error")
def test_equal_faces_share_a_cluster_without_a_warning():
    assert cluster_identities(np.ones((30, 128), np.float32), k=25).tolist() == [0] * 30


def test_a_memory_mapped_faceset_of_several_blocks_is_read(tmp_path):
    features, who = _people([5000, 4000], 120)
    np.save(tmp_path / "features.npy", features)
    labels = cluster_identities(np.load(tmp_path / "features.npy", mmap_mode="r"), k=2)
    assert np.array_equal(labels, who)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clusters_are_as_tight_as_those_of_scikit_learn(seed):
    features = walking_features(12_000, seed)
    model = KMeans(25, random_state=seed).fit(features)
    assert inertia(features, cluster_identities(features, 25, seed)) <= 1.02 * model.inertia_


def test_labels_do_not_depend_on_the_number_of_cores(monkeypatch):
    features = walking_features(20_000)
    labels = cluster_identities(features, 25)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert np.array_equal(cluster_identities(features, 25), labels)


def test_more_clusters_than_different_faces_leave_no_gap():
    features = np.repeat(np.eye(6, 128, dtype=np.float32), [9, 7, 7, 5, 3, 1], axis=0)
    labels = cluster_identities(features, k=25)
    assert np.bincount(labels).tolist() == [9, 7, 7, 5, 3, 1]


def test_values_far_from_zero_are_told_apart():
    features, who = _people([60, 40], spread=0.001)
    labels = cluster_identities(features.astype(np.float64) + 1000.0, k=2)
    assert len(set(zip(labels.tolist(), who.tolist(), strict=True))) == 2


def test_a_cluster_is_divided_again():
    features, who = _people([60, 100, 40])
    members = np.flatnonzero(who != 1)
    parts = split(features, members, 2)
    assert np.array_equal(parts == 0, who[members] == 0)


@pytest.mark.parametrize("bad", [np.zeros(4), np.zeros((4, 0)), np.full((4, 3), np.nan), np.full((4, 300), np.inf)])
def test_what_are_no_features_is_refused(bad):
    with pytest.raises(ValueError):
        cluster_identities(bad)


def test_no_cluster_at_all_is_refused():
    with pytest.raises(ValueError):
        cluster_identities(np.zeros((4, 3)), k=0)


def test_importing_it_does_not_wait_for_scikit_learn():
    code = "import sys, studio.faceset.cluster, studio.faceset.dominant; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_curation_brings_no_engine_into_the_process():
    code = (
        "import sys, numpy as np\n"
        "from studio.faceset import clean, coverage, duplicates, examples, material, projection, proposals\n"
        "features = np.random.default_rng(0).normal(size=(300, 600)).astype('f4')\n"
        "proposals.find_person(features, np.zeros(300, int), None)\n"
        "projection.plain_map(features), duplicates.prepare(), examples._classifier()\n"
        "print([name for name in ('torch', 'onnxruntime', 'umap', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
