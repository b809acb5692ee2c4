"""`studio frame`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from studio.cli.media import squeeze_keys, videos_only
from studio.cli.output import Output
from studio.cli.progress import display
from studio.cli.watching import Watching
from studio.conversion.frames import ConvertSettings
from studio.core.project import Project
from studio.jobs.frame import convert_frame
from studio.jobs.swapping import SwapChoice
from studio.swap.compose import BlendSettings


def frame(
    folder: Path,
    video: Path,
    /,
    *,
    run: str,
    to: str,
    at: float,
    out: Path,
    blend: Annotated[BlendSettings, Parameter(name="*")] = BlendSettings(),  # noqa: B008 - frozen
    driver: Literal["other", "any"] = "other",
    squeeze_at: str | None = None,
    no_label: Annotated[str | None, Parameter(name="--no-label")] = None,
    no_smoothing: Annotated[bool, Parameter(negative=())] = False,
    checkpoint: int | None = None,
) -> Output:
    """Convert one frame into a PNG: the same pixels as the export before encoding.

    Parameters
    ----------
    folder
        The project.
    video
        The driver's video.
    run
        The training to use.
    to
        Whose face is put in.
    at
        The frame that shows at this time, in seconds.
    out
        The PNG to write.
    driver
        Swap the run's other identity only, or anyone with a consent record.
    squeeze_at
        A squeeze that changes over time: SECONDS:PIXELS with commas between, such as 0:15,2.5:25.
    no_label
        Leave the label out, for this reason.
    no_smoothing
        Let every frame stand for itself.
    checkpoint
        The step of the checkpoint to use; the newest where not given.
    """
    videos_only([video])
    settings = ConvertSettings.build(
        {**blend.model_dump(), "squeeze_keys": squeeze_keys(squeeze_at), "label": no_label is None}
    )
    with Project(folder) as project, display() as shown:
        name = project.store.identities.get(to).name
        choice = SwapChoice(run=run, to=name, driver=driver, smoothing=not no_smoothing, checkpoint=checkpoint)
        done = convert_frame(project, video, choice, settings, at, out, no_label, Watching(shown))
    data = {
        "out": str(out),
        "frame": done.driver.index,
        "face_found": done.converted.faces_found > 0,
        "mask_pixels": done.converted.mask_pixels,
    }
    return Output(data, [f"{out}: frame {done.driver.index}, {done.converted.mask_pixels} pixels of the face blended."])
