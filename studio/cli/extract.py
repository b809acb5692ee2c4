"""`studio extract`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from studio.cli.launch import run_here
from studio.cli.output import Output
from studio.core.project import Project
from studio.faceset.extract import ExtractSettings
from studio.provenance.consent import require
from studio.video.media import expand


def extract(
    folder: Path,
    name: str,
    /,
    *media: Path,
    engine: Literal["auto", "fan", "dlib"] = "auto",
    settings: Annotated[ExtractSettings, Parameter(name="*")] = ExtractSettings(),  # noqa: B008 - frozen
) -> Output:
    """Collect the faces of videos, images or folders; running it again adds only what is new.

    Parameters
    ----------
    folder
        The project.
    name
        The person whose faceset it is.
    media
        Videos, images or folders of them.
    engine
        What finds the faces: fan needs released weights (studio models), dlib is built in.
    """
    with Project(folder) as project:
        identity = project.store.identities.get(name)
        require(identity, "extraction")
        expand(media)
        config = {
            "identity": identity.name,
            "media": [str(path) for path in media],
            "engine": engine,
            **settings.model_dump(),
        }
        result = run_here(project, "extract", identity.name, config)
    line = (
        f"Read {result['frames_read']} frames, found {result['faces_found']} faces, wrote {result['faces_written']} "
        f"new ones in {result['seconds']:.0f} s with {result['engine']}."
    )
    lines = [line]
    if result["media_skipped"]:
        lines.append(f"Passed over {result['media_skipped']} files that can't be read; see above.")
    return Output(result, lines)
