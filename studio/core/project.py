"""The project folder."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.core.errors import IdentityError, ProjectError
from studio.core.files import storage_errors, write_text
from studio.core.records import Identity
from studio.core.rows import RowArray
from studio.core.store.store import Store
from studio.core.store.thumbnails import Thumbnails

_SCHEMA = 1
_FILE = "project.toml"
_NAME = re.compile(r"[\w][\w .-]{0,62}", re.UNICODE)
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
LANDMARKS = (68, 2)


class Project:
    """A folder with project.toml, project.db, facesets, runs and exports; close it, or use it as a context.

    Attributes:
        folder: absolute path of the project.
        store: what the project remembers.
    """

    def __init__(self, folder: Path) -> None:
        """Open the project in `folder`.

        Raises:
            ProjectError: `folder` holds no project, a damaged one or one of a newer version.
            StorageError: it can't be written.
        """
        self.folder = folder.resolve()
        _check_file(self.folder)
        database = self.folder / "project.db"
        if not database.is_file():
            raise ProjectError(
                f"{database} is missing: it held the consent records and what is known of every face.",
                hint="Restore it from a backup.",
                code="project.damaged",
            )
        if not os.access(self.folder, os.W_OK):
            with storage_errors(self.folder):
                raise PermissionError(13, "Permission denied", str(self.folder))
        self.store = Store(database)
        self._thumbnails: dict[str, Thumbnails] = {}

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make an empty project in `folder`, which must be new or empty.

        Raises:
            ProjectError: there is something in `folder` already.
            StorageError: it can't be written.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            known = (folder / _FILE).exists()
            raise ProjectError(
                f"{folder} {'is a project already' if known else 'is not empty'}.",
                hint="Use it as it is." if known else "Name a new or an empty folder.",
                code="project.exists",
            )
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("facesets", "runs", "exports"):
                (folder / name).mkdir(exist_ok=True)
        # project.toml comes last: a folder without it is no project, so a crash leaves none that is half made.
        Store(folder / "project.db").close()
        write_text(folder / _FILE, f"# A Faceswap Studio project\nschema = {_SCHEMA}\n")
        return cls(folder)

    def close(self) -> None:
        """Close the database and what was opened beside it."""
        for thumbnails in self._thumbnails.values():
            thumbnails.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def runs(self) -> Path:
        """The folder of run folders."""
        return self.folder / "runs"

    @property
    def exports(self) -> Path:
        """The folder of exported videos."""
        return self.folder / "exports"

    @property
    def analyses(self) -> Path:
        """The folder of cached driver analyses."""
        return self.folder / "analyses"

    @property
    def unfinished(self) -> Path:
        """The folder of exports in the making, also of those that are to lie elsewhere."""
        return self.folder / "unfinished"

    @property
    def detectors(self) -> Path:
        """The folder of the project's own detectors."""
        return self.folder / "detectors"

    def faceset_folder(self, identity: Identity) -> Path:
        """The folder of an identity's aligned faces, masks and arrays."""
        return self.folder / "facesets" / identity.folder

    def thumbnails(self, identity: Identity) -> Thumbnails:
        """The thumbnails of the identity's faces: JPEG of 160 px, by row."""
        path = self.faceset_folder(identity) / "thumbnails.db"
        return self._thumbnails.setdefault(identity.folder, Thumbnails(path))

    def landmarks(self, identity: Identity) -> RowArray:
        """Landmarks of the identity's faces in pixels of the source frame, rows of (68, 2)."""
        return RowArray(self.faceset_folder(identity) / "landmarks.npy", LANDMARKS)

    def features(self, identity: Identity, dimensions: int) -> RowArray:
        """Identity features of the identity's faces, rows of (dimensions,)."""
        return RowArray(self.faceset_folder(identity) / "features.npy", (dimensions,))


def check_name(name: str) -> str:
    """`name` if it can name an identity and its folder on every platform.

    Raises:
        IdentityError: it can't.
    """
    if not _NAME.fullmatch(name) or name.endswith((".", " ")) or name.casefold() in _RESERVED:
        raise IdentityError(
            f"{name!r} can't name an identity.",
            hint="Use 1 to 63 letters, digits, spaces, dots, dashes and underscores; begin with a letter or digit.",
            code="identity.name",
        )
    return name


def _check_file(folder: Path) -> None:
    path = folder / _FILE
    if not path.is_file():
        raise ProjectError(
            f"{folder} is not a project.", hint=f"Make one with: studio new {folder}", code="project.missing"
        )
    try:
        schema = tomllib.loads(path.read_text(encoding="utf-8"))["schema"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise ProjectError(
            f"{path} is damaged.", hint="Restore it: one line, schema = 1.", code="project.damaged"
        ) from error
    if not isinstance(schema, int) or schema > _SCHEMA:
        raise ProjectError(
            f"The project was made by a newer version (schema {schema}, this one knows {_SCHEMA}).",
            hint="Update Faceswap Studio; the project was not touched.",
            code="project.newer",
        )
