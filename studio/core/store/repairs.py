"""Repairs by hand of what an analysis found in a driver's video, as a journal: done, undone and done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from studio.core.store.database import Database
from studio.core.store.identities import now

RepairKind = Literal["skip", "landmarks", "mask"]


@dataclass(frozen=True)
class Repair:
    """One frame's repair.

    Attributes:
        frame: index in its video.
        x, y: middle of the face it is for, in pixels of the frame as the face was found; None: the frame as a whole.
        data: of the kind's own making; empty for a frame that is skipped.
    """

    kind: RepairKind
    frame: int
    x: float | None = None
    y: float | None = None
    data: bytes = b""


@dataclass(frozen=True)
class RepairEntry:
    """What one command repaired: undone and done again as a whole."""

    id: int
    title: str
    frames: int
    undone: bool
    created: str


class RepairTable:
    """Repairs by the content of the video they are for, whatever analysis there is of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, video: str, title: str, repairs: Sequence[Repair]) -> int:
        """Record an entry for the video of this SHA-256; what was undone in it can't be done again any more."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM repair_entries WHERE video = ? AND undone = 1", (video,))
            entry = connection.execute(
                "INSERT INTO repair_entries (video, title, created) VALUES (?, ?, ?)", (video, title, now())
            ).lastrowid
            connection.executemany(
                "INSERT INTO repairs (entry, kind, frame, x, y, data) VALUES (?, ?, ?, ?, ?, ?)",
                [(entry, repair.kind, repair.frame, repair.x, repair.y, repair.data) for repair in repairs],
            )
        assert entry is not None
        return entry

    def of(self, video: str) -> list[Repair]:
        """The repairs that hold, in the order they were made."""
        rows = self._database.connection.execute(
            "SELECT r.* FROM repairs r JOIN repair_entries e ON e.id = r.entry"
            " WHERE e.video = ? AND e.undone = 0 ORDER BY r.id",
            (video,),
        )
        return [Repair(row["kind"], row["frame"], row["x"], row["y"], row["data"]) for row in rows]

    def entries(self, video: str) -> list[RepairEntry]:
        """All entries, newest first."""
        rows = self._database.connection.execute(
            "SELECT e.*, count(DISTINCT r.frame) AS frames FROM repair_entries e JOIN repairs r ON r.entry = e.id"
            " WHERE e.video = ? GROUP BY e.id ORDER BY e.id DESC",
            (video,),
        )
        return [
            RepairEntry(row["id"], row["title"], row["frames"], bool(row["undone"]), row["created"]) for row in rows
        ]

    def undo(self, video: str) -> str | None:
        """Take the last entry back; its title, None if there is none."""
        return self._turn(video, undone=1, order="DESC")

    def redo(self, video: str) -> str | None:
        """Make the entry again that was undone last; its title, None if there is none."""
        return self._turn(video, undone=0, order="ASC")

    def _turn(self, video: str, *, undone: int, order: str) -> str | None:
        with self._database.transaction() as connection:
            row = connection.execute(
                f"SELECT id, title FROM repair_entries WHERE video = ? AND undone = ? ORDER BY id {order} LIMIT 1",
                (video, 1 - undone),
            ).fetchone()
            if row is None:
                return None
            connection.execute("UPDATE repair_entries SET undone = ? WHERE id = ?", (undone, row["id"]))
        return str(row["title"])
