"""Corrections by hand: each has a number of its own, after which its files are named."""

from __future__ import annotations

from studio.core.store.database import Database
from studio.core.store.identities import now


class CorrectionTable:
    """Which correction is in use for a face changes through the journal only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, face: int) -> int:
        """A new number, never given before, for a correction of a face."""
        with self._database.transaction() as connection:
            number = connection.execute(
                "INSERT INTO corrections (face, created) VALUES (?, ?)", (face, now())
            ).lastrowid
        assert number is not None
        return number
