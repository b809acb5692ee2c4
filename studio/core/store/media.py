"""The media a faceset was extracted from, and how far each was scanned."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from studio.core.records import Identity
from studio.core.store.database import Database

# The media of one content in one faceset: its own, and those that merges brought. Takes the id of any of them.
SAME_CONTENT = (
    "SELECT o.id FROM media o JOIN media m ON o.identity = m.identity AND o.sha256 = m.sha256"
    " WHERE m.id = ? AND o.hidden = 0"
)
_MEDIA = "SELECT id, source, resolved, grouping FROM media"


@dataclass(frozen=True)
class StoredMedium:
    """A video or image that faces were taken from; `grouping` is what it counts as when media vote."""

    id: int
    source: str
    resolved: str
    grouping: str


@dataclass(frozen=True)
class Scan:
    """One pass over a medium: every `stride`-th frame before `next_frame`, faces of at least `min_size` pixels.

    Attributes:
        similar: frames that differ by less than this from the last one were left out; 0 where all were looked at.
        aligned: whether each picture was taken for one aligned face.
    """

    stride: int
    min_size: float
    next_frame: int
    complete: bool
    similar: float = 0
    aligned: bool = False

    def covers(self, frame: int, min_size: float, similar: float = 0, aligned: bool = False) -> bool:
        """Whether this pass has looked at `frame` as closely as another one with these settings would."""
        near = frame < self.next_frame and frame % self.stride == 0
        return near and self._as_close(min_size, similar, aligned)

    def covers_all(self, stride: int, min_size: float, similar: float = 0, aligned: bool = False) -> bool:
        """Whether nothing is left for a pass with these settings."""
        return self.complete and stride % self.stride == 0 and self._as_close(min_size, similar, aligned)

    def _as_close(self, min_size: float, similar: float, aligned: bool) -> bool:
        return self.min_size <= min_size and self.similar <= similar and self.aligned >= aligned


class MediaTable:
    """Media by content: the same file under another name is the same medium."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, identity: Identity, sha256: str) -> StoredMedium | None:
        """The medium of this content in the faceset, or None."""
        row = self._database.connection.execute(
            f"{_MEDIA} WHERE identity = ? AND sha256 = ? AND entry IS NULL", (identity.id, sha256)
        ).fetchone()
        return None if row is None else _medium(row)

    def of(self, identity: Identity) -> list[StoredMedium]:
        """The media of the faceset, in the order they were added; one that a merge brought may be there twice."""
        rows = self._database.connection.execute(
            f"{_MEDIA} WHERE identity = ? AND hidden = 0 ORDER BY id", (identity.id,)
        )
        return [_medium(row) for row in rows]

    def get(self, medium: int) -> StoredMedium:
        """The medium with this id, which some face names."""
        return _medium(self._database.connection.execute(f"{_MEDIA} WHERE id = ?", (medium,)).fetchone())

    def add(self, identity: Identity, source: str, resolved: str, grouping: str, sha256: str) -> StoredMedium:
        """The medium of this content, made where it is new."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO media (identity, source, resolved, grouping, sha256) VALUES (?, ?, ?, ?, ?)",
                (identity.id, source, resolved, grouping, sha256),
            )
        medium = self.find(identity, sha256)
        assert medium is not None
        return medium

    def groupings(self, identity: Identity) -> dict[int, str]:
        """For each face id what its medium counts as when media vote."""
        rows = self._database.connection.execute(
            "SELECT f.id, m.grouping FROM present f JOIN media m ON m.id = f.medium WHERE f.identity = ?",
            (identity.id,),
        )
        return {row["id"]: row["grouping"] for row in rows}

    def has_faces(self, medium: StoredMedium) -> bool:
        """Whether any face came from `medium`."""
        row = self._database.connection.execute(
            f"SELECT 1 FROM faces WHERE medium IN ({SAME_CONTENT}) LIMIT 1", (medium.id,)
        ).fetchone()
        return row is not None

    def scans(self, medium: StoredMedium) -> list[Scan]:
        """The passes made over `medium`."""
        rows = self._database.connection.execute(
            "SELECT stride, min_size, next_frame, complete, similar, aligned FROM scans"
            f" WHERE medium IN ({SAME_CONTENT})",
            (medium.id,),
        )
        return [
            Scan(
                row["stride"], row["min_size"], row["next_frame"], bool(row["complete"]), row["similar"],
                bool(row["aligned"]),
            )
            for row in rows
        ]  # fmt: skip


def _medium(row: sqlite3.Row) -> StoredMedium:
    return StoredMedium(row["id"], row["source"], row["resolved"], row["grouping"])
