"""`studio analyse`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from studio.cli.launch import run_here
from studio.cli.media import videos_only
from studio.cli.output import Output
from studio.core.project import Project


def analyse(
    folder: Path,
    /,
    *videos: Path,
    no_smoothing: Annotated[bool, Parameter(negative=())] = False,
) -> Output:
    """Find the faces of a driver's video once, for preview and export alike; kept in the project.

    Parameters
    ----------
    folder
        The project.
    videos
        The drivers' videos.
    no_smoothing
        Let every frame stand for itself, as in the paper.
    """
    found = videos_only(videos)
    with Project(folder) as project:
        config = {"videos": [str(video) for video in found], "smoothing": not no_smoothing}
        result = run_here(project, "analyse", found[0].stem, config)
    lines = [
        f"{row['video']}: {row['frames']} frames, {row['frames_with_face']} with a face, {row['tracks']} tracks, "
        f"{len(row['problems'])} problems."
        for row in result["videos"]
    ]
    return Output({**result["videos"][0], **result}, lines)
