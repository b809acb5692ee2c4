"""Starting a job from a command: make its run folder, run it here, show its progress."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from studio.cli.output import Output
from studio.cli.progress import display
from studio.core.project import Project
from studio.core.runs import RunFolder
from studio.worker.process import run_job, start_detached


def run_here(project: Project, kind: str, slug: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Run a new job of `kind` in this process and give its result with the run's name under "run".

    Raises:
        StudioError: as the job raised it.
    """
    return resume_here(new_run(project, kind, slug, config))


def new_run(project: Project, kind: str, slug: str, config: Mapping[str, Any]) -> RunFolder:
    """Make the folder of a new run."""
    return RunFolder.create(project.runs, kind, slug, {"project": str(project.folder), **config})


def resume_here(run: RunFolder) -> dict[str, Any]:
    """Run the job of an existing run folder in this process."""
    with display() as shown:
        return {"run": run.name, **run_job(run, shown)}


def leave_running(run: RunFolder, folder: Path, what: str, keys: Iterable[str], **known: Any) -> Output:
    """Start the job of a run in a process of its own and say so; the job's result `keys` are null."""
    pid = start_detached(run)
    lines = [f"{what} in the background: {run.name}.", f"Watch it: studio runs {shlex.quote(str(folder))}"]
    return Output({"run": run.name, **dict.fromkeys(keys), **known, "pid": pid}, lines)
