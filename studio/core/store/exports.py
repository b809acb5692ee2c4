"""The exported videos and whose faces they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.core.records import Identity
from studio.core.store.database import Database
from studio.core.store.identities import now


@dataclass(frozen=True)
class Export:
    """One exported video; `run` and `target` are None for a pristine twin."""

    path: str
    driver_video: str
    run: str | None
    sha256: str
    settings: Mapping[str, Any]
    created: str


class ExportTable:
    """Exports by path: writing one again replaces its record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, path: str, driver_video: str, run: str | None, driver: Identity | None, target: Identity | None,
        sha256: str, settings: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Record an export."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO exports (path, driver_video, run, driver, target, sha256, settings, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    path, driver_video, run, driver.id if driver else None, target.id if target else None, sha256,
                    json.dumps(settings, sort_keys=True), now(),
                ),
            )  # fmt: skip

    def of(self, identity: Identity) -> list[Export]:
        """The exports that show or were driven by `identity`."""
        return self._select("WHERE driver = ?1 OR target = ?1 ORDER BY id", (identity.id,))

    def all(self) -> list[Export]:
        """Every export, oldest first."""
        return self._select("ORDER BY id", ())

    def _select(self, where: str, values: tuple[int, ...]) -> list[Export]:
        rows = self._database.connection.execute(f"SELECT * FROM exports {where}", values)
        return [
            Export(
                row["path"], row["driver_video"], row["run"], row["sha256"], json.loads(row["settings"]), row["created"]
            )
            for row in rows
        ]
