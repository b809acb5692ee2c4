"""How badly the faces of each cluster are learned."""

import numpy as np
import pytest

from studio.app.faceset.cluster_errors import cluster_errors


def test_a_clusters_error_is_the_mean_of_those_of_its_faces_that_are_known():
    clusters = np.array([3, 0, 3, 3, 0, 7, -1])
    errors = np.array([0.2, 0.5, np.nan, 0.4, np.nan, np.nan, 9.0])
    found = cluster_errors(clusters, errors)
    assert found == {0: (0.5, 1), 3: (pytest.approx(0.3), 2)}


def test_without_errors_nothing_is_known():
    assert cluster_errors(np.array([1, 2]), np.full(2, np.nan)) == {}
    assert cluster_errors(np.zeros(0, dtype=int), np.zeros(0)) == {}
