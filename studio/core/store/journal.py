"""The journal of edits: every change of faces and of identities is part of one undoable entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.records import STATES, FaceState, Identity
from studio.core.store.database import Database, pick, pick_alike
from studio.core.store.identities import now
from studio.core.store.merges import add_copies, show_copies
from studio.core.store.people import change_identity, check_names, move_identities

Field = Literal["state", "cluster", "correction"]


@dataclass(frozen=True)
class Entry:
    """An edit as the user made it: one line of the history.

    Attributes:
        faces: how many faces it changed; 0 for a renaming.
        identity: id of the identity whose faceset it edited.
        created: ISO 8601, UTC.
    """

    id: int
    title: str
    faces: int
    identity: int
    created: str
    undone: bool


@dataclass(frozen=True, eq=False)
class Change:
    """What an edit does to one field of some faces.

    Attributes:
        faces: ids (N,).
        values: one for all faces, or (N,): states, numbers of clusters (-1 for none), ids of corrections (0 for none).
    """

    field: Field
    faces: Iterable[int] | NDArray[np.integer[Any]]
    values: FaceState | int | Sequence[FaceState | int] | NDArray[np.integer[Any]]

    def pairs(self) -> list[tuple[int, int]]:
        """Face and value as the store has them."""
        faces = _numbers(self.faces)
        if isinstance(self.values, (FaceState, int, np.integer)):
            return [(face, _code(self.values)) for face in faces]
        return list(zip(faces, _numbers(self.values), strict=True))


class Journal:
    """Edits in order; undo takes the last one back, redo makes it again, also after a restart.

    A new edit forgets what was undone before it, as in every editor.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def edit(self, identity: Identity, title: str, changes: Sequence[Change]) -> Entry | None:
        """Change faces of `identity`, as one entry; None where nothing changes.

        Faces of other identities and faces that have the value already are left alone. Where several changes give a
        field of a face a value, the last one counts.
        """
        with self._database.transaction() as connection:
            entry = _begin(connection, identity, title)
            for field in {change.field: None for change in changes}:
                _pick(connection, [change for change in changes if change.field == field])
                _record(connection, entry, identity, field)
            count = _faces_of(connection, entry)
            if count == 0:
                connection.execute("DELETE FROM entries WHERE id = ?", (entry,))
                return None
            _apply(connection, entry, "after")
            return _finish(connection, entry, count)

    def set_state(self, identity: Identity, face_ids: Iterable[int], state: FaceState, title: str) -> Entry | None:
        """Give faces of `identity` a state, as one entry; None where nothing changes."""
        return self.edit(identity, title, [Change("state", face_ids, state)])

    def rename(self, identity: Identity, name: str) -> Entry | None:
        """Call `identity` otherwise; None where that is its name. Its folder stays, and its old name still finds it.

        Raises:
            IdentityError: somebody else has that name.
        """
        if name == identity.name:
            return None
        with self._database.transaction() as connection:
            entry = _begin(connection, identity, f"Rename {identity.name} to {name}")
            change_identity(connection, entry, identity.id, "name", name)
            check_names(connection)
            return _finish(connection, entry, 0)

    def delete(self, identity: Identity) -> Entry:
        """Hide `identity` and its faceset; no file is touched."""
        with self._database.transaction() as connection:
            entry = _begin(connection, identity, f"Delete {identity.name}")
            change_identity(connection, entry, identity.id, "hidden", 1)
            count = connection.execute("SELECT count(*) FROM present WHERE identity = ?", (identity.id,)).fetchone()[0]
            return _finish(connection, entry, int(count))

    def merge(self, source: Identity, into: Identity, rows: Mapping[int, int]) -> Entry:
        """Hide `source` and add copies of its faces to `into`.

        Args:
            rows: for each face of `source` to copy the row of `into` which holds its copied files; all of them new.

        Raises:
            FacesetError: the two facesets were made by different engines.
        """
        with self._database.transaction() as connection:
            entry = _begin(connection, into, f"Merge {source.name} into {into.name}")
            add_copies(connection, entry, source, into, rows)
            change_identity(connection, entry, source.id, "hidden", 1)
            change_identity(connection, entry, source.id, "merged_into", into.id)
            return _finish(connection, entry, len(rows))

    def undo(self) -> Entry | None:
        """Take the last entry back; None where there is none.

        Raises:
            IdentityError: somebody has got the name meanwhile that an identity would have again.
        """
        return self._move("SELECT max(id) AS id FROM entries WHERE undone = 0", "before", undone=True)

    def redo(self) -> Entry | None:
        """Make the entry undone last again; None where there is none.

        Raises:
            IdentityError: somebody has got the name meanwhile that an identity would have again.
            FacesetError: a faceset that was merged into has been begun with other engines meanwhile.
        """
        return self._move("SELECT min(id) AS id FROM entries WHERE undone = 1", "after", undone=False)

    def remaining(self) -> tuple[int, int]:
        """How many entries can be undone, and how many redone."""
        rows = self._database.connection.execute("SELECT undone, count(*) AS n FROM entries GROUP BY undone")
        counts = {row["undone"]: row["n"] for row in rows}
        return counts.get(0, 0), counts.get(1, 0)

    def history(self, limit: int = 100) -> list[Entry]:
        """The newest entries, newest first, undone ones among them."""
        rows = self._database.connection.execute("SELECT * FROM entries ORDER BY id DESC LIMIT ?", (limit,))
        return [_entry(row, row["faces"]) for row in rows]

    def _move(self, which: str, column: Literal["before", "after"], *, undone: bool) -> Entry | None:
        with self._database.transaction() as connection:
            entry = connection.execute(which).fetchone()["id"]
            if entry is None:
                return None
            count = _faces_of(connection, entry)
            _apply(connection, entry, column)
            move_identities(connection, entry, column)
            count += show_copies(connection, entry, shown=not undone)
            connection.execute("UPDATE entries SET undone = ? WHERE id = ?", (int(undone), entry))
            return _entry(connection.execute("SELECT * FROM entries WHERE id = ?", (entry,)).fetchone(), count)


