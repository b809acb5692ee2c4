"""The job that scores videos with a detector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.core.config import Settings
from studio.core.errors import DetectorError
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.detection.folders import list_detectors
from studio.detection.scoring import open_detector, score_video
from studio.faces.engines.choose import choose
from studio.zoo.shelf import Shelf


class DetectConfig(Settings):
    """Which videos to score with which detector."""

    project: Path
    videos: tuple[Path, ...] = Field(min_length=1)
    detector: str


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Score each video; the detector's validation state travels with every score."""
    checked = DetectConfig.build(config)
    with Project(checked.project) as project:
        detector = open_detector(find_detector(project, checked.detector))
    finder = choose("auto", Shelf().find).finder
    results = [asdict(score_video(video, detector, finder, reporter)) for video in checked.videos]
    return {"results": results}


def find_detector(project: Project, name: str) -> Path:
    """The folder of the project's detector called `name`.

    Raises:
        DetectorError: there is none.
    """
    known = {card.name for card in list_detectors(project.detectors)}
    if name not in known:
        raise DetectorError(
            f"This project has no detector {name!r}.",
            hint=f"It has: {', '.join(sorted(known))}." if known else "Train one: studio detector train DIR",
            code="detector.unknown",
        )
    return project.detectors / name
