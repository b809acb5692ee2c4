"""Cleaning: which faces to reject and why, proposed in the paper's order and applied as one entry of the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from studio.core.config import Settings
from studio.core.errors import UsageError
from studio.core.project import Project
from studio.core.records import Face, FaceState, Identity
from studio.core.store.journal import Entry
from studio.faceset.cluster import cluster_identities
from studio.faceset.coverage import best_spread
from studio.faceset.dominant import dominant_group
from studio.faceset.duplicates import representatives
from studio.faceset.folder import FacesetFolder, encoder_of

REASONS = ("blur", "pose", "size", "identity", "duplicate", "best")
SCORES = ("blur", "yaw", "pitch", "roll", "size", "confidence")
_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


class CleanSettings(Settings):
    """Limits of a cleaning; a limit that is not set rejects nothing."""

    min_blur: float | None = Field(None, ge=0, description="Reject faces whose blur score is lower (less sharp).")
    max_yaw: float | None = Field(None, ge=0, le=180, description="Reject faces turned further aside, in degrees.")
    max_pitch: float | None = Field(None, ge=0, le=180, description="Reject faces turned further up or down, degrees.")
    min_size: float | None = Field(None, ge=0, description="Reject faces smaller than this in the frame, in pixels.")
    keep_identity: str | None = Field(
        None, description="auto: keep the person most media show; or the clusters to keep, as 0,3,7; none: keep all."
    )
    clusters: int = Field(25, ge=1, le=1000, description="Number of clusters of identity features (the paper's k).")
    duplicates: int | None = Field(
        None, ge=0, le=256, description="Reject a face if a kept one differs in at most this many of 256 hash bits."
    )
    best: int | None = Field(None, ge=1, description="Keep the N sharpest, spread over the yaw-pitch grid.")

    @field_validator("keep_identity")
    @classmethod
    def _clusters_named(cls, value: str | None) -> str | None:
        if value not in (None, "auto", "none") and not all(part.strip().isdigit() for part in str(value).split(",")):
            raise ValueError("must be auto, none or cluster numbers with commas between")
        return value

    @property
    def by_identity(self) -> bool:
        """Whether faces are rejected by their cluster."""
        return self.keep_identity not in (None, "none")


@dataclass(frozen=True)
class Proposal:
    """What a cleaning would reject: each face under the first reason that it meets.

    Attributes:
        rejected: ids of faces by reason, in the order of `REASONS`.
        kept: how many faces would stay.
        distributions: for each score its quantiles at 0, 5, 25, 50, 75, 95 and 100 percent, over the kept faces.
        clusters: where clustering ran, the number of faces by cluster, and which clusters stay.
    """

    rejected: Mapping[str, tuple[int, ...]]
    kept: int
    distributions: Mapping[str, tuple[float, ...]]
    clusters: Mapping[int, int]
    kept_clusters: frozenset[int]

    @property
    def all_rejected(self) -> list[int]:
        """The ids of all faces that would be rejected."""
        return [face for ids in self.rejected.values() for face in ids]


def propose(
    project: Project,
    identity: Identity,
    settings: CleanSettings,
) -> Proposal:
    """What `settings` would reject of the identity's kept faces; changes no state.

    Raises:
        UsageError: a cluster is named that does not exist.
    """
    faces = project.store.faces.of(identity, FaceState.KEPT)
    remaining = {face.id: face for face in faces}
    rejected: dict[str, tuple[int, ...]] = {}

    def reject(reason: str, found: Sequence[int]) -> None:
        rejected[reason] = tuple(found)
        for face in found:
            del remaining[face]

    for reason, bad in _limits(settings).items():
        reject(reason, [face.id for face in remaining.values() if bad(face)])
    counts: dict[int, int] = {}
    wanted: frozenset[int] = frozenset()
    if settings.by_identity and faces:
        labels, wanted = _clusters(project, identity, settings)
        counts = dict(zip(*(a.tolist() for a in np.unique(list(labels.values()), return_counts=True)), strict=True))
        reject("identity", [face for face in remaining if labels[face] not in wanted])
    else:
        reject("identity", [])
    reject("duplicate", _duplicates(list(remaining.values()), settings.duplicates))
    reject("best", _beyond_best(list(remaining.values()), settings.best))
    return Proposal(rejected, len(remaining), _distributions(faces), counts, wanted)


def apply(project: Project, identity: Identity, proposal: Proposal) -> Entry | None:
    """Make the rejections of `proposal`, as one entry of the journal; None where there are none."""
    parts = [f"{len(ids)} {reason}" for reason, ids in proposal.rejected.items() if ids]
    title = f"Clean {identity.name}: reject {', '.join(parts)}"
    return project.store.journal.set_state(identity, proposal.all_rejected, FaceState.REJECTED, title)


def _limits(settings: CleanSettings) -> dict[str, Callable[[Face], bool]]:
    blur, yaw, pitch, size = settings.min_blur, settings.max_yaw, settings.max_pitch, settings.min_size
    return {
        "blur": lambda face: blur is not None and face.blur < blur,
        "pose": lambda face: (
            (yaw is not None and abs(face.yaw) > yaw) or (pitch is not None and abs(face.pitch) > pitch)
        ),
        "size": lambda face: size is not None and face.size < size,
    }


def _clusters(project: Project, identity: Identity, settings: CleanSettings) -> tuple[dict[int, int], frozenset[int]]:
    # All faces are clustered, rejected ones too: cluster numbers then stay the same from one call to the next.
    faces = project.store.faces.of(identity)
    facts = encoder_of(faces[0].engines)
    features = FacesetFolder(project, identity).features(faces, facts.dimensions)
    labels = cluster_identities(features, settings.clusters)
    by_face = {face.id: int(label) for face, label in zip(faces, labels, strict=True)}
    project.store.faces.set_clusters(by_face)
    if settings.keep_identity == "auto":
        groups = project.store.media.groupings(identity)
        person = dominant_group(features, labels, [groups[face.id] for face in faces], facts.same_person)
        return by_face, frozenset(int(cluster) for cluster in person.clusters)
    wanted = frozenset(int(part) for part in str(settings.keep_identity).split(","))
    unknown = wanted - set(by_face.values())
    if unknown:
        raise UsageError(
            f"There is no cluster {min(unknown)} in the faceset of {identity.name!r}.",
            hint=f"Clusters: 0 to {max(by_face.values())}.",
            code="usage.cluster",
        )
    return by_face, wanted


def _duplicates(faces: Sequence[Face], max_bits: int | None) -> list[int]:
    if max_bits is None or not faces:
        return []
    hashes = np.array([face.phash for face in faces], dtype=np.uint64)
    quality = np.array([face.blur for face in faces])
    kept = representatives(hashes, quality, max_bits)
    return [face.id for face, keep in zip(faces, kept, strict=True) if not keep]


def _beyond_best(faces: Sequence[Face], best: int | None) -> list[int]:
    if best is None or len(faces) <= best:
        return []
    pose: NDArray[np.float64] = np.array([(face.yaw, face.pitch) for face in faces])
    kept = best_spread(pose, np.array([face.blur for face in faces]), best)
    return [face.id for face, keep in zip(faces, kept, strict=True) if not keep]


def _distributions(faces: Sequence[Face]) -> dict[str, tuple[float, ...]]:
    if not faces:
        return {}
    return {
        score: tuple(round(float(q), 3) for q in np.quantile([getattr(face, score) for face in faces], _QUANTILES))
        for score in SCORES
    }
