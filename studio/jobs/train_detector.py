"""The job that trains an embedded detector on the project's own pristine faces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from studio.core.config import Settings
from studio.core.errors import FacesetError
from studio.core.project import Project
from studio.core.records import USED
from studio.core.reporter import JobReporter
from studio.detection.frequency import train_frequency
from studio.faceset.folder import training_faces


class DetectorConfig(Settings):
    """Which detector to train."""

    project: Path
    kind: Literal["frequency"] = "frequency"
    seed: int = Field(0, ge=0, description="Start of all random numbers.")


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Train on the used faces of everyone whose consent record holds."""
    checked = DetectorConfig.build(config)
    with Project(checked.project) as project:
        people = [
            identity
            for identity in project.store.identities.all()
            if identity.holds(date.today()) and project.store.faces.count(identity, *USED)
        ]
        if not people:
            raise FacesetError(
                "There are no pristine faces to train on.",
                hint="Extract some: studio extract DIR NAME VIDEO",
                code="faceset.empty",
            )
        faces = [face for identity in people for face in training_faces(project, identity)]
        card = train_frequency(faces, project.detectors / checked.kind, checked.seed, reporter)
    return {
        "detector": card.name,
        "trained_on": card.trained_on,
        "validated": card.validated,
        "faces": card.faces,
        "held_out_auc": card.held_out_auc,
    }
