"""The map of a faceset: every face as a point in the plane, near to those it is like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import FacesetError
from studio.core.files import storage_errors, whole_file
from studio.core.project import Project
from studio.core.records import Identity
from studio.faceset.reduction import Features, reduced

Ids = NDArray[np.int64]
Places = NDArray[np.float32]

_FILE = "map.npy"

# Every row says which face it is of: faces that came later have none, and the array needs no order.
_ROW = np.dtype([("face", "<i8"), ("x", "<f4"), ("y", "<f4")])


def plain_map(features: Features) -> Places:
    """The map that is there at once: the two principal components of features (N, D), scaled to about -1..1.

    Returns:
        (N, 2) float32; zeros where there is nothing to tell faces apart.

    Raises:
        ValueError: `features` is not (N, D) or not finite.
    """
    return unit_scaled(_two_columns(reduced(features, 2)))


def unit_scaled(places: NDArray[np.floating]) -> Places:
    """Places (N, 2) moved and scaled, alike in both directions, so that 98 % of each lies within -1..1."""
    if len(places) == 0:
        return np.zeros((0, 2), dtype=np.float32)
    low, high = np.quantile(places, [0.01, 0.99], axis=0)
    reach = float((high - low).max()) / 2
    return np.asarray((places - (low + high) / 2) / (reach if reach > 0 else 1.0), dtype=np.float32)


def save_map(project: Project, identity: Identity, ids: Ids, places: Places) -> Path:
    """Keep the map of the faces `ids` (N,), places (N, 2), in the faceset's folder; returns the file.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    rows = np.empty(len(ids), dtype=_ROW)
    rows["face"], rows["x"], rows["y"] = ids, places[:, 0], places[:, 1]
    path = _path(project, identity)
    with whole_file(path) as part:
        np.save(part, rows, allow_pickle=False)
    return path


def load_map(project: Project, identity: Identity) -> tuple[Ids, Places] | None:
    """The map that was computed last: ids of its faces (N,) ascending and places (N, 2); None where there is none.

    Faces that were extracted since are not on it.

    Raises:
        FacesetError: its file is damaged.
    """
    path = _path(project, identity)
    if not path.exists():
        return None
    try:
        with storage_errors(path):
            rows = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _damaged(path, str(error)) from error
    if rows.dtype != _ROW or rows.ndim != 1:
        raise _damaged(path, f"it holds {rows.dtype}")
    rows = rows[np.argsort(rows["face"], kind="stable")]
    return rows["face"].astype(np.int64), np.column_stack([rows["x"], rows["y"]]).astype(np.float32)


def _two_columns(components: Places) -> Places:
    return np.pad(components, ((0, 0), (0, 2 - components.shape[1])))


def _path(project: Project, identity: Identity) -> Path:
    return project.faceset_folder(identity) / _FILE


def _damaged(path: Path, why: str) -> FacesetError:
    return FacesetError(
        f"{path} is damaged: {why}.",
        hint="Compute the map again: studio map DIR NAME",
        code="faceset.damaged",
    )
