"""A run that begins where another one was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from studio.core.errors import CheckpointError
from studio.core.files import storage_errors
from studio.core.reporter import Reporter, Silent
from studio.faceset.frozen import list_path, read_list, write_list
from studio.training import checkpoints
from studio.training.changes import Changes
from studio.training.settings import TrainSettings


def checkpoint_at(run: Path, step: int | None, reporter: Reporter | None = None) -> Path:
    """The checkpoint of a run's folder at `step`, or its newest intact one; the reporter is told of damaged ones.

    Raises:
        CheckpointError: there is none.
    """
    folder = run / "checkpoints"
    kept = {checkpoints.step_of(path): path for path in checkpoints.stored(folder)}
    found = checkpoints.newest(folder, reporter or Silent()) if step is None else kept.get(step)
    if found is None:
        steps = ", ".join(map(str, kept))
        raise CheckpointError(
            f"{run.name} has no checkpoint{'' if step is None else f' at step {step}'}.",
            hint=f"It has some at: {steps}." if kept else "Train it for some steps first.",
            code="checkpoint.missing",
        )
    return found


def fork(
    checkpoint: Path, run: Path, settings: TrainSettings, values: Mapping[str, Any], tell: Callable[..., None]
) -> None:
    """Have the new `run` begin at another one's checkpoint, with the faces and the changes that led to it.

    Its batches are those the other one draws after it; what the other one changes later is none of its own.

    Args:
        settings: those the other run began with, as the new one does.
        values: safe settings that are changed from the checkpoint's step on, as if it had been told to then.
        tell: adds an event to the new run: where it comes from, and what of the other one's course holds for it.

    Raises:
        UsageError: a setting is unknown, not safe to change or out of its bounds.
        CheckpointError: the checkpoint is damaged, or was removed meanwhile.
        RunError: the other run's record of faces or changes is damaged.
        StorageError: the disk is full or can't be written.
    """
    source, step = checkpoint.parents[1], checkpoints.step_of(checkpoint)
    changes = Changes(source / "changes.json", settings).copied(run / "changes.json", step)
    tell("forked", run=source.name, step=step)
    _tell_inherited(changes, source, tell)
    if values:
        wanted = changes.set(step, values)
        tell("set", step=step, values={key: getattr(wanted, key) for key in values})
    for number in (0, *changes.lists):
        write_list(list_path(run, number), read_list(list_path(source, number)))
    # Errors are those of the newest checkpoint: of an older one they say nothing.
    newest = checkpoints.stored(checkpoint.parent)[-1:] == [checkpoint]
    with storage_errors(run):
        for name in ("pins.json", "errors.json") if newest else ("pins.json",):
            if (source / name).exists():
                shutil.copyfile(source / name, run / name)
    # Last: what has a checkpoint has all the rest.
    checkpoints.copy(checkpoint, run / "checkpoints")


def _tell_inherited(changes: Changes, source: Path, tell: Callable[..., None]) -> None:
    for change in changes:
        if change.settings:
            tell("set", step=change.step, values=change.settings)
        if change.faces:
            ids = read_list(list_path(source, change.faces))
            tell("latest", step=change.step, **{side: len(own) for side, own in ids.items()})
        if change.skip:
            last = change.step + change.skip - 1
            words = f"Steps {change.step} to {last} are left out: {source.name} went astray."
            tell("note", step=change.step, text=words)
        if change.rate < 1:
            words = f"From step {change.step} on the rate is {change.rate:g} of what is set: {source.name} went astray."
            tell("note", step=change.step, text=words)
