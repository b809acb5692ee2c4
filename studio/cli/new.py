"""`studio new`."""

from __future__ import annotations

import shlex
from pathlib import Path

from studio.cli.output import Output
from studio.core.project import Project


def new(folder: Path, /) -> Output:
    """Make an empty project.

    Parameters
    ----------
    folder
        A new or empty folder.
    """
    with Project.create(folder) as project:
        return Output(
            {"project": str(project.folder)},
            [
                f"Made the project {project.folder}.",
                f"Next: studio identity add {shlex.quote(str(folder))} NAME --basis self --note 'who agreed to what'",
            ],
        )
