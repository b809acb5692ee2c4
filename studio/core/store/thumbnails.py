"""The thumbnails of a faceset, in one file: read so, thousands of small pictures come faster."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from studio.core.errors import StorageError
from studio.core.files import storage_errors

_BUSY_MS = 10_000
_SUFFIXES = ("", "-wal", "-shm")
_TABLE = "CREATE TABLE IF NOT EXISTS thumbnails (row INTEGER PRIMARY KEY, jpeg BLOB NOT NULL)"


class Thumbnails:
    """JPEG pictures by row of a faceset; may be used from several threads and processes at once.

    The file is a cache: one that is missing or damaged is begun anew, and what is not there is made again.
    """

    def __init__(self, path: Path) -> None:
        """`path` is made with the first picture."""
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def put(self, rows: Sequence[int], pictures: Sequence[bytes]) -> None:
        """Keep a picture for each of `rows`, in place of the one that was there.

        Raises:
            StorageError: the disk is full or can't be written.
        """
        values = [(int(row), picture) for row, picture in zip(rows, pictures, strict=True)]
        self._write("INSERT OR REPLACE INTO thumbnails (row, jpeg) VALUES (?, ?)", values)

    def get(self, rows: Iterable[int]) -> dict[int, bytes]:
        """The pictures of those of `rows` that have one."""
        return dict(self._read("jpeg", rows))

    def missing(self, rows: Iterable[int]) -> list[int]:
        """Those of `rows` that have no picture, in their order."""
        wanted = [int(row) for row in rows]
        there = {row for row, _ in self._read("NULL", wanted)}
        return [row for row in wanted if row not in there]

    def remove(self, rows: Iterable[int]) -> None:
        """Drop the pictures of `rows`."""
        if self._path.exists():
            self._write("DELETE FROM thumbnails WHERE row = ?", [(int(row),) for row in rows])

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            self._drop()

    def _read(self, column: str, rows: Iterable[int]) -> list[tuple[int, Any]]:
        query = f"SELECT row, {column} FROM thumbnails WHERE row IN (SELECT value FROM json_each(?))"
        with self._lock:
            if not self._path.exists():
                return []
            try:
                return self._open().execute(query, (json.dumps([int(row) for row in rows]),)).fetchall()
            except sqlite3.DatabaseError:
                # Whatever is wrong with it: without a picture the face itself is read.
                self._drop()
                return []

    def _write(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        with self._lock, storage_errors(self._path):
            try:
                self._commit(statement, values)
            except sqlite3.OperationalError as error:
                self._drop()
                raise StorageError(
                    f"{self._path} can't be written: {error}.",
                    hint="See that the disk is not full and the project folder can be written.",
                    code="storage.thumbnails",
                ) from error
            except sqlite3.DatabaseError:
                self._drop()
                for suffix in _SUFFIXES:
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                self._commit(statement, values)

    def _commit(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(statement, values)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(_TABLE)
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
