"""The faces of a faceset as columns, for whoever looks at all of them at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.store.scores import SCORES, score_table

# Column of the store for each field of FaceColumns that is written once, and no score.
_WRITTEN_ONCE = {"ids": "id", "rows": "row", "media": "medium", "frames": "frame"}

# The marks of a face as one number, since 100,000 faces take a quarter less time with fewer values: from the lowest bit
# on 2 of `hidden`, 2 of the state, 1 of seen, 27 of the cluster plus one, and the correction.
_MARKS = "hidden | (state << 2) | (seen << 4) | ((cluster + 1) << 5) | (correction << 32)"

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
        return _columns(np.zeros((len(_WRITTEN_ONCE), 0), dtype=np.int64), np.zeros((0, len(SCORES))))

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, which: NDArray[np.bool_] | NDArray[np.integer[Any]] | slice) -> FaceColumns:
        """The faces under a mask (N,), at indices, or in a slice."""
        return FaceColumns(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def joined(self, *others: FaceColumns) -> FaceColumns:
        """These faces and then those of `others`."""
        names = [field.name for field in fields(self)]
        return FaceColumns(
            **{name: np.concatenate([getattr(part, name) for part in (self, *others)]) for name in names}
        )

    def writable(self) -> FaceColumns:
        """The same faces with marks of their own: clusters, states, seen and corrections."""
        marks = ("clusters", "states", "seen", "corrections")
        return replace(self, **{name: getattr(self, name).copy() for name in marks})


class ColumnReader:
    """Reads facesets as columns.

    What is written once of a face is read once: the marks of 100,000 faces are there in a third of the time, and an
    extraction that adds faces every second costs no more than what it adds.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[int, FaceColumns] = {}

    def read(self, identity: int) -> FaceColumns:
        """The present faces of an identity; all but the marks is shared between readings, and not to be written."""
        known = self._known.get(identity, FaceColumns.empty())
        last = int(known.ids[-1]) if len(known) else 0
        marks = [np.array(part) for (part,) in self._parts(_MARKS, "id <= ?", identity, last)]
        new = []
        names = ", ".join(_WRITTEN_ONCE.values())
        for part, *numbers, scores in self._parts(f"{_MARKS}, {names}, scores", "id > ?", identity, last):
            marks.append(np.array(part))
            new.append(_columns(np.array(numbers), score_table(scores)))
        if new:
            known = self._known[identity] = known.joined(*new)
        return _marked(known, np.concatenate(marks)) if marks else known

    def _parts(self, names: str, condition: str, *values: int) -> Iterator[list[tuple[Any, ...]]]:
        """Columns of the faces of an identity, hidden ones too, in the order of their ids: a part of them at a time."""
        cursor = self._connection.cursor()
        # Bare tuples: 100,000 `sqlite3.Row` take a quarter longer. And in parts: they take many times the memory of
        # what is in them.
        cursor.row_factory = None
        cursor.execute(
            f"SELECT {names} FROM faces JOIN marks ON face = id WHERE identity = ? AND {condition} ORDER BY id", values
        )
        while rows := cursor.fetchmany(_PART):
            yield list(zip(*rows, strict=True))


def _marked(faces: FaceColumns, marks: NDArray[np.int64]) -> FaceColumns:
    """The present ones of `faces` with their marks (N,), as `_MARKS` packs them."""
    present = marks & 3 == 0
    if not present.all():
        faces, marks = faces.select(present), marks[present]
    return replace(
        faces,
        states=(marks >> 2 & 3).astype(np.uint8),
        seen=(marks >> 4 & 1).astype(np.bool_),
        clusters=((marks >> 5 & (1 << 27) - 1) - 1).astype(np.int32),
        corrections=marks >> 32,
    )


def _columns(numbers: NDArray[np.int64], scores: NDArray[np.float64]) -> FaceColumns:
    """Faces without marks, from (written once, N) numbers and (N, scores) scores."""
    parts = dict(zip(SCORES, scores.T, strict=True))
    times = parts.pop("time").copy()
    faces = FaceColumns(
        **dict(zip(_WRITTEN_ONCE, numbers, strict=True)),
        **{name: values.astype(np.float32) for name, values in parts.items()},
        times=times,
        clusters=np.empty(0, np.int32),
        states=np.empty(0, np.uint8),
        seen=np.empty(0, np.bool_),
        corrections=np.empty(0, np.int64),
    )
    return _marked(faces, np.zeros(len(times), dtype=np.int64))
