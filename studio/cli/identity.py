"""`studio identity`: people and their consent records."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import Any

from cyclopts import App

from studio.cli.output import Output
from studio.cli.progress import display
from studio.core.errors import UsageError
from studio.core.project import Project
from studio.core.records import USED, Basis, Identity, Scope
from studio.faceset import people
from studio.provenance import consent

_UNDO = ["studio undo takes this back."]

app = App(name="identity", help="People and the consent records that allow using their faces.")


@app.default
def which() -> Output:
    """Say which commands there are."""
    raise UsageError(
        "studio identity needs another word: add, list, revoke, rename, merge or delete.",
        hint="See studio identity --help.",
    )


@app.command
def add(
    folder: Path,
    name: str,
    /,
    *,
    basis: Basis,
    note: str,
    document: Path | None = None,
    expires: str | None = None,
    scope: Scope = Scope.RESEARCH,
) -> Output:
    """Record why a person's face may be used.

    Parameters
    ----------
    folder
        The project.
    name
        What the person is called here.
    basis
        Why the face may be used.
    note
        A sentence: who agreed to what, or where the data set's terms are.
    document
        A file with the consent; a copy is kept in the project with its hash.
    expires
        The last day on which the record holds, as YYYY-MM-DD.
    scope
        What the record allows.
    """
    with Project(folder) as project:
        last = _day(expires) if expires else None
        identity = consent.add_record(project, name, basis, note, scope=scope, document=document, expires=last)
        lines = [f"Recorded {identity.name}: {identity.basis}, {identity.scope}."]
        if not identity.holds(date.today()):
            lines.append("The record has expired already: nothing can be done with this face.")
        return Output({"identities": [_row(project, identity)]}, lines)


@app.command(name="list")
def list_(folder: Path, /) -> Output:
    """Show the people of a project and their records.

    Parameters
    ----------
    folder
        The project.
    """
    with Project(folder) as project:
        rows = [_row(project, identity) for identity in project.store.identities.all()]
    if not rows:
        hint = f"No identity yet. Add one: studio identity add {shlex.quote(str(folder))} NAME --basis ... --note ..."
        return Output({"identities": []}, [hint])
    keys = ("name", "basis", "scope", "holds", "expires", "kept", "faces", "note")
    return Output({"identities": rows}, rows=[keys, *([str(row[key]) for key in keys] for row in rows)])


@app.command
def revoke(folder: Path, name: str, /) -> Output:
    """Withdraw a person's record; says which files rest on it.

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        derived = [path.as_posix() for path in consent.revoke(project, identity)]
        row = _row(project, project.store.identities.get(name))
    lines = [f"Revoked the record of {identity.name}: no extraction, training or export from now on."]
    lines.append(f"{len(derived)} files rest on it; deleting them is up to you:" if derived else "No file rests on it.")
    return Output({"identities": [row], "derived": derived}, [*lines, *(f"  {path}" for path in derived)])


@app.command
def rename(folder: Path, name: str, new_name: str, /) -> Output:
    """Call a person otherwise; runs that know the old name still find them.

    With --json: identities (the person's row), entry (title; null where nothing changed).

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    new_name
        The new name.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        entry = people.rename(project, identity, new_name)
        row = _row(project, project.store.identities.by_id(identity.id))
    line = f"{identity.name} is called {new_name} now." if entry else f"{identity.name} is called so already."
    return Output({"identities": [row], "entry": entry.title if entry else None}, [line, *_UNDO[: bool(entry)]])


@app.command
def merge(folder: Path, name: str, into: str, /) -> Output:
    """Add a person's faces to those of another record of the same person.

    With --json: identities (the row of who stays), entry (title), faces (how many were added).

    Parameters
    ----------
    folder
        The project.
    name
        Whose faces are added, and who is gone then.
    into
        Who stays.
    """
    with Project(folder) as project, display() as shown:
        source, target = (project.store.identities.get(each) for each in (name, into))
        entry = people.merge(project, source, target, lambda done, total: shown.progress("merge", done, total))
        row = _row(project, project.store.identities.by_id(target.id))
    lines = [f"Merged {source.name} into {target.name}: {entry.faces} faces came with it.", *_UNDO]
    return Output({"identities": [row], "entry": entry.title, "faces": entry.faces}, lines)


@app.command
def delete(folder: Path, name: str, /) -> Output:
    """Hide a person and their faceset; no file is touched.

    With --json: entry (title), faces (how many are hidden).

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        entry = people.delete(project, identity)
        left = project.faceset_folder(identity)
    lines = [
        f"Deleted {identity.name} and a faceset of {entry.faces} faces.",
        *_UNDO,
        f"The files are still in {left}.",
    ]
    return Output({"entry": entry.title, "faces": entry.faces}, lines)


def _row(project: Project, identity: Identity) -> dict[str, Any]:
    return {
        "name": identity.name,
        "basis": identity.basis.value,
        "scope": identity.scope.value,
        "note": identity.note,
        "document": identity.document,
        "expires": identity.expires.isoformat() if identity.expires else None,
        "revoked": identity.revoked,
        "holds": identity.holds(date.today()),
        "faces": project.store.faces.count(identity),
        "kept": project.store.faces.count(identity, *USED),
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date.", hint="Write it as YYYY-MM-DD.") from error
