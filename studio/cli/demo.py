"""`studio demo`: the whole pipeline on the sample clips."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.cli.launch import resume_here
from studio.cli.output import Output
from studio.conversion.frames import ConvertSettings
from studio.core import resources
from studio.core.errors import MediaError, UsageError
from studio.core.project import Project
from studio.core.records import Basis
from studio.core.runs import RunFolder, all_runs
from studio.faceset.clean import CleanSettings, apply, propose
from studio.jobs.train import training_config
from studio.provenance.consent import add_record
from studio.provenance.credentials import verify
from studio.training.settings import TrainSettings

DRIVER, TARGET = "tomas", "mira"
STEPS = 1200
_CLEAN = CleanSettings(keep_identity="auto", max_yaw=60)
_STAGES = 9


@dataclass
class _Demo:
    """One call of the command: a project, the stage it is at, and the commands that repeat what was done."""

    project: Project
    folder: Path
    stage: int = 0

    def __post_init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []
        self.stages: list[dict[str, Any]] = []

    def begin(self, title: str, *command: str) -> None:
        """Announce a stage and note the command that repeats it."""
        self.stage += 1
        if command:
            self.commands.append(("studio", *command))
        sys.stderr.write(f"[{self.stage}/{_STAGES}] {title}\n")
        self.stages.append({"stage": title})

    def job(self, kind: str, slug: str, config: Mapping[str, Any], launch: Mapping[str, Any]) -> dict[str, Any]:
        """Run a job, or take the result of one that was done with the same configuration in an earlier call."""
        wanted = {"project": str(self.project.folder), **config}
        same = [run for run in all_runs(self.project.runs) if run.kind == kind and run.config == wanted]
        for run in same:
            result = run.result()
            if result is not None and run.launch() == dict(launch):
                return self.done({"run": run.name, **result})
        run = same[-1] if same else RunFolder.create(self.project.runs, kind, slug, wanted)
        run.set_launch(launch)
        return self.done(resume_here(run))

    def done(self, result: dict[str, Any]) -> dict[str, Any]:
        """Keep what a stage gave, for the outcome."""
        self.stages[-1].update(result)
        return result


def demo(folder: Path | None = None, /, *, steps: int = STEPS) -> Output:
    """Run the whole pipeline on the sample clips and write a report.

    Parameters
    ----------
    folder
        A new folder for the project; faceswap-demo where not given. An unfinished demo goes on.
    steps
        How long to train.
    """
    if steps < 1:
        raise UsageError("--steps takes a number from 1 up.", hint="1200 takes some minutes on two cores.")
    folder = folder or Path("faceswap-demo")
    began = time.monotonic()
    with _opened(folder) as project:
        run = _Demo(project, folder)
        clips = {name: _clip(name) for name in (DRIVER, TARGET)}
        _collect(run, clips)
        training = _train(run, steps)
        export = _convert(run, clips[DRIVER], training["run"])
        detection = _detect(run, clips[DRIVER], export["out"])
        run.begin("Verify the credentials", "verify", export["out"])
        found = verify(Path(export["out"]))
        run.done({"state": found.state.value, "digital_source_type": found.digital_source_type})
        run.begin("Write the report")
        config = {"convert": export["run"], "detect": detection["run"], "commands": [list(c) for c in run.commands]}
        report = run.job("report", "demo", config, {})["report"]
    data = {
        "project": str(project.folder), "run": training["run"], "export": export["out"], "report": report,
        "detection": detection["results"], "verification": {"state": found.state.value,
        "digital_source_type": found.digital_source_type}, "stages": run.stages,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip
    return Output(data, _sentences(data, training))


def _sentences(data: Mapping[str, Any], training: Mapping[str, Any]) -> list[str]:
    return [
        f"Done in {data['seconds']:.0f} s: trained {training['steps']} steps, loss {training['loss']:.3f}.",
        f"Export: {data['export']} (credentials {data['verification']['state']})",
        f"Report: {data['report']}",
    ]


def _opened(folder: Path) -> Project:
    if (folder / "project.toml").is_file():
        return Project(folder)
    return Project.create(folder)


def _clip(name: str) -> Path:
    path = resources.assets() / "sample" / f"{name}.mp4"
    if not path.is_file():
        raise MediaError(
            f"The sample clip {path} is missing.", hint="Install Faceswap Studio again.", code="media.missing"
        )
    return path


def _collect(run: _Demo, clips: Mapping[str, Path]) -> None:
    run.begin("Make a project with two consent records", "new", str(run.folder))
    for name in clips:
        note = "synthetic person of the sample clips"
        if run.project.store.identities.find(name) is None:
            add_record(run.project, name, Basis.SYNTHETIC, note)
        run.commands.append(
            ("studio", "identity", "add", str(run.folder), name, "--basis", "synthetic", "--note", note)
        )  # fmt: skip
    for name, clip in clips.items():
        run.begin(f"Extract the faces of {name}", "extract", str(run.folder), name, str(clip))
        config = {"identity": name, "media": [str(clip)], "engine": "auto", "every": 1, "min_size": 48.0}
        run.job("extract", name, config, {})
    run.begin("Clean both facesets")
    for name in clips:
        identity = run.project.store.identities.get(name)
        proposal = propose(run.project, identity, _CLEAN)
        apply(run.project, identity, proposal)
        words = ("--keep-identity", "auto", "--max-yaw", "60", "--apply")
        run.commands.append(("studio", "clean", str(run.folder), name, *words))
        counts = {reason: len(ids) for reason, ids in proposal.rejected.items()}
        run.done({name: {"rejected": counts, "kept": proposal.kept}})


def _train(run: _Demo, steps: int) -> dict[str, Any]:
    words = ("train", str(run.folder), DRIVER, TARGET, "--preset", "demo", "--steps", str(steps))
    run.begin(f"Train the demo network for {steps} steps", *words)
    people = [run.project.store.identities.get(name) for name in (DRIVER, TARGET)]
    config = training_config(run.project, people[0], people[1], TrainSettings.build({"preset": "demo"}))
    return run.job("train", f"{DRIVER}-{TARGET}", config, {"steps": steps})


def _convert(run: _Demo, clip: Path, training: str) -> dict[str, Any]:
    words = ("convert", str(run.folder), str(clip), "--run", training, "--to", TARGET)
    run.begin(f"Swap {TARGET} onto {DRIVER}", *words)
    config = {
        "videos": [str(clip)], "run": training, "to": TARGET, "driver": "other", "smoothing": True,
        "settings": ConvertSettings().model_dump(mode="json"), "no_label_reason": None, "out": None,
        "pristine_twin": False,
    }  # fmt: skip
    return run.job("convert", f"{clip.stem}-to-{TARGET}", config, {})


def _detect(run: _Demo, clip: Path, export: str) -> dict[str, Any]:
    run.begin("Train a detector and score the export beside its driver")
    run.commands.append(("studio", "detector", "train", str(run.folder), "--kind", "frequency"))
    run.job("detector", "frequency", {"kind": "frequency", "seed": 0}, {})
    videos: Sequence[str] = [export, str(clip)]
    run.commands.append(("studio", "detect", str(run.folder), *videos))
    return run.job("detect", Path(export).stem, {"videos": videos, "detector": "frequency"}, {})
