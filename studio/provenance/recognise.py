"""Is a file a copy of an export of this project, whatever became of its credentials?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from studio.core.project import Project
from studio.core.store.exports import Export
from studio.provenance.fingerprints import Fingerprints, Likeness, compare, frames_to_compare, is_copy


@dataclass(frozen=True)
class Recognised:
    """The export a file is a copy of, or of a part of, and how sure that is."""

    export: Export
    likeness: Likeness

    @property
    def wording(self) -> str:
        """One sentence for the user."""
        return (
            f"It is known here as a copy of {self.export.path}: {self.likeness.known} of {self.likeness.frames} frames"
            f" looked at show its swapped faces (median difference {self.likeness.bits:g} of 256 bits)."
        )


def recognise(project: Project, path: Path) -> Recognised | None:
    """The export of `project` that most of a file's frames are of, of several the nearest; None if they are of none.

    Raises:
        MediaError: the file can't be read.
    """
    known = project.store.exports.known()
    if not known:
        return None
    likenesses = compare(frames_to_compare(path), [Fingerprints.unpacked(prints) for _, prints in known])
    found = [Recognised(export, likeness) for (export, _), likeness in zip(known, likenesses, strict=True)]
    copies = [one for one in found if is_copy(one.likeness)]
    return max(copies, key=lambda one: (one.likeness.known, -one.likeness.bits), default=None)


def project_around(path: Path) -> Path | None:
    """The project a file lies in; None if in none."""
    return next((folder for folder in path.resolve().parents if (folder / "project.toml").is_file()), None)
