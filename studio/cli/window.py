"""`studio` alone, and `studio open`: the window."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

from studio.cli.output import Output, show_error
from studio.core.errors import DisplayError, JobError
from studio.core.project import Project


def window() -> Output:
    """Open the window."""
    return _shown(None)


def open_project(folder: Path, /) -> Output:
    """Open the window on a project.

    Parameters
    ----------
    folder
        The project.
    """
    # What is wrong with it is said here, where it was asked for.
    Project(folder).close()
    return _shown(folder)


def _shown(folder: Path | None) -> Output:
    # Qt takes a third of a second to import: no other command needs it.
    from studio.ui.application import run

    status = run(["studio", *([str(folder)] if folder else [])], _end)
    if status:
        raise JobError("The window ended with an error.", code="window")
    return Output({"project": str(folder.resolve()) if folder else None})


def _end(error: DisplayError) -> NoReturn:
    show_error(error, as_json="--json" in sys.argv)
    sys.stdout.flush()
    sys.stderr.flush()
    # Qt would abort next.
    os._exit(error.exit_status)
