"""`studio losses`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from studio.cli.output import Output
from studio.core.losses import LossRow, losses
from studio.core.project import Project
from studio.core.runs import find_training
from studio.jobs.losses import write_csv, write_tensorboard

_SHOWN = 20


def losses_(folder: Path, run: str, /, *, csv: Path | None = None, tensorboard: Path | None = None) -> Output:
    """Show the losses of a training, or write them for other programs.

    With --json: run, steps, rows of step, time and every figure.

    Parameters
    ----------
    folder
        The project.
    run
        The run's name, as studio runs shows it.
    csv
        A file to write every figure into, a line about once a second of training.
    tensorboard
        A folder to write an event file of TensorBoard into.
    """
    with Project(folder) as project:
        found = find_training(project.runs, run)
    rows = losses(found)
    if csv is not None:
        write_csv(rows, csv)
    if tensorboard is not None:
        write_tensorboard(rows, tensorboard)
    data: dict[str, Any] = {
        "run": found.name,
        "steps": rows[-1].step if rows else 0,
        "csv": csv,
        "tensorboard": tensorboard,
        "rows": [{"step": row.step, "time": row.time, **row.values} for row in rows],
    }
    written = [f"Wrote {path}." for path in (csv, tensorboard) if path is not None]
    if tensorboard is not None:
        written.append(f"Look at it: tensorboard --logdir {shlex.quote(str(tensorboard))}")
    if not rows:
        return Output(data, [f"{found.name} has not told any loss yet.", *written])
    return Output(data, written, () if written else _table(rows))


def _table(rows: list[LossRow]) -> list[tuple[str, ...]]:
    """Some rows, evenly spread, and the last."""
    every = -(-len(rows) // _SHOWN)
    shown = rows[::-1][::every][::-1]
    return [
        ("step", "loss", "a", "b", "steps/s"),
        *((str(row.step), *(_number(row, name) for name in ("loss", "a", "b", "steps_per_second"))) for row in shown),
    ]


def _number(row: LossRow, name: str) -> str:
    return f"{row.values[name]:.4g}" if name in row.values else ""
