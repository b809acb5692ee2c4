"""The faces of all facesets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import FacesetError
from studio.core.records import STATES, Face, FaceState, Identity
from studio.core.store.columns import ColumnReader, FaceColumns
from studio.core.store.database import Database
from studio.core.store.media import SAME_CONTENT, Scan, StoredMedium
from studio.core.store.scores import pack_scores, unpack_scores

_FACES = "SELECT f.*, m.source AS source FROM present f JOIN media m ON m.id = f.medium"


@dataclass(frozen=True)
class NewFace:
    """A face about to be stored; fields as in `records.Face`."""

    frame: int
    time: float
    position: int
    box: tuple[float, float, float, float]
    confidence: float
    size: float
    blur: float
    pose: tuple[float, float, float]
    engines: str
    phash: tuple[int, int, int, int]
    landmark_confidence: float | None = None
    exposure: float | None = None
    occlusion: float | None = None

    @property
    def packed_scores(self) -> bytes:
        """The scores as the store keeps them."""
        return pack_scores(
            self.time, self.confidence, self.size, self.blur, *self.pose, self.landmark_confidence, self.exposure,
            self.occlusion,
        )  # fmt: skip


class FaceTable:
    """Faces by identity; states change through the journal only.

    Faces that an undone merge had brought, and those whose files are in the trash, are not there for anybody.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns = ColumnReader(database.connection)

    def of(self, identity: Identity, *states: FaceState) -> list[Face]:
        """The faces of `identity` in the order of their rows; of all states where none is named."""
        codes = [STATES.index(state) for state in states or STATES]
        rows = self._database.connection.execute(
            f"{_FACES} WHERE f.identity = ? AND f.state IN ({_marks(codes)}) ORDER BY f.row", (identity.id, *codes)
        )
        return [_face(row) for row in rows]

    def face(self, face_id: int) -> Face:
        """The face with this id.

        Raises:
            FacesetError: there is none.
        """
        row = self._database.connection.execute(f"{_FACES} WHERE f.id = ?", (face_id,)).fetchone()
        if row is None:
            raise FacesetError(
                f"There is no face {face_id} any more.",
                hint="It was moved to the trash, or its faceset was changed elsewhere.",
                code="faceset.face",
            )
        return _face(row)

    def columns(self, identity: Identity) -> FaceColumns:
        """The faces of `identity` as arrays, of which only the marks may be written."""
        return self._columns.read(identity.id)

    def hashes(self, identity: Identity) -> NDArray[np.uint64]:
        """The perceptual hashes of the faces in the order of `columns`, (N, 4)."""
        rows = self._database.connection.execute(
            "SELECT phash FROM present WHERE identity = ? ORDER BY id", (identity.id,)
        )
        return np.frombuffer(b"".join(row["phash"] for row in rows), dtype=np.uint64).reshape(-1, 4)

    def counts(self, identity: Identity) -> dict[FaceState, int]:
        """How many faces `identity` has in each state."""
        rows = self._database.connection.execute(
            "SELECT state, count(*) AS n FROM present WHERE identity = ? GROUP BY state", (identity.id,)
        )
        found = {row["state"]: int(row["n"]) for row in rows}
        return {state: found.get(code, 0) for code, state in enumerate(STATES)}

    def count(self, identity: Identity, *states: FaceState) -> int:
        """How many faces `identity` has, of all states where none is named."""
        counts = self.counts(identity)
        return sum(counts[state] for state in states or STATES)

    def origins(self, ids: Iterable[int]) -> list[str]:
        """Where the faces with these ids came from, sorted: the medium's SHA-256, frame and position.

        Faces that are gone count too: what was trained on them stays so.
        """
        rows = self._database.connection.execute(
            "SELECT m.sha256, f.frame, f.position FROM faces f JOIN media m ON m.id = f.medium"
            " WHERE f.id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        )
        return sorted(f"{row['sha256']} {row['frame']} {row['position']}" for row in rows)

    def absent(self, source: Identity, into: Identity) -> list[tuple[int, int]]:
        """Id and row of each face of `source` that `into` has not got from the same place of the same medium."""
        rows = self._database.connection.execute(
            "SELECT f.id, f.row FROM present f JOIN media m ON m.id = f.medium WHERE f.identity = ? AND NOT EXISTS ("
            " SELECT 1 FROM media o JOIN faces g ON g.medium = o.id AND g.frame = f.frame AND g.position = f.position"
            " JOIN marks k ON k.face = g.id AND k.hidden <> 1"
            " WHERE o.identity = ? AND o.sha256 = m.sha256 AND o.hidden = 0) ORDER BY f.row",
            (source.id, into.id),
        )
        return [(row["id"], row["row"]) for row in rows]

    def next_row(self, identity: Identity) -> int:
        """The first row of the arrays that no stored face uses."""
        query = "SELECT coalesce(max(row) + 1, 0) FROM faces WHERE identity = ?"
        return int(self._database.connection.execute(query, (identity.id,)).fetchone()[0])

    def positions(self, medium: StoredMedium, frames: Sequence[int]) -> set[tuple[int, int]]:
        """Which (frame, position) of `frames` are stored already, or were and are in the trash now."""
        rows = self._database.connection.execute(
            "SELECT frame, position FROM faces JOIN marks ON face = id"
            f" WHERE medium IN ({SAME_CONTENT}) AND frame IN ({_marks(frames)}) AND hidden <> 1",
            (medium.id, *frames),
        )
        return {(row["frame"], row["position"]) for row in rows}

    def add(
        self, identity: Identity, medium: StoredMedium, first_row: int, faces: Iterable[NewFace], scan: Scan
    ) -> None:
        """Store `faces` in rows from `first_row` on and how far the scan is, in one transaction."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO faces (identity, medium, row, frame, position, x0, y0, x1, y1, engines, phash, scores)"
                " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        identity.id, medium.id, first_row + n, face.frame, face.position, *face.box, face.engines,
                        np.array(face.phash, np.uint64).tobytes(), face.packed_scores,
                    )
                    for n, face in enumerate(faces)
                ],
            )  # fmt: skip
            connection.execute(
                "INSERT INTO marks (face) SELECT id FROM faces WHERE identity = ? AND row >= ?",
                (identity.id, first_row),
            )
            connection.execute(
                "INSERT INTO scans (medium, stride, min_size, similar, aligned, next_frame, complete)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET next_frame = max(next_frame, excluded.next_frame),"
                " complete = max(complete, excluded.complete)",
                (
                    medium.id,
                    scan.stride,
                    scan.min_size,
                    scan.similar,
                    int(scan.aligned),
                    scan.next_frame,
                    int(scan.complete),
                ),
            )

    def set_clusters(self, clusters: Mapping[int, int]) -> None:
        """Record the cluster of each face id: computed, not an edit, and so no entry of the journal."""
        with self._database.transaction() as connection:
            connection.executemany("UPDATE marks SET cluster = ? WHERE face = ?", [(c, f) for f, c in clusters.items()])

    def set_seen(self, identity: Identity, ids: Iterable[int], seen: bool = True) -> None:
        """Note that faces of `identity` were looked at: not an edit, and so no entry of the journal."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE marks SET seen = ? WHERE face IN (SELECT value FROM json_each(?))"
                " AND ? = (SELECT identity FROM faces WHERE id = face)",
                (int(seen), json.dumps([int(face) for face in ids]), identity.id),
            )


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _face(row: sqlite3.Row) -> Face:
    words = np.frombuffer(row["phash"], dtype=np.uint64)
    scores: dict[str, Any] = unpack_scores(row["scores"])
    return Face(
        id=row["id"],
        row=row["row"],
        medium=row["medium"],
        source=row["source"],
        frame=row["frame"],
        index=row["position"],
        box=(row["x0"], row["y0"], row["x1"], row["y1"]),
        engines=row["engines"],
        phash=(int(words[0]), int(words[1]), int(words[2]), int(words[3])),
        cluster=None if row["cluster"] < 0 else row["cluster"],
        state=STATES[row["state"]],
        seen=bool(row["seen"]),
        correction=row["correction"] or None,
        **scores,
    )
