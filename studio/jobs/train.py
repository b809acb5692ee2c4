"""The job that trains a swap autoencoder on two facesets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.core.config import Settings
from studio.core.files import write_json
from studio.core.project import Project
from studio.core.records import TrainingFace
from studio.core.reporter import JobReporter
from studio.faceset.folder import training_faces
from studio.jobs.guard import ConsentGuard
from studio.provenance.consent import require
from studio.training.loop import train
from studio.training.settings import TrainSettings
from studio.zoo.shelf import Shelf


class TrainConfig(Settings):
    """Whose faces are trained, and how."""

    project: Path
    a: str
    b: str
    settings: TrainSettings


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Train up to the launch's total of steps, going on from the newest good checkpoint."""
    checked = TrainConfig.build(config)
    with Project(checked.project) as project:
        faces = {}
        for side, name in (("a", checked.a), ("b", checked.b)):
            identity = project.store.identities.get(name)
            require(identity, "training")
            faces[side] = training_faces(project, identity, state=None)
        chosen = _frozen(reporter.folder / "faces.json", project, checked)
        return _train(project, checked, faces, chosen, reporter)


def _train(
    project: Project,
    checked: TrainConfig,
    faces: Mapping[str, list[TrainingFace]],
    chosen: Mapping[str, frozenset[int]],
    reporter: JobReporter,
) -> dict[str, Any]:
    faces_a, faces_b = ([face for face in faces[side] if face.id in chosen[side]] for side in ("a", "b"))
    weights = Shelf().find("efficientnet-b4") if checked.settings.network().encoder == "efficientnet_b4" else None
    total = int(reporter.launch["steps"])
    guarded = ConsentGuard(reporter, project, (checked.a, checked.b))
    result = train(checked.settings, faces_a, faces_b, reporter.folder, total, guarded, weights)
    return {
        "steps": result.steps,
        "loss": result.loss,
        "seconds": round(result.seconds, 2),
        "steps_per_second": round(result.steps_per_second, 3),
        "checkpoint": str(result.checkpoint),
        "faces": {"a": len(faces_a), "b": len(faces_b)},
    }


def _frozen(path: Path, project: Project, config: TrainConfig) -> dict[str, frozenset[int]]:
    """The ids of the faces this run trains on: those kept at its first start, so that resuming is exact."""
    if not path.exists():
        kept: dict[str, list[TrainingFace]] = {
            side: training_faces(project, project.store.identities.get(name))
            for side, name in (("a", config.a), ("b", config.b))
        }
        write_json(path, {side: [face.id for face in faces] for side, faces in kept.items()})
    return {side: frozenset(ids) for side, ids in json.loads(path.read_text(encoding="utf-8")).items()}
