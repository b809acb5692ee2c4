"""`studio estimate`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from studio.app.training.forecast import lasting
from studio.cli.output import Output
from studio.core.config import assignments
from studio.core.errors import UsageError
from studio.core.estimate import Estimate
from studio.core.project import Project
from studio.faceset.folder import training_faces
from studio.jobs.estimate import estimate as foresee
from studio.provenance.consent import require
from studio.training.settings import PRESET_STEPS, TrainSettings


def estimate(
    folder: Path,
    a: str,
    b: str,
    /,
    *,
    preset: Literal["paper", "light", "demo"] = "demo",
    steps: int | None = None,
    settings: Annotated[list[str] | None, Parameter(name="--set", negative=())] = None,
) -> Output:
    """Try out a training of A and B for some seconds: the memory and the hours it will take, and what fits.

    With --json: device, batch_size, fits, memory_mb, free_mb, seconds_per_step, hours, largest_batch, fitting_batch,
    accumulate, faces, steps, parameters.

    Parameters
    ----------
    folder
        The project.
    a
        One person.
    b
        The other person.
    preset
        Network and defaults.
    steps
        How many steps in all; as many as the preset has where not given.
    settings
        A setting as KEY=VALUE, for example --set batch_size=8; may be repeated.
    """
    if steps is not None and steps < 1:
        raise UsageError("--steps takes a number from 1 up.", hint="For example: --steps 2000.")
    checked = TrainSettings.build({"preset": preset, **assignments(settings or [])})
    with Project(folder) as project:
        faces = {side: _faces(project, name) for side, name in (("a", a), ("b", b))}
    total = steps or PRESET_STEPS[preset]
    found = foresee(checked, total, sum(faces.values()))
    return Output({**asdict(found), "faces": faces, "steps": total}, _lines(found, total))


def _faces(project: Project, name: str) -> int:
    identity = project.store.identities.get(name)
    require(identity, "training")
    return len(training_faces(project, identity))


def _lines(found: Estimate, steps: int) -> list[str]:
    memory = f"{found.memory_mb / 1024:.1f} GB of {found.free_mb / 1024:.1f} GB that are free"
    lines = [f"{found.parameters:,} weights on {found.device}, a batch of {found.batch_size}: {memory}."]
    if found.largest_batch == 0:
        return [*lines, "It does not fit, not even with one face at a time: take a smaller preset."]
    if not found.fits:
        spread = f"--set batch_size={found.fitting_batch} --set accumulate={found.accumulate}"
        lines.append(f"It does not fit; at most {found.largest_batch} do. Equal steps that fit: {spread}.")
    assert found.hours is not None
    return [*lines, f"{lasting(found.hours)} for {steps:,} steps, {found.seconds_per_step:.3f} s each."]
