"""Starting a job from a command: make its run folder, run it here, show its progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.cli.progress import display
from studio.core.project import Project
from studio.core.runs import RunFolder
from studio.worker.process import run_job


def run_here(project: Project, kind: str, slug: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Run a new job of `kind` in this process and give its result with the run's name under "run".

    Raises:
        StudioError: as the job raised it.
    """
    run = RunFolder.create(project.runs, kind, slug, {"project": str(project.folder), **config})
    return resume_here(run)


def resume_here(run: RunFolder) -> dict[str, Any]:
    """Run the job of an existing run folder in this process."""
    with display() as shown:
        return {"run": run.name, **run_job(run, shown)}
