"""`studio extract`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from studio.cli.launch import leave_running, new_run, run_here
from studio.cli.output import Output
from studio.core.project import Project
from studio.faceset.extract import ExtractSettings
from studio.provenance.consent import require
from studio.video.media import expand

_KEYS = (
    "frames_read",
    "frames_skipped",
    "faces_found",
    "faces_written",
    "media_skipped",
    "pictures_without_face",
    "faces_assumed",
    "engine",
    "seconds",
)


def extract(
    folder: Path,
    name: str,
    /,
    *media: Path,
    engine: Literal["auto", "fan", "dlib"] = "auto",
    settings: Annotated[ExtractSettings, Parameter(name="*")] = ExtractSettings(),  # noqa: B008 - frozen
    detach: Annotated[bool, Parameter(negative=())] = False,
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
    detach
        Leave the extraction running and return at once; it waits where another job is at work.
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
        if detach:
            run = new_run(project, "extract", identity.name, config)
            return leave_running(run, folder, f"Extracting faces of {identity.name}", _KEYS)
        result = run_here(project, "extract", identity.name, config)
    line = (
        f"Read {result['frames_read']} frames, found {result['faces_found']} faces, wrote {result['faces_written']} "
        f"new ones in {result['seconds']:.0f} s with {result['engine']}."
    )
    lines = [line]
    if result["frames_skipped"]:
        lines.append(f"Passed over {result['frames_skipped']} frames that show nothing new.")
    if result["media_skipped"]:
        lines.append(f"Passed over {result['media_skipped']} files that can't be read; see above.")
    if result["pictures_without_face"]:
        lines.append(f"In {result['pictures_without_face']} pictures there is no face.")
    if result["faces_assumed"]:
        lines.append(f"Took {result['faces_assumed']} pictures as a whole, with confidence 0: no face was detected.")
    return Output(result, lines)
