"""`studio train`."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from studio.cli.launch import leave_running, resume_here
from studio.cli.output import Output
from studio.core.config import assignments
from studio.core.errors import FacesetError, JobError, RunError, UsageError
from studio.core.project import Project
from studio.core.records import USED
from studio.core.runs import RunFolder, busy, find_training
from studio.jobs.train import training_config
from studio.jobs.trained import trained_people
from studio.provenance.consent import require
from studio.training.checkpoints import step_of
from studio.training.fork import checkpoint_at
from studio.training.fork import fork as fork_run
from studio.training.settings import PRESET_STEPS, TrainSettings


def train(
    folder: Path,
    a: str,
    b: str,
    /,
    *,
    preset: Literal["paper", "light", "demo"] | None = None,
    steps: int | None = None,
    settings: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
    run: str | None = None,
    fork: str | None = None,
    at: int | None = None,
    detach: Annotated[bool, Parameter(negative=())] = False,
) -> Output:
    """Train an autoencoder that swaps A and B, or go on with a run exactly where it was.

    Parameters
    ----------
    folder
        The project.
    a
        One person.
    b
        The other person.
    preset
        Network and defaults; demo where not given.
    steps
        How many steps in all, also when resuming. Where not given, as many as the run was told last, and a new one as
        many as its preset has.
    settings
        A setting as KEY=VALUE, for example --set batch_size=8; may be repeated. A wrong key lists them all.
    run
        The run to go on with.
    fork
        A run to begin a new one at: with its network, its faces and what it was told. Of its settings those can be
        given other values that can change while it runs.
    at
        The step of the checkpoint to fork at; the newest where not given.
    detach
        Leave the training running and return at once.
    """
    if steps is not None and steps < 1:
        raise UsageError("--steps takes a number from 1 up.", hint="It is the total, also when resuming.")
    if run is not None and fork is not None:
        raise UsageError("A run is gone on with or forked.", hint="Give either --run or --fork.")
    if at is not None and fork is None:
        raise UsageError("--at is the step to fork at.", hint="Name the run with --fork.")
    values = assignments(settings or [])
    with Project(folder) as project:
        _check_people(project, (a, b))
        if run is not None:
            found = _known_run(project, run, a, b, preset, values)
        elif fork is not None:
            found = _forked_run(_trained_run(project, fork, a, b, preset), at, steps, values)
        else:
            found = _new_run(project, a, b, {"preset": preset or "demo", **values})
    _set_total(found, steps)
    if detach:
        keys = ("loss", "seconds", "steps_per_second", "checkpoint")
        return leave_running(found, folder, "Training", keys, steps=found.state().steps)
    try:
        result = resume_here(found)
    except JobError as error:
        if error.code == "job.stopped":
            words = ["studio", "train", str(folder), a, b, "--run", found.name]
            error.hint = f"It has saved where it was. Go on with: {shlex.join(words)}"
        raise
    lines = [
        f"{result['run']}: {result['steps']} steps, loss {result['loss']:.4f}, "
        f"{result['steps_per_second']:.1f} steps/s.",
        f"Next: studio convert {shlex.quote(str(folder))} VIDEO --run {result['run']} --to {shlex.quote(b)}",
    ]
    return Output(result, lines)


def _check_people(project: Project, names: Sequence[str]) -> None:
    """Say at once what the job would say a few seconds later."""
    for name in names:
        identity = project.store.identities.get(name)
        require(identity, "training")
        if project.store.faces.count(identity, *USED) == 0:
            raise FacesetError(
                f"The faceset of {identity.name!r} has no kept face.",
                hint=f"Extract some: studio extract DIR {identity.name!r} VIDEO",
                code="faceset.empty",
            )


def _new_run(project: Project, a: str, b: str, values: dict[str, Any]) -> RunFolder:
    people = [project.store.identities.get(name) for name in (a, b)]
    if people[0].id == people[1].id:
        raise UsageError("A and B are the same identity.", hint="A swap needs two people.")
    settings = TrainSettings.build(values)
    config = training_config(project, people[0], people[1], settings)
    return RunFolder.create(project.runs, "train", f"{people[0].name}-{people[1].name}", config)


def _known_run(project: Project, name: str, a: str, b: str, preset: str | None, values: Mapping[str, str]) -> RunFolder:
    found = _trained_run(project, name, a, b, preset)
    if values:
        raise UsageError(
            "The settings of a run are frozen: resuming repeats it exactly.",
            hint="Leave --set out, or leave --run out to begin a new run.",
            code="usage.frozen",
        )
    return found


def _forked_run(origin: RunFolder, at: int | None, steps: int | None, values: Mapping[str, str]) -> RunFolder:
    checkpoint = checkpoint_at(origin.folder, at)
    step, total = step_of(checkpoint), steps or _total(origin)
    if total <= step:
        raise UsageError(
            f"The fork begins at step {step} and is to end at step {total}.", hint="Give a larger total with --steps."
        )
    config = {**origin.config, "fork": {"run": origin.name, "step": step}}
    made = RunFolder.create(origin.folder.parent, "train", f"{config['a']}-{config['b']}", config)
    try:
        fork_run(checkpoint, made.folder, TrainSettings.build(config["settings"]), values, made.append)
        made.set_launch({"steps": total})
    except BaseException:
        shutil.rmtree(made.folder, ignore_errors=True)
        raise
    return made


def _trained_run(project: Project, name: str, a: str, b: str, preset: str | None) -> RunFolder:
    """The training of this name, which is one of these two people and of this preset."""
    found = find_training(project.runs, name)
    trained = trained_people(project, found.config)
    if {project.store.identities.get(name).id for name in (a, b)} != {identity.id for identity in trained}:
        raise RunError(
            f"{found.name} trains {trained[0].name} and {trained[1].name}.",
            hint="Name these two, or begin a new run.",
            code="run.identities",
        )
    if preset not in (None, found.config["settings"]["preset"]):
        raise UsageError(
            f"{found.name} is of the preset {found.config['settings']['preset']}.",
            hint="Leave --preset out, or begin a new run.",
            code="usage.frozen",
        )
    return found


def _total(run: RunFolder) -> int:
    """How many steps a run is to have, as it was told last."""
    return int(run.launch().get("steps", PRESET_STEPS[run.config["settings"]["preset"]]))


def _set_total(run: RunFolder, steps: int | None) -> None:
    if run.alive():
        raise busy(run)
    run.set_launch({"steps": steps or _total(run)})
