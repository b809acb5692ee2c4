"""The thumbnails of a faceset, made where they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import Identity
from studio.faceset.folder import FacesetFolder
from studio.faceset.thumbnail import thumbnail

_NONE: Mapping[int, int] = MappingProxyType({})


def fetch(
    project: Project, identity: Identity, rows: Sequence[int], corrections: Mapping[int, int] = _NONE
) -> dict[int, bytes | None]:
    """The thumbnails of rows of a faceset; those that are not kept yet are made, None where there is no picture.

    Args:
        corrections: numbers of the corrections in use, by row: these faces are shown as they were cut anew. Their
            thumbnails are never kept: the correction may be withdrawn.
    """
    kept = project.thumbnails(identity)
    plain = [row for row in rows if row not in corrections]
    found: dict[int, bytes | None] = dict(kept.get(plain))
    folder = FacesetFolder(project, identity)
    made: dict[int, bytes] = {}
    for row in rows:
        if row in corrections:
            face = read_png(folder.correction_path(corrections[row], "aligned.png"))
            found[row] = thumbnail(face) if face is not None and face.ndim == 3 else None
        elif row not in found:
            face = read_png(folder.image_path(row))
            if face is None or face.ndim != 3:
                found[row] = None
            else:
                found[row] = made[row] = thumbnail(face)
    if made:
        kept.put(list(made), list(made.values()))
    return found
