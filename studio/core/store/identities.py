"""Identities and their consent records."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime

from studio.core.errors import IdentityError
from studio.core.records import Basis, Identity, Scope
from studio.core.store.database import Database

_CURRENT = """
    SELECT i.id, i.name, c.basis, c.scope, c.note, c.document, c.document_sha256, c.expires, c.revoked
    FROM identities i JOIN consents c ON c.id = (SELECT max(id) FROM consents WHERE identity = i.id)
"""


def now() -> str:
    """The present moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class IdentityTable:
    """The people of a project; each with the newest of its consent records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Identity]:
        """Every identity, in the order they were added."""
        return [_identity(row) for row in self._database.connection.execute(f"{_CURRENT} ORDER BY i.id")]

    def get(self, name: str) -> Identity:
        """The identity called `name` (case does not matter).

        Raises:
            IdentityError: there is none.
        """
        row = self._database.connection.execute(f"{_CURRENT} WHERE i.name = ?", (name,)).fetchone()
        if row is None:
            raise IdentityError(
                f"There is no identity {name!r} in this project, and so no consent record.",
                hint=f"Add one first: studio identity add DIR {name} --basis ... --note ...",
                code="identity.unknown",
            )
        return _identity(row)

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
            connection.execute("INSERT OR IGNORE INTO identities (name) VALUES (?)", (name,))
            path, digest = document or (None, None)
            connection.execute(
                "INSERT INTO consents (identity, basis, scope, note, document, document_sha256, expires, created)"
                " SELECT id, ?, ?, ?, ?, ?, ?, ? FROM identities WHERE name = ?",
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


def _identity(row: sqlite3.Row) -> Identity:
    return Identity(
        id=row["id"],
        name=row["name"],
        basis=Basis(row["basis"]),
        scope=Scope(row["scope"]),
        note=row["note"],
        document=row["document"],
        document_sha256=row["document_sha256"],
        expires=date.fromisoformat(row["expires"]) if row["expires"] else None,
        revoked=row["revoked"],
    )
