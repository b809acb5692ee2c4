"""Identities and their consent records."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from itertools import count

from studio.core.errors import IdentityError
from studio.core.records import Basis, Identity, Scope
from studio.core.store.database import Database

_CURRENT = """
    SELECT i.id, i.name, i.folder, c.basis, c.scope, c.note, c.document, c.document_sha256, c.expires, c.revoked
    FROM identities i JOIN consents c ON c.id = (SELECT max(id) FROM consents WHERE identity = i.id)
"""


def now() -> str:
    """The present moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class IdentityTable:
    """The people of a project; each with the newest of its consent records.

    Names, merges and deletions change through the journal only. Who was merged or deleted is not there for anybody.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Identity]:
        """Every identity, in the order they were added."""
        rows = self._database.connection.execute(f"{_CURRENT} WHERE i.hidden = 0 ORDER BY i.id")
        return [_identity(row) for row in rows]

    def get(self, name: str) -> Identity:
        """The identity called `name` (case does not matter), or the only one that once was.

        Whoever was merged into somebody is that one.

        Raises:
            IdentityError: there is none.
        """
        row = self._database.connection.execute(f"{_CURRENT} WHERE i.name = ? AND i.hidden = 0", (name,)).fetchone()
        if row is not None:
            return _identity(row)
        former = {found for found in map(self._present, self._once_called(name)) if found is not None}
        if len(former) != 1:
            raise IdentityError(
                f"There is no identity {name!r} in this project, and so no consent record.",
                hint=f"Add one first: studio identity add DIR {name} --basis ... --note ...",
                code="identity.unknown",
            )
        return self.by_id(former.pop())

    def by_id(self, identity: int) -> Identity:
        """The identity with this id.

        Raises:
            IdentityError: it was deleted or merged into another one.
        """
        row = self._database.connection.execute(f"{_CURRENT} WHERE i.id = ? AND i.hidden = 0", (identity,)).fetchone()
        if row is None:
            raise IdentityError(
                "This identity was deleted or merged into another one.",
                hint="Undo brings it back.",
                code="identity.unknown",
            )
        return _identity(row)

    def present(self, identity: int) -> Identity:
        """Whoever the identity with this id is now: itself, or whom it was merged into.

        Raises:
            IdentityError: it was deleted.
        """
        found = self._present(identity)
        return self.by_id(identity if found is None else found)

    def merged(self, identity: Identity) -> list[Identity]:
        """Everyone who was merged into `identity`, directly or by way of others."""
        rows = self._database.connection.execute(
            "WITH RECURSIVE found (id) AS (VALUES (?) UNION SELECT i.id FROM identities i JOIN found f"
            f" ON i.merged_into = f.id) {_CURRENT} WHERE i.id IN (SELECT id FROM found) AND i.id <> ? ORDER BY i.id",
            (identity.id, identity.id),
        )
        return [_identity(row) for row in rows]

    def names(self, identity: Identity) -> frozenset[str]:
        """Every name that stands for `identity` in what was made with it: its own, earlier ones, those merged in."""
        people = [identity, *self.merged(identity)]
        marks = ",".join("?" * len(people))
        rows = self._database.connection.execute(
            f"SELECT name FROM former_names WHERE identity IN ({marks})", [person.id for person in people]
        )
        return frozenset([*(person.name for person in people), *(row["name"] for row in rows)])

    def find(self, name: str) -> Identity | None:
        """The identity called `name`, or None."""
        try:
            return self.get(name)
        except IdentityError:
            return None

    def add(
        self, name: str, basis: Basis, scope: Scope, note: str, document: tuple[str, str] | None, expires: date | None
    ) -> Identity:
        """Add a record for `name`, making the identity where it is new; `document` is (path, SHA-256)."""
        with self._database.transaction() as connection:
            known = connection.execute("SELECT 1 FROM identities WHERE name = ? AND hidden = 0", (name,)).fetchone()
            if known is None:
                folder = _free_folder(connection, name)
                connection.execute("INSERT INTO identities (name, folder) VALUES (?, ?)", (name, folder))
            path, digest = document or (None, None)
            connection.execute(
                "INSERT INTO consents (identity, basis, scope, note, document, document_sha256, expires, created)"
                " SELECT id, ?, ?, ?, ?, ?, ?, ? FROM identities WHERE name = ? AND hidden = 0",
                (basis, scope, note, path, digest, expires and expires.isoformat(), now(), name),
            )
        return self.get(name)

    def revoke(self, identity: Identity) -> None:
        """Withdraw every record of `identity`."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE consents SET revoked = ? WHERE identity = ? AND revoked IS NULL", (now(), identity.id)
            )

    def engines(self, identity: Identity) -> str | None:
        """The engines that the faceset was begun with; None while it is empty."""
        row = self._database.connection.execute("SELECT engines FROM identities WHERE id = ?", (identity.id,))
        value = row.fetchone()["engines"]
        return None if value is None else str(value)

    def set_engines(self, identity: Identity, engines: str) -> None:
        """Record the engines that the faceset is begun with."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE identities SET engines = ? WHERE id = ?", (engines, identity.id))

    def _once_called(self, name: str) -> list[int]:
        rows = self._database.connection.execute(
            "SELECT identity AS id FROM former_names WHERE name = ?"
            " UNION SELECT id FROM identities WHERE name = ? AND hidden = 1",
            (name, name),
        )
        return [row["id"] for row in rows]

    def _present(self, identity: int) -> int | None:
        """Whoever `identity` is now: itself, whom it was merged into, or nobody."""
        row = self._database.connection.execute(
            "WITH RECURSIVE chain (id) AS (VALUES (?) UNION SELECT i.merged_into FROM identities i JOIN chain c"
            " ON i.id = c.id WHERE i.hidden = 1 AND i.merged_into IS NOT NULL)"
            " SELECT i.id FROM identities i JOIN chain c ON i.id = c.id WHERE i.hidden = 0",
            (identity,),
        ).fetchone()
        return None if row is None else int(row["id"])


def _free_folder(connection: sqlite3.Connection, name: str) -> str:
    """`name`, or `name` with a number where somebody who was renamed or deleted has that folder."""
    taken = {row["folder"].casefold() for row in connection.execute("SELECT folder FROM identities")}
    numbered = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(folder for folder in numbered if folder.casefold() not in taken)


def _identity(row: sqlite3.Row) -> Identity:
    return Identity(
        id=row["id"],
        name=row["name"],
        folder=row["folder"],
        basis=Basis(row["basis"]),
        scope=Scope(row["scope"]),
        note=row["note"],
        document=row["document"],
        document_sha256=row["document_sha256"],
        expires=date.fromisoformat(row["expires"]) if row["expires"] else None,
        revoked=row["revoked"],
    )
