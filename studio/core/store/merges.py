"""Faces that a merge copied from one faceset into another: they come and go with the journal's entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from studio.core.errors import FacesetError
from studio.core.records import Identity
from studio.core.store.database import pick

_BROUGHT = "SELECT f.id FROM faces f JOIN media m ON m.id = f.medium WHERE m.entry = ?"


def add_copies(
    connection: sqlite3.Connection, entry: int, source: Identity, into: Identity, rows: Mapping[int, int]
) -> None:
    """Copy faces of `source` and their media to `into`; `rows` gives the row of each copied face.

    Media are copied even where `into` has the same ones: what a merge brought can then be told from the rest.

    Raises:
        FacesetError: the facesets were made by different engines.
    """
    pick(connection, rows)
    _bind_engines(connection, source.id, into.id)
    media = connection.execute("SELECT * FROM media WHERE identity = ? AND hidden = 0", (source.id,)).fetchall()
    for medium in media:
        copy = connection.execute(
            "INSERT INTO media (identity, source, resolved, grouping, sha256, entry) VALUES (?, ?, ?, ?, ?, ?)",
            (into.id, medium["source"], medium["resolved"], medium["grouping"], medium["sha256"], entry),
        ).lastrowid
        assert copy is not None
        _copy_medium(connection, medium["id"], copy, into.id)


def show_copies(connection: sqlite3.Connection, entry: int, *, shown: bool) -> int:
    """Show or hide what the merge `entry` brought; returns how many faces that were.

    Faces that the faceset has got by itself meanwhile, from the same place of the same medium, stay hidden.

    Raises:
        FacesetError: the faceset has been begun with other engines meanwhile.
    """
    connection.execute("UPDATE media SET hidden = ? WHERE entry = ?", (int(not shown), entry))
    if not shown:
        return connection.execute(
            f"UPDATE marks SET hidden = 1 WHERE hidden = 0 AND face IN ({_BROUGHT})", (entry,)
        ).rowcount
    merged = connection.execute(
        "SELECT c.identity AS source, c.after AS target FROM identity_changes c"
        " WHERE c.entry = ? AND c.field = 'merged_into'",
        (entry,),
    ).fetchone()
    if merged is None:
        return 0
    _bind_engines(connection, merged["source"], merged["target"])
    return connection.execute(
        f"UPDATE marks SET hidden = 0 WHERE hidden = 1 AND face IN ({_BROUGHT}) AND NOT EXISTS ("
        " SELECT 1 FROM faces f JOIN media m ON m.id = f.medium"
        " JOIN media o ON o.identity = m.identity AND o.sha256 = m.sha256 AND o.hidden = 0 AND o.id <> m.id"
        " JOIN faces g ON g.medium = o.id AND g.frame = f.frame AND g.position = f.position"
        " JOIN marks k ON k.face = g.id AND k.hidden <> 1 WHERE f.id = marks.face)",
        (entry,),
    ).rowcount


def _copy_medium(connection: sqlite3.Connection, medium: int, copy: int, into: int) -> None:
    connection.execute(
        "INSERT INTO scans (medium, stride, min_size, similar, aligned, next_frame, complete)"
        " SELECT ?, stride, min_size, similar, aligned, next_frame, complete FROM scans WHERE medium = ?",
        (copy, medium),
    )
    connection.execute(
        "INSERT INTO faces (identity, medium, row, frame, position, x0, y0, x1, y1, engines, phash, scores, copy_of)"
        " SELECT ?, ?, p.value, frame, position, x0, y0, x1, y1, engines, phash, scores, coalesce(copy_of, id)"
        " FROM faces JOIN picked p ON p.face = id WHERE medium = ?",
        (into, copy, medium),
    )
    # Clusters are numbered in each faceset by itself: the copies belong to none.
    connection.execute(
        "INSERT INTO marks (face, state, seen, correction) SELECT f.id, m.state, m.seen, m.correction"
        " FROM picked p JOIN faces f ON f.identity = ? AND f.row = p.value JOIN marks m ON m.face = p.face"
        " WHERE f.medium = ?",
        (into, copy),
    )


def _bind_engines(connection: sqlite3.Connection, source: int, into: int) -> None:
    engines = {
        row["id"]: row["engines"]
        for row in connection.execute("SELECT id, engines FROM identities WHERE id IN (?, ?)", (source, into))
    }
    if engines[into] is None:
        connection.execute("UPDATE identities SET engines = ? WHERE id = ?", (engines[source], into))
    elif engines[source] is not None and engines[source] != engines[into]:
        raise FacesetError(
            f"The two facesets were made with different engines: {engines[source]} and {engines[into]}.",
            hint="Extract the media of one of them anew into the other.",
            code="faceset.engine",
        )
