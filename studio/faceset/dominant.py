"""Whose faceset it is: the person of interest among the clusters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.faceset.reduction import blocks

# Centroids average their faces' differences away and lie nearer than faces. Measured with the embedded features on
# three people, k from 5 to 50: neighbouring clusters of one person up to 0.33 apart, of two people from 0.72; with a
# published distance of 0.6, this share of it (0.45) leaves room on both sides, also for people more alike.
_CENTROID_SHARE = 0.75

# Without a published distance: the largest step between linking distances divides people only if it is this steep.
# On the same clips it is 2.3 to 2.9 between people, and at most 1.3 within one.
_STEEP = 1.5

# Of fewer faces the centroid is so much one of them that it lies as far away as somebody else's.
_SOLID = 4


@dataclass(frozen=True)
class PersonOfInterest:
    """The clusters that show the person a faceset is about.

    Attributes:
        clusters: their labels.
        groups: all labels by person, the person of interest first, then by number of faces.
        share: share of the faces that lie in `clusters`, 0..1.
    """

    clusters: frozenset[int]
    groups: tuple[tuple[int, ...], ...]
    share: float


def dominant_group(
    features: NDArray[np.floating],
    labels: NDArray[np.integer],
    sources: Sequence[Hashable] | NDArray[np.integer],
    same_person: float | None,
) -> PersonOfInterest:
    """Find the person most sources agree on.

    Clusters whose centroids are near (single linkage) are one person. Then every source votes once, for the person
    it shows most; most votes win, and of persons with as many votes the one whose source was extracted first. Faces
    are not counted across sources: a long clip of somebody else must not outvote the person a faceset was begun with.

    Args:
        features: (N, D) float identity features; may be memory-mapped, it is read in blocks.
        labels: (N,) cluster of each face, from `cluster_identities` of the same features.
        sources: N sources (one video, or one folder of images), in the order of extraction.
        same_person: the encoder's published distance between two faces of one person; None where there is none, then
            the largest gap in the linking distances divides people.

    Raises:
        ValueError: there are no faces, or the three differ in length.
    """
    labels = np.asarray(labels)
    if len(labels) == 0:
        raise ValueError("There are no faces.")
    if not len(features) == len(labels) == len(sources):
        raise ValueError(f"{len(features)} features, {len(labels)} labels and {len(sources)} sources do not match.")
    names, groups = _groups(features, labels, same_person)
    group_of_face = groups[np.searchsorted(names, labels)]
    winner = _elected(group_of_face, sources)
    sizes = np.bincount(group_of_face)
    order = sorted(range(len(sizes)), key=lambda group: (group != winner, -sizes[group], group))
    members = tuple(tuple(int(name) for name in names[groups == group]) for group in order)
    return PersonOfInterest(frozenset(members[0]), members, float(sizes[winner] / len(labels)))


def _groups(
    features: NDArray[np.floating], labels: NDArray[np.integer], same_person: float | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The labels in use, sorted, and the group (from 0) of each."""
    # Imported here for the time it takes, as in `cluster`.
    from scipy.cluster.hierarchy import fcluster, linkage

    names = np.unique(labels).astype(np.int64)
    if len(names) == 1:
        return names, np.zeros(1, dtype=np.int64)
    clusters = np.searchsorted(names, labels)
    centroids = _centroids(features, clusters)
    if same_person is not None:
        limit = _CENTROID_SHARE * same_person
    else:
        solid = centroids[np.bincount(clusters) >= _SOLID]
        limit = _largest_gap(linkage(solid, method="single")[:, 2]) if len(solid) > 1 else float("inf")
    tree = linkage(centroids, method="single")
    return names, np.asarray(fcluster(tree, limit, criterion="distance"), dtype=np.int64) - 1


def _centroids(features: NDArray[np.floating], clusters: NDArray[np.integer]) -> NDArray[np.float64]:
    """The mean feature of each cluster from 0, (clusters, D)."""
    counts = np.bincount(clusters)
    sums = np.zeros((len(counts), features.shape[1]))
    for block in blocks(len(features)):
        members = np.arange(len(counts))[:, None] == clusters[block]
        sums += members.astype(np.float64) @ np.asarray(features[block], dtype=np.float64)
    return sums / counts[:, None]


def _largest_gap(heights: NDArray[np.float64]) -> float:
    """A linking distance between those within and those between people; infinite where none stands out."""
    # With few people most links are within one, so a step among the lower half means nothing.
    upper = np.sort(heights)[(len(heights) - 1) // 2 :]
    steps = np.diff(upper)
    if len(steps) == 0:
        return float("inf")
    below = int(steps.argmax())
    if upper[below + 1] < _STEEP * upper[below]:
        return float("inf")
    return float(upper[below] + upper[below + 1]) / 2


def _elected(groups: NDArray[np.int64], sources: Sequence[Hashable] | NDArray[np.integer]) -> int:
    """The group with most sources behind it; ties go to the earliest source's, within a source to the earliest face's.

    Dictionaries give keys in the order of first meeting, which is the order of extraction.
    """
    names = sources.tolist() if isinstance(sources, np.ndarray) else sources
    numbers: dict[Hashable, int] = {}
    source_of_face = np.array([numbers.setdefault(name, len(numbers)) for name in names])
    votes: dict[int, int] = {}
    for source in range(len(numbers)):
        shown = groups[source_of_face == source]
        counts = np.bincount(shown)
        # Of the groups it shows most, the one it shows first.
        choice = int(shown[np.isin(shown, np.flatnonzero(counts == counts.max())).argmax()])
        votes[choice] = votes.get(choice, 0) + 1
    return max(votes, key=lambda group: votes[group])