def _numbers(values: Iterable[FaceState | int] | NDArray[np.integer[Any]]) -> list[int]:
    return values.tolist() if isinstance(values, np.ndarray) else [_code(value) for value in values]


def _code(value: FaceState | int) -> int:
    return STATES.index(value) if isinstance(value, FaceState) else int(value)


def _begin(connection: sqlite3.Connection, identity: Identity, title: str) -> int:
    entry = connection.execute(
        "INSERT INTO entries (identity, title, created) VALUES (?, ?, ?)", (identity.id, title, now())
    ).lastrowid
    assert entry is not None
    return entry


def _finish(connection: sqlite3.Connection, entry: int, count: int) -> Entry:
    """Forget what was undone before the new entry.

    What an undone merge had brought stays hidden: a run may name those faces, so that their ids stay taken. No entry
    ever gets the number of a forgotten one, since the new one is there before they go.
    """
    for table in ("changes", "identity_changes"):
        connection.execute(f"DELETE FROM {table} WHERE entry IN (SELECT id FROM entries WHERE undone = 1)")
    connection.execute("DELETE FROM entries WHERE undone = 1")
    connection.execute("UPDATE entries SET faces = ? WHERE id = ?", (count, entry))
    return _entry(connection.execute("SELECT * FROM entries WHERE id = ?", (entry,)).fetchone(), count)


def _pick(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Pick the faces of changes of one field by value."""
    if len(changes) == 1 and isinstance(changes[0].values, (FaceState, int, np.integer)):
        pick_alike(connection, _numbers(changes[0].faces), _code(changes[0].values))
    else:
        pick(connection, dict(pair for change in changes for pair in change.pairs()))


def _record(connection: sqlite3.Connection, entry: int, identity: Identity, field: Field) -> None:
    """Note which of the picked faces would really change."""
    connection.execute(
        f"INSERT INTO changes (entry, field, face, before, after) SELECT ?, ?, p.face, m.{field}, p.value"
        " FROM picked p JOIN marks m ON m.face = p.face JOIN faces f ON f.id = p.face"
        f" WHERE f.identity = ? AND m.hidden = 0 AND m.{field} <> p.value",
        (entry, field, identity.id),
    )


def _apply(connection: sqlite3.Connection, entry: int, column: Literal["before", "after"]) -> None:
    """Give the faces of an entry their values of before or after.

    Faces in the trash stay what they were. So do those whose value is not the entry's any more: faces that were
    clustered anew meanwhile don't get numbers of the old clustering.
    """
    other = "after" if column == "before" else "before"
    for (field,) in connection.execute("SELECT DISTINCT field FROM changes WHERE entry = ?", (entry,)).fetchall():
        connection.execute(
            f"UPDATE marks SET {field} = c.{column} FROM changes c WHERE c.entry = ? AND c.field = ?"
            f" AND c.face = marks.face AND marks.hidden <> 2 AND marks.{field} = c.{other}",
            (entry, field),
        )


def _faces_of(connection: sqlite3.Connection, entry: int) -> int:
    """How many faces an entry changes that are not in the trash."""
    query = (
        "SELECT count(DISTINCT c.face) FROM changes c JOIN marks m ON m.face = c.face"
        " WHERE c.entry = ? AND m.hidden <> 2"
    )
    return int(connection.execute(query, (entry,)).fetchone()[0])


def _entry(row: sqlite3.Row, faces: int) -> Entry:
    return Entry(row["id"], row["title"], faces, row["identity"], row["created"], bool(row["undone"]))
