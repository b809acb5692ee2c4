"""The SQLite file of a project: opening, migrating, transactions."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from studio.core.errors import ProjectError, StorageError
from studio.core.store.schema import MIGRATIONS
from studio.core.store.scores import SCORES, pack_scores

SCHEMA_VERSION = len(MIGRATIONS)
_BUSY_MS = 10_000


class Database:
    """One connection to project.db in WAL mode.

    Attributes:
        connection: rows come as `sqlite3.Row`; use `transaction` to write.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`, making or migrating it where needed.

        Raises:
            ProjectError: the file is no database of ours, or of a newer version.
            StorageError: the disk is full or read-only.
        """
        self._path = path
        self._writes = 0
        with self._explained():
            # Statements run on whichever thread holds the job; the store serialises nothing itself.
            self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        try:
            self._prepare()
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        """Close the connection; the object can't be used afterwards."""
        self.connection.close()

    def version(self) -> int:
        """A number that changes with every commit of anybody."""
        others = int(self.connection.execute("PRAGMA data_version").fetchone()[0])
        return (others << 32) + self._writes

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write that is done whole or not at all."""
        with self._explained():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
                self._writes += 1
            except BaseException:
                # SQLite has rolled back by itself where the disk is full.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        with self._explained():
            self.connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            version = int(self.connection.execute("PRAGMA user_version").fetchone()[0])
            if version > SCHEMA_VERSION:
                raise ProjectError(
                    f"The project was made by a newer version (schema {version}, this one knows {SCHEMA_VERSION}).",
                    hint="Update Faceswap Studio; the project was not touched.",
                    code="project.newer",
                )
            if version < SCHEMA_VERSION:
                self.connection.execute("PRAGMA journal_mode = WAL")
                self._migrate()
            # Only now: tables that others refer to can't be rebuilt under it.
            self.connection.execute("PRAGMA foreign_keys = ON")
            self.connection.execute("PRAGMA synchronous = NORMAL")

    def _migrate(self) -> None:
        self.connection.create_function("pack_scores", len(SCORES), pack_scores, deterministic=True)
        with self.transaction() as connection:
            # Asked again: another process may have migrated while this one waited.
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
                for statement in statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            text = str(error)
            # Without a free block not even the lock file can be made, which SQLite calls an I/O error.
            if "full" in text or ("disk I/O error" in text and shutil.disk_usage(self._path.parent).free == 0):
                raise StorageError(
                    f"The disk that holds {self._path} is full.",
                    hint="Free some space and try again.",
                    code="storage.full",
                ) from error
            if "readonly" in text or "unable to open" in text:
                raise StorageError(
                    f"{self._path} can't be written.",
                    hint="Check the permissions of the project folder.",
                    code="storage.readonly",
                ) from error
            if "not a database" in text or "malformed" in text:
                raise ProjectError(
                    f"{self._path} is damaged: {text}.",
                    hint="Restore project.db from a backup.",
                    code="project.damaged",
                ) from error
            raise


def pick(connection: sqlite3.Connection, values: Mapping[int, int]) -> None:
    """Have the temporary table `picked` (face, value) hold `values`, for statements about many faces at once."""
    _empty_picked(connection)
    connection.executemany("INSERT INTO picked VALUES (?, ?)", values.items())


def pick_alike(connection: sqlite3.Connection, faces: Sequence[int], value: int) -> None:
    """Have `picked` hold the same value for all `faces`: in a third of the time, as no row passes through Python."""
    _empty_picked(connection)
    connection.execute("INSERT OR REPLACE INTO picked SELECT value, ? FROM json_each(?)", (value, json.dumps(faces)))


def _empty_picked(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS picked (face INTEGER PRIMARY KEY, value INTEGER NOT NULL)")
    connection.execute("DELETE FROM picked")
