"""Edits of identities: renaming, merging and deleting, each one entry of the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from studio.core.errors import UsageError
from studio.core.files import link_or_copy, sync_folder
from studio.core.project import Project, check_name
from studio.core.records import Identity
from studio.core.rows import RowArray
from studio.core.store.journal import Entry
from studio.faceset.folder import FacesetFolder, encoder_of
from studio.provenance.consent import require

Progress = Callable[[int, int], None]

_BATCH = 2048


def rename(project: Project, identity: Identity, name: str) -> Entry | None:
    """Call `identity` otherwise; None where that is its name. Runs that know the old name still find it.

    Raises:
        IdentityError: the name can't be used, or somebody has it.
    """
    return project.store.journal.rename(identity, check_name(name))


def delete(project: Project, identity: Identity) -> Entry:
    """Hide `identity` and its faceset, until undo; no file is touched.

    Raises:
        FacesetError: an extraction is adding faces.
    """
    with FacesetFolder(project, identity).held():
        return project.store.journal.delete(identity)


def merge(project: Project, source: Identity, into: Identity, progress: Progress | None = None) -> Entry:
    """Add the faces of `source` to those of `into` and hide `source`; undo parts them again.

    Faces keep their states. A face that `into` has already, of the same medium, frame and place, stays as it is
    there. Files are hard links where the file system knows them, so that a merge takes no space.

    Args:
        progress: told now and then how many of how many faces are copied.

    Raises:
        UsageError: the two are one.
        ConsentError: the record of one of them does not hold.
        FacesetError: the facesets were made by different engines, or an extraction is adding faces.
    """
    if source.id == into.id:
        raise UsageError(f"{source.name!r} can't be merged into itself.", hint="Name two identities.")
    for identity in (source, into):
        require(identity, "merging")
    with FacesetFolder(project, source).held(), FacesetFolder(project, into).held():
        faces = project.store.faces.absent(source, into)
        first = project.store.faces.next_row(into)
        copies = _Copies(project, source, into)
        for start in range(0, len(faces), _BATCH):
            rows = [row for _, row in faces[start : start + _BATCH]]
            copies.make(rows, first + start)
            if progress is not None:
                progress(start + len(rows), len(faces))
        copies.finish()
        return project.store.journal.merge(source, into, {face: first + n for n, (face, _) in enumerate(faces)})


class _Copies:
    """The files of one faceset under new rows of another; written before the store knows of them."""

    def __init__(self, project: Project, source: Identity, into: Identity) -> None:
        self._from, self._to = FacesetFolder(project, source), FacesetFolder(project, into)
        self._thumbnails = project.thumbnails(source), project.thumbnails(into)
        self._arrays = [(project.landmarks(source), project.landmarks(into))]
        engines = project.store.identities.engines(source)
        if engines is not None:
            dimensions = encoder_of(engines).dimensions
            self._arrays.append((project.features(source, dimensions), project.features(into, dimensions)))

    def make(self, rows: Sequence[int], first: int) -> None:
        """Copy `rows` of the one faceset to rows from `first` on of the other."""
        for new, row in enumerate(rows, start=first):
            _link(self._from.image_path(row), self._to.image_path(new))
            _link(self._from.masks_path(row), self._to.masks_path(new))
        for source, target in self._arrays:
            _copy_rows(source, target, rows, first)
        pictures = self._thumbnails[0].get(rows)
        known = [(new, pictures[row]) for new, row in enumerate(rows, start=first) if row in pictures]
        if known:
            self._thumbnails[1].put([new for new, _ in known], [picture for _, picture in known])

    def finish(self) -> None:
        """Copy the corrections, whose names are the same in all facesets, and make everything durable."""
        corrections = self._from.folder / "corrections"
        for path in sorted(corrections.glob("*")) if corrections.is_dir() else ():
            _link(path, self._to.folder / "corrections" / path.name)
        for folder in (self._to.folder / name for name in ("aligned", "masks", "corrections")):
            if folder.is_dir():
                sync_folder(folder)


def _link(source: Path, target: Path) -> None:
    # A face whose file has gone is shown as such, there as here.
    with suppress(FileNotFoundError):
        link_or_copy(source, target)


def _copy_rows(source: RowArray, target: RowArray, rows: Sequence[int], first: int) -> None:
    if rows:
        target.write(first, np.asarray(source.read(max(rows) + 1)[np.asarray(rows)]))
