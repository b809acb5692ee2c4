"""`studio undo` and `studio redo`."""

from __future__ import annotations

from pathlib import Path

from studio.cli.output import Output
from studio.core.project import Project


def undo(folder: Path, /) -> Output:
    """Take the last edit back.

    Parameters
    ----------
    folder
        The project.
    """
    with Project(folder) as project:
        entry = project.store.journal.undo()
        left = project.store.journal.remaining()[0]
    line = f"Undone: {entry.title} ({entry.faces} faces)." if entry else "There is nothing to undo."
    return Output({"undone": entry.title if entry else None, "remaining": left}, [line])


def redo(folder: Path, /) -> Output:
    """Make the edit that was undone last again.

    Parameters
    ----------
    folder
        The project.
    """
    with Project(folder) as project:
        entry = project.store.journal.redo()
        left = project.store.journal.remaining()[1]
    line = f"Done again: {entry.title} ({entry.faces} faces)." if entry else "There is nothing to do again."
    return Output({"redone": entry.title if entry else None, "remaining": left}, [line])
