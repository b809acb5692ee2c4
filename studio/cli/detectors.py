"""`studio detectors` and `studio detector train`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Literal

from cyclopts import App

from studio.cli.launch import run_here
from studio.cli.output import Output
from studio.core.errors import UsageError
from studio.core.project import Project
from studio.detection.folders import list_detectors

app = App(name="detector", help="Detectors of a project.")


def detectors(folder: Path, /) -> Output:
    """Show what can score in a project, what it was trained on and whether it was ever validated.

    Parameters
    ----------
    folder
        The project.
    """
    with Project(folder) as project:
        cards = list_detectors(project.detectors)
    rows = [{"name": card.name, "trained_on": card.trained_on, "validated": card.validated} for card in cards]
    if not rows:
        return Output(
            {"detectors": []}, [f"No detector yet. Train one: studio detector train {shlex.quote(str(folder))}"]
        )
    table = [[card.name, "yes" if card.validated else "no", card.trained_on] for card in cards]
    return Output({"detectors": rows}, rows=[("name", "validated", "trained on"), *table])


@app.default
def which() -> Output:
    """Say which commands there are."""
    raise UsageError("studio detector needs another word: train.", hint="See studio detector --help.")


@app.command
def train(folder: Path, /, *, kind: Literal["frequency"] = "frequency", seed: int = 0) -> Output:
    """Train an embedded detector on the project's own pristine faces, against self-blended ones of the same faces.

    Parameters
    ----------
    folder
        The project.
    kind
        frequency: spectrum and noise residual of the face; takes seconds.
    seed
        Start of all random numbers.
    """
    with Project(folder) as project:
        result = run_here(project, "detector", kind, {"kind": kind, "seed": seed})
    return Output(result, [f"Trained {result['detector']}: {result['trained_on']}."])
