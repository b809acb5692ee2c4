"""The journal of edits: every change of a face's state is part of one undoable entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from studio.core.records import FaceState, Identity
from studio.core.store.database import Database
from studio.core.store.identities import now


@dataclass(frozen=True)
class Entry:
    """An edit as the user made it: one line of the history."""

    id: int
    title: str
    faces: int


class Journal:
    """Edits in order; undo takes the last one back, redo makes it again, also after a restart.

    A new edit forgets what was undone before it, as in every editor.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_state(self, identity: Identity, face_ids: Iterable[int], state: FaceState, title: str) -> Entry | None:
        """Give faces of `identity` a state, as one entry; None where nothing changes.

        Faces of other identities and faces that have the state already are left alone.
        """
        with self._database.transaction() as connection:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS picked (face INTEGER PRIMARY KEY)")
            connection.execute("DELETE FROM picked")
            connection.executemany("INSERT OR IGNORE INTO picked VALUES (?)", [(face,) for face in face_ids])
            connection.execute(
                "DELETE FROM picked WHERE face NOT IN (SELECT id FROM faces WHERE identity = ? AND state <> ?)",
                (identity.id, state),
            )
            count = int(connection.execute("SELECT count(*) FROM picked").fetchone()[0])
            if count == 0:
                return None
            _forget_undone(connection)
            entry = connection.execute(
                "INSERT INTO entries (identity, title, created) VALUES (?, ?, ?)", (identity.id, title, now())
            ).lastrowid
            assert entry is not None
            connection.execute(
                "INSERT INTO changes (entry, face, before, after)"
                " SELECT ?, f.id, f.state, ? FROM faces f JOIN picked p ON p.face = f.id",
                (entry, state),
            )
            connection.execute("UPDATE faces SET state = ? WHERE id IN (SELECT face FROM picked)", (state,))
        return Entry(entry, title, count)

    def undo(self) -> Entry | None:
        """Take the last entry back; None where there is none."""
        return self._move("SELECT max(id) AS id FROM entries WHERE undone = 0", "before", undone=True)

    def redo(self) -> Entry | None:
        """Make the entry undone last again; None where there is none."""
        return self._move("SELECT min(id) AS id FROM entries WHERE undone = 1", "after", undone=False)

    def remaining(self) -> tuple[int, int]:
        """How many entries can be undone, and how many redone."""
        rows = self._database.connection.execute("SELECT undone, count(*) AS n FROM entries GROUP BY undone")
        counts = {row["undone"]: row["n"] for row in rows}
        return counts.get(0, 0), counts.get(1, 0)

    def _move(self, which: str, column: str, *, undone: bool) -> Entry | None:
        with self._database.transaction() as connection:
            entry = connection.execute(which).fetchone()["id"]
            if entry is None:
                return None
            changed = connection.execute(
                f"UPDATE faces SET state = c.{column} FROM changes c WHERE c.entry = ? AND c.face = faces.id", (entry,)
            ).rowcount
            connection.execute("UPDATE entries SET undone = ? WHERE id = ?", (int(undone), entry))
            title = connection.execute("SELECT title FROM entries WHERE id = ?", (entry,)).fetchone()["title"]
        return Entry(entry, title, changed)


def _forget_undone(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM changes WHERE entry IN (SELECT id FROM entries WHERE undone = 1)")
    connection.execute("DELETE FROM entries WHERE undone = 1")
