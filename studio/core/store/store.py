"""Everything a project remembers."""

from __future__ import annotations

from pathlib import Path

from studio.core.store.corrections import CorrectionTable
from studio.core.store.database import Database
from studio.core.store.exports import ExportTable
from studio.core.store.faces import FaceTable
from studio.core.store.identities import IdentityTable
from studio.core.store.journal import Journal
from studio.core.store.media import MediaTable
from studio.core.store.repairs import RepairTable
from studio.core.store.trash import TrashTable


class Store:
    """The tables of one project over one connection."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.identities = IdentityTable(self._database)
        self.media = MediaTable(self._database)
        self.faces = FaceTable(self._database)
        self.journal = Journal(self._database)
        self.corrections = CorrectionTable(self._database)
        self.trash = TrashTable(self._database)
        self.exports = ExportTable(self._database)
        self.repairs = RepairTable(self._database)

    def version(self) -> int:
        """A number that changes whenever anybody has changed the project; what it is says nothing."""
        return self._database.version()

    def close(self) -> None:
        """Close the database."""
        self._database.close()
