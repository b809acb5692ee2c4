"""`studio detect`."""

from __future__ import annotations

from pathlib import Path

from studio.cli.launch import run_here
from studio.cli.media import videos_only
from studio.cli.output import Output
from studio.core.project import Project
from studio.jobs.detect import find_detector


def detect(folder: Path, /, *videos: Path, detector: str = "frequency") -> Output:
    """Score videos: how probably each is a fake, over the whole and clip by clip.

    Parameters
    ----------
    folder
        The project.
    videos
        The videos to score.
    detector
        As studio detectors lists it.
    """
    found = videos_only(videos)
    with Project(folder) as project:
        find_detector(project, detector)
        config = {"videos": [str(video) for video in found], "detector": detector}
        result = run_here(project, "detect", found[0].stem, config)
    table = [
        [row["file"], "none" if row["score"] is None else f"{row['score']:.3f}", row["label"] or row["reason"]]
        for row in result["results"]
    ]
    first = result["results"][0]
    lines = [f"{first['detector']}: {first['trained_on']}. Fake is called from {first['threshold']:g} up."]
    return Output(result, lines, [("file", "score", "called"), *table])
