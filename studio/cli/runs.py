"""`studio runs` and `studio stop`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from studio.cli.output import Output
from studio.core.project import Project
from studio.core.runs import all_runs, find_run
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


def stop(folder: Path, run: str, /) -> Output:
    """Stop a job; it saves first.

    Parameters
    ----------
    folder
        The project.
    run
        The run's name, as studio runs shows it.
    """
    with Project(folder) as project:
        state = stop_run(find_run(project.runs, run))
    return Output({"run": run, "state": state.state, "steps": state.steps}, [f"{run}: {state.state}."])
