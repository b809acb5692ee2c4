"""`studio trash`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from studio.cli.output import Output
from studio.core.project import Project
from studio.faceset.trash import TrashCounts, count_rejected, trash_rejected


def trash(
    folder: Path, name: str, /, *, apply_: Annotated[bool, Parameter(name="--apply", negative=())] = False
) -> Output:
    """Count the files of rejected faces, and with --apply move them to the system's trash for good.

    Undo brings none of these faces back, and extraction does not find them again.

    With --json: faces, images, masks, corrections, bytes (what goes) and applied.

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    apply_
        Move the files.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        counts = trash_rejected(project, identity) if apply_ else count_rejected(project, identity)
    return Output({**asdict(counts), "applied": apply_}, _sentences(counts, applied=apply_))


def _sentences(counts: TrashCounts, *, applied: bool) -> list[str]:
    if counts == TrashCounts():
        return ["No face is rejected."]
    files = f"{counts.images} images, {counts.masks} masks, {counts.corrections} files of corrections"
    what = f"{counts.faces} rejected faces: {files}; {counts.bytes / 1e6:.1f} MB."
    if applied:
        return [f"Moved to the trash: {what}"]
    return [
        f"Would move to the trash: {what}",
        "Undo does not bring them back. Nothing was changed; add --apply to do it.",
    ]
