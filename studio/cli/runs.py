"""`studio runs` and `studio stop`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from studio.cli.output import Output
from studio.core.project import Project
from studio.core.runs import all_runs, find_run
from studio.worker.process import kill as kill_run
from studio.worker.process import stop as stop_run


def runs(folder: Path, /) -> Output:
    """Show the jobs of a project and their state.

    Parameters
    ----------
    folder
        The project.
    """
    with Project(folder) as project:
        found = [(run, run.state()) for run in all_runs(project.runs)]
    rows = [
        {
            "run": run.name,
            "kind": run.kind,
            "state": state.state,
            "steps": state.steps,
            "total": state.total,
            "pid": state.pid,
            "error": state.error,
        }
        for run, state in found
    ]
    if not rows:
        return Output({"runs": []}, ["No job has run in this project yet."])
    keys = ("run", "kind", "state", "steps", "total")
    table = [
        [*(str(row[key] or "") for key in keys), _reason(state.error)]
        for row, (_, state) in zip(rows, found, strict=True)
    ]
    return Output({"runs": rows}, rows=[(*keys, "why"), *table])


def _reason(error: Mapping[str, str] | None) -> str:
    return error.get("message", "") if error else ""


def stop(folder: Path, run: str, /, *, kill: Annotated[bool, Parameter(negative=())] = False) -> Output:
    """Stop a job; it saves first.

    Parameters
    ----------
    folder
        The project.
    run
        The run's name, as studio runs shows it.
    kill
        End it at once: it doesn't save, and what it did since its last checkpoint is lost.
    """
    with Project(folder) as project:
        found = find_run(project.runs, run)
    state = kill_run(found) if kill else stop_run(found)
    return Output({"run": run, "state": state.state, "steps": state.steps}, [f"{run}: {state.state}."])
