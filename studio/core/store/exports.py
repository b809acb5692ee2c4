"""The exported videos and whose faces they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from studio.core.records import Identity
from studio.core.store.database import Database
from studio.core.store.identities import now


@dataclass(frozen=True)
class Export:
    """One exported file.

    Attributes:
        run: the training it was made with; None for a pristine twin.
        sha256: of the finished file; None while it is being written, and after a crash in between.
    """

    path: str
    driver_video: str
    run: str | None
    sha256: str | None
    settings: Mapping[str, Any]
    created: str


# Behind the path of a record that another one is about to replace: no file's name has it.
_REPLACED = "\nreplaced"


class ExportTable:
    """Exports by path: one that is written again replaces the record of the one before as soon as it is whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        path: str,
        driver_video: str,
        run: str | None,
        drivers: Sequence[Identity],
        target: Identity | None,
        settings: Mapping[str, Any],
        fingerprints: bytes | None = None,
    ) -> None:
        """Record an export before its file appears, so that no file is ever without a record.

        `fingerprints` say by what it is known again when its credentials are gone.
        """
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM exports WHERE path = ? AND sha256 IS NULL", (path,))
            # The file of before stands until the new one takes its place, and shows whom it shows.
            if connection.execute("SELECT 1 FROM exports WHERE path = ?", (path,)).fetchone():
                connection.execute("DELETE FROM exports WHERE path = ?", (path + _REPLACED,))
                connection.execute("UPDATE exports SET path = ? WHERE path = ?", (path + _REPLACED, path))
            export = connection.execute(
                "INSERT INTO exports (path, driver_video, run, settings, created, fingerprints)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (path, driver_video, run, json.dumps(settings, sort_keys=True), now(), fingerprints),
            ).lastrowid
            people = [(driver, "driver") for driver in drivers] + ([(target, "target")] if target else [])
            connection.executemany(
                "INSERT INTO export_people (export, identity, role) VALUES (?, ?, ?)",
                [(export, person.id, role) for person, role in people],
            )

    def finish(self, path: str, sha256: str) -> None:
        """Record the hash of an export that is whole."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE exports SET sha256 = ? WHERE path = ?", (sha256, path))
            connection.execute("DELETE FROM exports WHERE path = ?", (path + _REPLACED,))

    def known(self) -> list[tuple[Export, bytes]]:
        """The exports that can be known again, oldest first, each with its fingerprints."""
        rows = self._database.connection.execute("SELECT * FROM exports WHERE fingerprints IS NOT NULL ORDER BY id")
        return [(_export(row), row["fingerprints"]) for row in rows]

    def of(self, identity: Identity) -> list[Export]:
        """The exports that show or were driven by `identity`, oldest first."""
        rows = self._database.connection.execute(
            "SELECT * FROM exports WHERE id IN (SELECT export FROM export_people WHERE identity = ?) ORDER BY id",
            (identity.id,),
        )
        return [_export(row) for row in rows]


def _export(row: Row) -> Export:
    path = str(row["path"]).removesuffix(_REPLACED)
    return Export(path, row["driver_video"], row["run"], row["sha256"], json.loads(row["settings"]), row["created"])
