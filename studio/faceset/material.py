"""What proposals are made of: a faceset's columns with features and sources in the same order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.project import Project
from studio.core.records import Identity
from studio.core.store.columns import FaceColumns
from studio.faceset.folder import encoder_of
from studio.faceset.reduction import Features


@dataclass(frozen=True, eq=False)
class Material:
    """One reading of a faceset.

    Attributes:
        features: (N, D) float32 identity features; memory-mapped where rows and faces go in step.
        sources: (N,) number of what a face's medium counts as when media vote.
        same_person: the encoder's published distance between faces of one person; None where there is none.
    """

    columns: FaceColumns
    features: Features
    sources: NDArray[np.int64]
    same_person: float | None


def read_material(project: Project, identity: Identity) -> Material:
    """Read what is known of the faces of `identity`.

    Raises:
        FacesetError: the faceset is damaged, or this version does not know its identity encoder.
    """
    columns = project.store.faces.columns(identity)
    if len(columns) == 0:
        return Material(columns, np.zeros((0, 1), dtype=np.float32), np.zeros(0, dtype=np.int64), None)
    facts = encoder_of(project.store.faces.face(int(columns.ids[0])).engines)
    features = features_of(project, identity, columns, facts.dimensions)
    return Material(columns, features, _sources(project, identity, columns), facts.same_person)


def features_of(project: Project, identity: Identity, columns: FaceColumns, dimensions: int) -> Features:
    """The identity features of `columns`, (N, dimensions).

    Raises:
        FacesetError: their file is missing or damaged.
    """
    rows = columns.rows
    if len(rows) == 0:
        return np.zeros((0, dimensions), dtype=np.float32)
    stored = project.features(identity, dimensions).read(int(rows.max()) + 1)
    in_step = len(stored) == len(rows) and bool((rows == np.arange(len(rows))).all())
    return stored if in_step else np.asarray(stored[rows])


def _sources(project: Project, identity: Identity, columns: FaceColumns) -> NDArray[np.int64]:
    media = project.store.media.of(identity)
    numbers: dict[str, int] = {}
    by_medium = {medium.id: numbers.setdefault(medium.grouping, len(numbers)) for medium in media}
    known, inverse = np.unique(columns.media, return_inverse=True)
    return np.array([by_medium.get(int(medium), -1) for medium in known], dtype=np.int64)[inverse]
