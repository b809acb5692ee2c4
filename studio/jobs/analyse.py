"""The job that looks at a driver's video once, for preview and export alike."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.core.config import Settings
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.jobs.swapping import analyse_driver, engines_for


class AnalyseConfig(Settings):
    """Which videos to analyse."""

    project: Path
    videos: tuple[Path, ...]
    smoothing: bool = True


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Analyse the videos and keep what was found in the project."""
    checked = AnalyseConfig.build(config)
    began = time.monotonic()
    results = []
    with Project(checked.project) as project:
        engines = engines_for(project)
        for video in checked.videos:
            analysis = analyse_driver(project, video, engines, smooth=checked.smoothing, reporter=reporter)
            results.append(
                {
                    "video": str(video),
                    "frames": analysis.frames,
                    "frames_with_face": analysis.frames_with_face,
                    "faces_found": analysis.faces_found,
                    "tracks": len(analysis.tracks),
                    "problems": [asdict(problem) for problem in analysis.problems],
                }
            )
    return {"videos": results, "seconds": round(time.monotonic() - began, 2)}
