"""Edits of identities as the journal makes them: names, merges and deletions, recorded so that undo takes them back."""

from __future__ import annotations

import sqlite3
from typing import Literal

from studio.core.errors import IdentityError

Field = Literal["name", "hidden", "merged_into"]


def change_identity(connection: sqlite3.Connection, entry: int, identity: int, field: Field, value: str | int) -> None:
    """Give an identity another value as part of an entry."""
    connection.execute(
        "INSERT INTO identity_changes (entry, identity, field, before, after)"
        f" SELECT ?, id, ?, {field}, ? FROM identities WHERE id = ?",
        (entry, field, value, identity),
    )
    _set(connection, identity, field, value)


def move_identities(connection: sqlite3.Connection, entry: int, column: Literal["before", "after"]) -> None:
    """Give the identities of an entry their values of before or after.

    Raises:
        IdentityError: two would have the same name then.
    """
    changes = connection.execute("SELECT * FROM identity_changes WHERE entry = ?", (entry,)).fetchall()
    for change in changes:
        _set(connection, change["identity"], change["field"], change[column])
    if changes:
        check_names(connection)


def check_names(connection: sqlite3.Connection) -> None:
    """Refuse what a transaction did to the names, if two present identities have one name.

    Raises:
        IdentityError: they have.
    """
    seen: set[str] = set()
    for row in connection.execute("SELECT name FROM identities WHERE hidden = 0 ORDER BY id"):
        # SQLite folds the case of ASCII alone.
        if row["name"].casefold() in seen:
            raise _taken(row["name"])
        seen.add(row["name"].casefold())


def _set(connection: sqlite3.Connection, identity: int, field: str, value: str | int | None) -> None:
    if field == "name":
        connection.execute(
            "INSERT OR IGNORE INTO former_names (name, identity) SELECT name, id FROM identities WHERE id = ?",
            (identity,),
        )
    try:
        connection.execute(f"UPDATE identities SET {field} = ? WHERE id = ?", (value, identity))
    except sqlite3.IntegrityError as error:
        name = connection.execute("SELECT name FROM identities WHERE id = ?", (identity,)).fetchone()["name"]
        raise _taken(str(value) if field == "name" else name) from error


def _taken(name: str) -> IdentityError:
    return IdentityError(
        f"There is an identity called {name!r} already.",
        hint="Choose another name, or rename that one first: studio identity rename.",
        code="identity.exists",
    )
