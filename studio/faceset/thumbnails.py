"""The thumbnails of a faceset, made where they are missing."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import Identity
from studio.faceset.folder import FacesetFolder
from studio.faceset.thumbnail import thumbnail


def fetch(project: Project, identity: Identity, rows: Sequence[int]) -> dict[int, bytes | None]:
    """The thumbnails of rows of a faceset; those that are not kept yet are made, None where there is no picture."""
    kept = project.thumbnails(identity)
    found: dict[int, bytes | None] = dict(kept.get(rows))
    folder = FacesetFolder(project, identity)
    made: dict[int, bytes] = {}
    for row in rows:
        if row not in found:
            face = read_png(folder.image_path(row))
            if face is None or face.ndim != 3:
                found[row] = None
            else:
                found[row] = made[row] = thumbnail(face)
    if made:
        kept.put(list(made), list(made.values()))
    return found
