"""The faces of a faceset as columns, for whoever looks at all of them at once."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Column of the store and kind of array for each field of FaceColumns, in its order.
_LAYOUT: dict[str, tuple[str, type[np.generic]]] = {
    "ids": ("id", np.int64),
    "rows": ("row", np.int64),
    "media": ("medium", np.int64),
    "frames": ("frame", np.int64),
    "times": ("time", np.float64),
    "size": ("size", np.float32),
    "blur": ("blur", np.float32),
    "yaw": ("yaw", np.float32),
    "pitch": ("pitch", np.float32),
    "roll": ("roll", np.float32),
    "confidence": ("confidence", np.float32),
    "landmark_confidence": ("landmark_confidence", np.float32),
    "exposure": ("exposure", np.float32),
    "occlusion": ("occlusion", np.float32),
    "clusters": ("cluster", np.int32),
    "states": ("state", np.uint8),
    "seen": ("seen", np.bool_),
    "corrections": ("correction", np.int64),
}

_PART = 8192


@dataclass(frozen=True, eq=False)
class FaceColumns:
    """Faces as arrays of one length (N,), in the order of their ids; fields as in `records.Face`.

    Attributes:
        rows: indices into the faceset's row-aligned arrays.
        media: ids of media.
        times: seconds.
        size: pixels of the frame.
        yaw, pitch, roll: degrees.
        landmark_confidence, exposure, occlusion: NaN where they were never measured.
        clusters: -1 for none.
        states: indices into `records.STATES`.
        corrections: 0 for none.
    """

    ids: NDArray[np.int64]
    rows: NDArray[np.int64]
    media: NDArray[np.int64]
    frames: NDArray[np.int64]
    times: NDArray[np.float64]
    size: NDArray[np.float32]
    blur: NDArray[np.float32]
    yaw: NDArray[np.float32]
    pitch: NDArray[np.float32]
    roll: NDArray[np.float32]
    confidence: NDArray[np.float32]
    landmark_confidence: NDArray[np.float32]
    exposure: NDArray[np.float32]
    occlusion: NDArray[np.float32]
    clusters: NDArray[np.int32]
    states: NDArray[np.uint8]
    seen: NDArray[np.bool_]
    corrections: NDArray[np.int64]

    @classmethod
    def empty(cls) -> FaceColumns:
        """No face."""
        return _columns(np.zeros((len(_LAYOUT), 0)))

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, which: NDArray[np.bool_] | NDArray[np.integer[Any]] | slice) -> FaceColumns:
        """The faces under a mask (N,), at indices, or in a slice."""
        return FaceColumns(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def joined(self, other: FaceColumns) -> FaceColumns:
        """These faces and then those of `other`."""
        pairs = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        return FaceColumns(**{name: np.concatenate(pair) for name, pair in pairs.items()})

    def writable(self) -> FaceColumns:
        """A copy with arrays of its own."""
        return FaceColumns(**{field.name: getattr(self, field.name).copy() for field in fields(self)})


def read_columns(connection: sqlite3.Connection, identity: int, after: int) -> FaceColumns:
    """The present faces of an identity whose ids are greater than `after`."""
    names = ", ".join(column for column, _ in _LAYOUT.values())
    cursor = connection.cursor()
    # Bare tuples: 100,000 `sqlite3.Row` take a quarter longer.
    cursor.row_factory = None
    cursor.execute(f"SELECT {names} FROM present WHERE identity = ? AND id > ? ORDER BY id", (identity, after))
    # Arrays of float64, in which ids below 2**53 are exact: faster than an array a column. A part at a time, since
    # rows take many times the memory of the arrays.
    parts = []
    while rows := cursor.fetchmany(_PART):
        parts.append(np.array(rows, dtype=np.float64).T)
    return _columns(np.concatenate(parts, axis=1)) if parts else FaceColumns.empty()


def _columns(table: NDArray[np.float64]) -> FaceColumns:
    kinds = {name: kind for name, (_, kind) in _LAYOUT.items()}
    return FaceColumns(**{name: values.astype(kinds[name]) for name, values in zip(kinds, table, strict=True)})
