"""The job that trains a swap autoencoder on two facesets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.core.config import Settings
from studio.core.files import write_json
from studio.core.project import Project
from studio.core.records import Identity, TrainingFace
from studio.core.reporter import JobReporter
from studio.faceset.folder import training_faces
from studio.jobs.guard import ConsentGuard
from studio.jobs.trained import trained_people
from studio.provenance.consent import require
from studio.training.loop import train
from studio.training.settings import TrainSettings
from studio.zoo.shelf import Shelf


class TrainConfig(Settings):
    """Whose faces are trained, and how; `people` are the ids of A and B, whatever they are called meanwhile."""

    project: Path
    a: str
    b: str
    people: tuple[int, int] | None = None
    settings: TrainSettings


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Train up to the launch's total of steps, going on from the newest good checkpoint."""
    checked = TrainConfig.build(config)
    with Project(checked.project) as project:
        people = dict(zip(("a", "b"), trained_people(project, config), strict=True))
        for identity in people.values():
            require(identity, "training")
        chosen = _frozen(reporter.folder / "faces.json", project, people)
        faces = {side: _faces(project, identity) for side, identity in people.items()}
        guarded = ConsentGuard(reporter, project, [identity.name for identity in people.values()])
        return _train(checked, faces, chosen, guarded)


def _train(
    checked: TrainConfig,
    faces: Mapping[str, list[TrainingFace]],
    chosen: Mapping[str, frozenset[int]],
    guarded: ConsentGuard,
) -> dict[str, Any]:
    faces_a, faces_b = ([face for face in faces[side] if face.id in chosen[side]] for side in ("a", "b"))
    weights = Shelf().find("efficientnet-b4") if checked.settings.network().encoder == "efficientnet_b4" else None
    total = int(guarded.launch["steps"])
    result = train(checked.settings, faces_a, faces_b, guarded.folder, total, guarded, weights, guarded.orders)
    return {
        "steps": result.steps,
        "loss": result.loss,
        "seconds": round(result.seconds, 2),
        "steps_per_second": round(result.steps_per_second, 3),
        "checkpoint": str(result.checkpoint),
        "faces": {"a": len(faces_a), "b": len(faces_b)},
    }


def _faces(project: Project, identity: Identity) -> list[TrainingFace]:
    """All faces that a run may have chosen from: those of people merged into `identity` meanwhile are still there."""
    people = [identity, *project.store.identities.merged(identity)]
    known = [person for person in people if project.store.faces.count(person)]
    return [face for person in known for face in training_faces(project, person, rejected=True)]


def _frozen(path: Path, project: Project, people: Mapping[str, Identity]) -> dict[str, frozenset[int]]:
    """The ids of the faces this run trains on: those used at its first start, so that resuming is exact."""
    if not path.exists():
        kept: dict[str, list[TrainingFace]] = {
            side: training_faces(project, identity) for side, identity in people.items()
        }
        write_json(path, {side: [face.id for face in faces] for side, faces in kept.items()})
    return {side: frozenset(ids) for side, ids in json.loads(path.read_text(encoding="utf-8")).items()}
