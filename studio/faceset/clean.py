"""Cleaning: which faces to reject and why, proposed in the paper's order and applied as one entry of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from studio.core.config import Settings
from studio.core.errors import UsageError
from studio.core.project import Project
from studio.core.records import FaceState, Identity
from studio.core.store.columns import FaceColumns
from studio.core.store.journal import Change, Entry
from studio.faceset.dominant import dominant_group
from studio.faceset.material import Material, read_material
from studio.faceset.proposals import (
    Ids,
    Limits,
    Proposal,
    Which,
    beyond_best,
    find_person,
    near_duplicates,
    other_people,
    outside_limits,
    used,
)

CLEANED = ("blur", "pose", "size", "identity", "duplicate", "best")
SCORES = ("blur", "yaw", "pitch", "roll", "size", "confidence", "landmark_confidence", "exposure", "occlusion")
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
    clusters: int = Field(
        25,
        ge=1,
        le=1000,
        description="Cluster the faces anew into so many (the paper's k); where it is not given, clusters that all "
        "faces have already stay.",
    )
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

    @property
    def limits(self) -> Limits:
        """The limits of scores."""
        return Limits(self.min_blur, self.max_yaw, self.max_pitch, self.min_size)


@dataclass(frozen=True, eq=False)
class Cleaning(Proposal):
    """A proposal of several steps, each over what those before it left.

    Attributes:
        distributions: for each score its quantiles at 0, 5, 25, 50, 75, 95 and 100 percent, over the used faces;
            scores that no face has are left out.
        columns: all faces of the faceset, as they are now.
        labels: where clusters were looked at, the cluster of each of `columns`; else None.
        kept_clusters: which of them stay.
    """

    distributions: Mapping[str, tuple[float, ...]]
    columns: FaceColumns
    labels: NDArray[np.int64] | None
    kept_clusters: frozenset[int]

    @property
    def clusters(self) -> Mapping[int, int]:
        """The number of faces by cluster, where clusters were looked at."""
        if self.labels is None:
            return {}
        names, counts = np.unique(self.labels, return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))


def propose(project: Project, identity: Identity, settings: CleanSettings) -> Cleaning:
    """What `settings` would reject of the identity's used faces; changes no state.

    Where no face had a cluster, the clusters found are stored.

    Raises:
        UsageError: a cluster is named that does not exist.
    """
    material = read_material(project, identity)
    columns = material.columns
    left = used(columns)
    rejected: dict[str, Ids] = {reason: np.zeros(0, dtype=np.int64) for reason in CLEANED}

    def take(proposal: Proposal) -> None:
        rejected.update(proposal.rejected)
        left[np.isin(columns.ids, proposal.all_rejected)] = False

    take(outside_limits(columns, settings.limits, left))
    labels, person = None, frozenset[int]()
    if settings.by_identity and len(columns):
        labels, person = _clusters(material, settings)
        if (columns.clusters < 0).all():
            project.store.faces.set_clusters(dict(zip(columns.ids.tolist(), labels.tolist(), strict=True)))
        take(other_people(columns, labels, person, left))
    if settings.duplicates is not None:
        take(near_duplicates(columns, project.store.faces.hashes(identity), settings.duplicates, left))
    if settings.best is not None:
        take(beyond_best(columns, settings.best, left))
    return Cleaning(
        f"Clean {identity.name}", rejected, int(np.count_nonzero(left)), _distributions(columns, used(columns)),
        columns, labels, person,
    )  # fmt: skip


def apply(project: Project, identity: Identity, cleaning: Cleaning) -> Entry | None:
    """Make the rejections and the clusters they go by, as one entry of the journal; None where none is rejected."""
    if not len(cleaning):
        return None
    changes = [Change("state", cleaning.all_rejected, FaceState.REJECTED)]
    if cleaning.labels is not None:
        changes.append(Change("cluster", cleaning.columns.ids, cleaning.labels))
    return project.store.journal.edit(identity, f"{cleaning.title}: reject {cleaning.parts}", changes)


def _clusters(material: Material, settings: CleanSettings) -> tuple[NDArray[np.int64], frozenset[int]]:
    """The cluster of each face, and those that stay."""
    columns, features = material.columns, material.features
    anew = "clusters" in settings.model_fields_set or bool((columns.clusters < 0).any())
    if anew:
        # All faces are clustered, rejected ones too: numbers then stay the same from one call to the next.
        labels, person = find_person(features, material.sources, material.same_person, settings.clusters)
    else:
        # Those that were merged or divided by hand among them.
        labels = columns.clusters.astype(np.int64)
        person = dominant_group(features, labels, material.sources, material.same_person)
    if settings.keep_identity == "auto":
        return labels, person.clusters
    wanted = frozenset(int(part) for part in str(settings.keep_identity).split(","))
    unknown = wanted - set(labels.tolist())
    if unknown:
        raise UsageError(
            f"There is no cluster {min(unknown)} in this faceset.",
            hint=f"Clusters: {', '.join(str(name) for name in np.unique(labels).tolist())}.",
            code="usage.cluster",
        )
    return labels, wanted


def _distributions(columns: FaceColumns, which: Which) -> dict[str, tuple[float, ...]]:
    found = {}
    for score in SCORES:
        values = getattr(columns, score)[which].astype(np.float64)
        values = values[np.isfinite(values)]
        if len(values):
            found[score] = tuple(round(float(quantile), 3) for quantile in np.quantile(values, _QUANTILES))
    return found
