"""The faces of all facesets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from studio.core.records import Face, FaceState, Identity
from studio.core.store.database import Database
from studio.core.store.media import Scan, StoredMedium

_COLUMNS = "f.*, m.source AS source"
_FROM = "FROM faces f JOIN media m ON m.id = f.medium"


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


class FaceTable:
    """Faces by identity; states change through the journal only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, identity: Identity, state: FaceState | None = None) -> list[Face]:
        """The faces of `identity` in the order of their rows; all states where `state` is None."""
        where = "WHERE f.identity = ?" + ("" if state is None else " AND f.state = ?")
        values = (identity.id,) if state is None else (identity.id, state)
        rows = self._database.connection.execute(f"SELECT {_COLUMNS} {_FROM} {where} ORDER BY f.row", values)
        return [_face(row) for row in rows]

    def count(self, identity: Identity, state: FaceState | None = None) -> int:
        """How many faces `identity` has, of all states where `state` is None."""
        query = "SELECT count(*) FROM faces WHERE identity = ?" + ("" if state is None else " AND state = ?")
        values = (identity.id,) if state is None else (identity.id, state)
        return int(self._database.connection.execute(query, values).fetchone()[0])

    def origins(self, identity: Identity, ids: frozenset[int]) -> list[str]:
        """Where the faces with these ids came from, sorted: the medium's SHA-256, frame and position."""
        rows = self._database.connection.execute(
            "SELECT f.id, m.sha256, f.frame, f.position FROM faces f JOIN media m ON m.id = f.medium"
            " WHERE f.identity = ?",
            (identity.id,),
        )
        return sorted(f"{row['sha256']} {row['frame']} {row['position']}" for row in rows if row["id"] in ids)

    def next_row(self, identity: Identity) -> int:
        """The first row of the arrays that no stored face uses."""
        query = "SELECT coalesce(max(row) + 1, 0) FROM faces WHERE identity = ?"
        return int(self._database.connection.execute(query, (identity.id,)).fetchone()[0])

    def positions(self, medium: StoredMedium, frames: Sequence[int]) -> set[tuple[int, int]]:
        """Which (frame, position) of `frames` are stored already."""
        marks = ",".join("?" * len(frames))
        rows = self._database.connection.execute(
            f"SELECT frame, position FROM faces WHERE medium = ? AND frame IN ({marks})", (medium.id, *frames)
        )
        return {(row["frame"], row["position"]) for row in rows}

    def add(
        self, identity: Identity, medium: StoredMedium, first_row: int, faces: Iterable[NewFace], scan: Scan
    ) -> None:
        """Store `faces` in rows from `first_row` on and how far the scan is, in one transaction."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO faces (identity, medium, row, frame, time, position, x0, y0, x1, y1, confidence, size,"
                " blur, yaw, pitch, roll, engines, phash) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (
                        identity.id, medium.id, first_row + n, face.frame, face.time, face.position, *face.box,
                        face.confidence, face.size, face.blur, *face.pose, face.engines,
                        np.array(face.phash, dtype=np.uint64).tobytes(),
                    )
                    for n, face in enumerate(faces)
                ],
            )  # fmt: skip
            connection.execute(
                "INSERT INTO scans (medium, stride, min_size, next_frame, complete) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET next_frame = max(next_frame, excluded.next_frame),"
                " complete = max(complete, excluded.complete)",
                (medium.id, scan.stride, scan.min_size, scan.next_frame, int(scan.complete)),
            )

    def set_clusters(self, clusters: Mapping[int, int]) -> None:
        """Record the cluster of each face id: computed, not an edit, and so no entry of the journal."""
        with self._database.transaction() as connection:
            connection.executemany("UPDATE faces SET cluster = ? WHERE id = ?", [(c, f) for f, c in clusters.items()])


def _face(row: sqlite3.Row) -> Face:
    words = np.frombuffer(row["phash"], dtype=np.uint64)
    return Face(
        id=row["id"],
        row=row["row"],
        source=row["source"],
        frame=row["frame"],
        time=row["time"],
        index=row["position"],
        box=(row["x0"], row["y0"], row["x1"], row["y1"]),
        confidence=row["confidence"],
        size=row["size"],
        blur=row["blur"],
        yaw=row["yaw"],
        pitch=row["pitch"],
        roll=row["roll"],
        engines=row["engines"],
        phash=(int(words[0]), int(words[1]), int(words[2]), int(words[3])),
        cluster=row["cluster"],
        state=FaceState(row["state"]),
    )
