"""Faces whose files leave for the system's trash: what they are, and that they never come back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.core.records import STATES, FaceState, Identity
from studio.core.store.database import Database

# A face, whatever it was copied from by a merge, and all other copies: they share their files.
_KIN = """
    SELECT f.id, f.row, i.folder, c.id AS correction
    FROM faces f JOIN identities i ON i.id = f.identity LEFT JOIN corrections c ON c.face = coalesce(f.copy_of, f.id)
    OR c.face = f.id WHERE coalesce(f.copy_of, f.id) IN ({faces}) ORDER BY f.id
"""
_REJECTED = "SELECT coalesce(copy_of, id) FROM present WHERE identity = ? AND state = ?"
_GONE = "SELECT coalesce(copy_of, id) FROM faces JOIN marks ON face = id WHERE identity = ? AND hidden = 2"


@dataclass(frozen=True)
class StoredFiles:
    """Where the files of a face are: its row, the folder under facesets/ and the ids of its corrections."""

    face: int
    folder: str
    row: int
    corrections: tuple[int, ...]


class TrashTable:
    """Faces on their way to the trash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rejected(self, identity: Identity) -> list[StoredFiles]:
        """The rejected faces of `identity`, with the faces that share their files."""
        return self._kin(_REJECTED, identity.id, STATES.index(FaceState.REJECTED))

    def gone(self, identity: Identity) -> list[StoredFiles]:
        """The faces of `identity` that were put into the trash, with the faces that shared their files."""
        return self._kin(_GONE, identity.id)

    def put(self, faces: Iterable[int]) -> Mapping[int, int]:
        """Hide faces for good: no entry of the journal touches them, no extraction finds them again.

        Returns:
            what `take_back` needs.
        """
        which = "face IN (SELECT value FROM json_each(?))"
        values = (json.dumps(sorted(faces)),)
        with self._database.transaction() as connection:
            rows = connection.execute(f"SELECT face, hidden FROM marks WHERE {which}", values).fetchall()
            connection.execute(f"UPDATE marks SET hidden = 2 WHERE {which}", values)
        return {row["face"]: row["hidden"] for row in rows}

    def take_back(self, before: Mapping[int, int]) -> None:
        """Have faces whose files could not be moved be what they were before `put`."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE marks SET hidden = ? WHERE face = ?", [(hidden, face) for face, hidden in before.items()]
            )

    def _kin(self, faces: str, *values: object) -> list[StoredFiles]:
        found: dict[int, list[sqlite3.Row]] = {}
        for row in self._database.connection.execute(_KIN.format(faces=faces), values):
            found.setdefault(row["id"], []).append(row)
        return [
            StoredFiles(
                face, rows[0]["folder"], rows[0]["row"], tuple(row["correction"] for row in rows if row["correction"])
            )
            for face, rows in found.items()
        ]
