"""The media a faceset was extracted from, and how far each was scanned."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.records import Identity
from studio.core.store.database import Database


@dataclass(frozen=True)
class StoredMedium:
    """A video or image that faces were taken from; `grouping` is what it counts as when media vote."""

    id: int
    source: str
    resolved: str
    grouping: str


@dataclass(frozen=True)
class Scan:
    """One pass over a medium: every `stride`-th frame before `next_frame`, faces of at least `min_size` pixels."""

    stride: int
    min_size: float
    next_frame: int
    complete: bool

    def covers(self, frame: int, min_size: float) -> bool:
        """Whether this pass has looked at `frame` for faces of `min_size` pixels."""
        return frame < self.next_frame and frame % self.stride == 0 and self.min_size <= min_size

    def covers_all(self, stride: int, min_size: float) -> bool:
        """Whether nothing is left for a pass of this `stride` and `min_size`."""
        return self.complete and stride % self.stride == 0 and self.min_size <= min_size


class MediaTable:
    """Media by content: the same file under another name is the same medium."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, identity: Identity, sha256: str) -> StoredMedium | None:
        """The medium of this content in the faceset, or None."""
        row = self._database.connection.execute(
            "SELECT id, source, resolved, grouping FROM media WHERE identity = ? AND sha256 = ?", (identity.id, sha256)
        ).fetchone()
        return None if row is None else StoredMedium(row["id"], row["source"], row["resolved"], row["grouping"])

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
            "SELECT f.id, m.grouping FROM faces f JOIN media m ON m.id = f.medium WHERE f.identity = ?", (identity.id,)
        )
        return {row["id"]: row["grouping"] for row in rows}

    def has_faces(self, medium: StoredMedium) -> bool:
        """Whether any face came from `medium`."""
        row = self._database.connection.execute("SELECT 1 FROM faces WHERE medium = ? LIMIT 1", (medium.id,)).fetchone()
        return row is not None

    def scans(self, medium: StoredMedium) -> list[Scan]:
        """The passes made over `medium`."""
        rows = self._database.connection.execute(
            "SELECT stride, min_size, next_frame, complete FROM scans WHERE medium = ?", (medium.id,)
        )
        return [Scan(row["stride"], row["min_size"], row["next_frame"], bool(row["complete"])) for row in rows]
