"""A made-up training run for the bench: as many losses as a long training tells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from studio.core.pictures import write_png
from studio.core.project import Project
from studio.core.records import Basis
from studio.core.runs import RunFolder
from studio.provenance.consent import add_record

_TIME = "2026-01-01T00:00:00.000+00:00"
_CHECKPOINT_EVERY, _PREVIEW_EVERY = 1000, 500
_PIECE = 10_000
_SIDES, _REGIONS, _TERMS = ("a", "b"), ("face", "eyes", "mouth"), ("dssim", "mse")


def make_trainings(folder: Path, losses: int) -> tuple[str, str]:
    """A project with a run of so many losses, and a newer one of a few; returns their names."""
    with Project.create(folder) as project:
        names = []
        for person in ("Anna", "Ben"):
            add_record(project, person, Basis.SYNTHETIC, "Made up for the bench")
        for number, count in enumerate((losses, 200)):
            config = {"a": "Anna", "b": "Ben", "settings": {"preset": "light", "eye_weight": 3.0, "mouth_weight": 2.0}}
            run = RunFolder.create(project.runs, "train", f"{number}-anna-ben", config)
            _tell(run, count)
            names.append(run.name)
    return names[0], names[1]


def _tell(run: RunFolder, losses: int) -> None:
    write_png(run.folder / "previews" / "grid.png", np.full((256, 384, 3), 96, dtype=np.uint8))
    run.append("started", pid=1)
    with (run.folder / "events.jsonl").open("a", encoding="utf-8") as file:
        for first in range(1, losses + 1, _PIECE):
            file.writelines(_lines(first, min(first + _PIECE, losses + 1), losses))
    run.append("done", result={})


def _lines(first: int, last: int, total: int) -> list[str]:
    rng = np.random.default_rng(first)
    # Numbers of full length, as a training tells them.
    noise = rng.random((last - first, 15)) * 0.1 + 1 / np.sqrt(np.arange(first, last))[:, None]
    lines = []
    for step, values in zip(range(first, last), noise.tolist(), strict=True):
        figures = iter(values[3:])
        parts = {
            side: {region: {term: next(figures) for term in _TERMS} for region in _REGIONS} for side in _SIDES
        }  # fmt: skip
        loss = {"step": step, "a": values[0], "b": values[1], "loss": values[2], "parts": parts}
        vitals = {"steps_per_second": 9.871, "waiting": 0.0123, "memory_mb": 2345}
        lines.append(_line("loss", **loss, **vitals))
        lines.append(_line("progress", stage="train", done=step, total=total))
        if step % _CHECKPOINT_EVERY == 0:
            lines.append(_line("checkpoint", step=step, path=f"checkpoints/step-{step:08d}"))
        if step % _PREVIEW_EVERY == 0:
            lines.append(_line("preview", step=step, path="previews/grid.png"))
    return lines


def _line(kind: str, **data: object) -> str:
    return json.dumps({"v": 1, "time": _TIME, "kind": kind, **data}) + "\n"
