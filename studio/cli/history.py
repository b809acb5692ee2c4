"""`studio undo`, `studio redo` and `studio history`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from studio.cli.output import Output
from studio.core.project import Project
from studio.core.store.journal import Entry

_COLUMNS = ("edit", "faces", "identity", "when", "state")


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
    line = f"Undone: {_told(entry)}" if entry else "There is nothing to undo."
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
    line = f"Done again: {_told(entry)}" if entry else "There is nothing to do again."
    return Output({"redone": entry.title if entry else None, "remaining": left}, [line])


def history(folder: Path, /, *, limit: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 20) -> Output:
    """Show the edits, newest first; those that were undone can be made again until a new one is made.

    With --json: entries (id, title, faces, identity, created, undone), undo and redo (how many are left of each).

    Parameters
    ----------
    folder
        The project.
    limit
        How many.
    """
    with Project(folder) as project:
        entries = project.store.journal.history(limit)
        undo_left, redo_left = project.store.journal.remaining()
        names = {identity.id: identity.name for identity in project.store.identities.all()}
    rows = [
        {
            "id": entry.id, "title": entry.title, "faces": entry.faces, "identity": names.get(entry.identity),
            "created": entry.created, "undone": entry.undone,
        }
        for entry in entries
    ]  # fmt: skip
    table = [
        (entry.title, str(entry.faces), names.get(entry.identity, "-"), entry.created, "undone" if entry.undone else "")
        for entry in entries
    ]
    return Output(
        {"entries": rows, "undo": undo_left, "redo": redo_left},
        [] if entries else ["No edit yet."],
        [_COLUMNS, *table] if entries else [],
    )


def _told(entry: Entry) -> str:
    return f"{entry.title} ({entry.faces} faces)." if entry.faces else f"{entry.title}."
