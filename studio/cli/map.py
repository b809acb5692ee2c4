"""`studio map`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from studio.cli.launch import leave_running, new_run, resume_here
from studio.cli.output import Output
from studio.core.project import Project


def map_(folder: Path, name: str, /, *, detach: Annotated[bool, Parameter(negative=())] = False) -> Output:
    """Lay the faces of a faceset out in the plane by UMAP, for the map in the window.

    Parameters
    ----------
    folder
        The project.
    name
        The person.
    detach
        Leave the job running and return at once.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        run = new_run(project, "map", identity.name, {"identity": identity.name})
    if detach:
        known = {"identity": identity.name}
        return leave_running(run, folder, "Computing the map", ("faces", "map", "seconds"), **known)
    result = resume_here(run)
    return Output(result, [f"Laid out {result['faces']:,} faces in {result['seconds']:.0f} s."])
