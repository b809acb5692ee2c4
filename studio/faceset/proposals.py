"""Proposals: which faces to reject and why, from columns alone; nothing is changed and no store is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.records import STATES, FaceState
from studio.core.store.columns import FaceColumns
from studio.faceset.cluster import Labels, cluster_identities
from studio.faceset.coverage import best_spread
from studio.faceset.dominant import PersonOfInterest, dominant_group
from studio.faceset.duplicates import Words, representatives
from studio.faceset.reduction import Features

Ids = NDArray[np.int64]
Which = NDArray[np.bool_]

REASONS = ("blur", "pose", "size", "identity", "duplicate", "best", "example")


@dataclass(frozen=True, eq=False)
class Proposal:
    """Faces that could be rejected, each under one reason.

    Attributes:
        title: what proposes it, as "Near-duplicates within 10 bits".
        rejected: ids of faces by reason, ascending.
        kept: how many of the used faces would stay.
    """

    title: str
    rejected: Mapping[str, Ids]
    kept: int

    def __len__(self) -> int:
        return sum(len(ids) for ids in self.rejected.values())

    @property
    def all_rejected(self) -> Ids:
        """The ids of all faces that would be rejected, ascending."""
        return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *self.rejected.values()]))

    @property
    def parts(self) -> str:
        """The counts by reason in words, as "12 blur, 3 duplicate"."""
        return ", ".join(f"{len(ids):,} {reason}" for reason, ids in self.rejected.items() if len(ids))

    def summary(self) -> str:
        """One sentence for whoever decides."""
        if not len(self):
            return f"Nothing to reject; {self.kept:,} faces stay."
        return f"Would reject {len(self):,} of {len(self) + self.kept:,} faces ({self.parts}); {self.kept:,} stay."


@dataclass(frozen=True, eq=False)
class Limits:
    """Scores beyond which faces go; a limit that is None rejects nothing, and nothing an unknown score (NaN).

    Attributes:
        max_yaw, max_pitch: degrees to either side.
        min_size: pixels of the frame.
    """

    min_blur: float | None = None
    max_yaw: float | None = None
    max_pitch: float | None = None
    min_size: float | None = None


def used(columns: FaceColumns) -> Which:
    """(N,) the faces that are not rejected."""
    return np.asarray(columns.states != STATES.index(FaceState.REJECTED))


def outside_limits(columns: FaceColumns, limits: Limits, among: Which | None = None) -> Proposal:
    """Propose the faces beyond `limits`, each under the first it breaks: blur, pose, size.

    Args:
        among: (N,) faces to look at; here and below all used ones where it is None.
    """
    left = used(columns) if among is None else among.copy()
    rejected = {}
    for reason, bad in _broken(columns, limits).items():
        rejected[reason] = columns.ids[bad & left]
        left &= ~bad
    return Proposal("Outside the limits", rejected, int(np.count_nonzero(left)))


def find_person(
    features: Features, sources: NDArray[np.integer], same_person: float | None, k: int = 25
) -> tuple[Labels, PersonOfInterest]:
    """Cluster all faces, rejected ones too, and find whose faceset it is.

    Args:
        features: (N, D), one row a face.
        sources: (N,) what each face's medium counts as when media vote.
        same_person: the encoder's published distance, where there is one.

    Raises:
        ValueError: there are no faces, or lengths differ.
    """
    labels = cluster_identities(features, k)
    return labels, dominant_group(features, labels, sources, same_person)


def other_people(
    columns: FaceColumns, labels: NDArray[np.integer], person: frozenset[int], among: Which | None = None
) -> Proposal:
    """Propose the faces whose cluster, of `labels` (N,), is none of `person`."""
    looked_at = used(columns) if among is None else among
    return _proposal("Other people", "identity", columns, looked_at, np.isin(labels, list(person)))


def near_duplicates(columns: FaceColumns, hashes: Words, max_bits: int, among: Which | None = None) -> Proposal:
    """Propose the faces within `max_bits` of a sharper one that stays; `hashes` (N, 4) as `FaceTable.hashes` gives."""
    looked_at = used(columns) if among is None else among
    stay = np.zeros(len(columns), dtype=bool)
    stay[looked_at] = representatives(hashes[looked_at], columns.blur[looked_at], max_bits)
    bits = "bit" if max_bits == 1 else "bits"
    return _proposal(f"Near-duplicates within {max_bits} {bits}", "duplicate", columns, looked_at, stay)


def beyond_best(columns: FaceColumns, count: int, among: Which | None = None) -> Proposal:
    """Propose all but the `count` sharpest faces, spread over the yaw-pitch grid."""
    looked_at = used(columns) if among is None else among
    stay = np.zeros(len(columns), dtype=bool)
    pose = np.column_stack([columns.yaw[looked_at], columns.pitch[looked_at]])
    stay[looked_at] = best_spread(pose, columns.blur[looked_at], count)
    return _proposal(f"All but the best {count:,}, spread over poses", "best", columns, looked_at, stay)


def _proposal(title: str, reason: str, columns: FaceColumns, among: Which, stay: Which) -> Proposal:
    return Proposal(title, {reason: columns.ids[among & ~stay]}, int(np.count_nonzero(among & stay)))


def _broken(columns: FaceColumns, limits: Limits) -> dict[str, Which]:
    none = np.zeros(len(columns), dtype=bool)
    # Comparisons with NaN are false: what is not known breaks no limit.
    pose = none if limits.max_yaw is None else np.abs(columns.yaw) > limits.max_yaw
    if limits.max_pitch is not None:
        pose = pose | (np.abs(columns.pitch) > limits.max_pitch)
    return {
        "blur": none if limits.min_blur is None else columns.blur < limits.min_blur,
        "pose": pose,
        "size": none if limits.min_size is None else columns.size < limits.min_size,
    }
