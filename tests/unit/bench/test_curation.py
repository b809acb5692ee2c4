"""The benches of curation measure what they say they do."""

import numpy as np
import pytest

from studio.bench import clusters, duplicates
from studio.core.errors import JobError


def test_clusters_are_compared_in_time_and_in_tightness(monkeypatch):
    monkeypatch.setattr(clusters, "FACES", 3000)
    time, tightness = clusters.clusters()
    assert time.ratio == pytest.approx(time.baseline / time.ours)
    assert 0.9 < tightness.value <= 1.02
    assert tightness.met


def test_duplicates_are_compared_only_where_the_same_faces_are_kept(monkeypatch):
    monkeypatch.setattr(duplicates, "FACES", 2000)
    (row,) = duplicates.duplicates()
    assert row.ratio > 1
    monkeypatch.setattr(duplicates, "all_pairs", lambda hashes, *rest: np.ones(len(hashes), dtype=bool))
    with pytest.raises(JobError):
        duplicates.duplicates()
