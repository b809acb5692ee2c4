"""`studio sweep`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from studio.cli.media import videos_only
from studio.cli.output import Output
from studio.cli.progress import display
from studio.cli.watching import Watching
from studio.conversion.frames import ConvertSettings
from studio.core.errors import UsageError
from studio.core.project import Project
from studio.jobs.swapping import SwapChoice
from studio.jobs.sweep import SweptFrame, sweep_frame
from studio.swap.compose import BlendSettings


def sweep(
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
    no_smoothing: Annotated[bool, Parameter(negative=())] = False,
    checkpoint: int | None = None,
) -> Output:
    """Show one frame at squeezes from 0 to 40 px side by side, each with how the light turns at the mask's edge.

    The amount that is recommended is the least whose edge is as good as the best, in frames all over the video; it
    never comes from a detector.

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
    no_smoothing
        Let every frame stand for itself.
    checkpoint
        The step of the checkpoint to use; the newest where not given.
    """
    videos_only([video])
    if "squeeze" in blend.model_fields_set:
        raise UsageError("A sweep shows every squeeze from 0 to 40.", hint="Leave --squeeze out.", code="usage.squeeze")
    settings = ConvertSettings.build(blend.model_dump())
    with Project(folder) as project, display() as shown:
        name = project.store.identities.get(to).name
        choice = SwapChoice(run=run, to=name, driver=driver, smoothing=not no_smoothing, checkpoint=checkpoint)
        done = sweep_frame(project, video, choice, settings, at, out, Watching(shown))
    rows = [{"squeeze": r.squeeze, "boundary": r.boundary, "mask_pixels": r.mask_pixels} for r in done.rows]
    recommended = asdict(done.recommended) if done.recommended else None
    return Output({"out": str(out), "frame": done.frame, "rows": rows, "recommended": recommended}, _lines(out, done))


def _lines(out: Path, done: SweptFrame) -> list[str]:
    lines = [f"{out}: frame {done.frame}.", "squeeze  edge   pixels"]
    for row in done.rows:
        edge = "-" if row.boundary is None else f"{row.boundary:.2f}"
        lines.append(f"{row.squeeze:>4} px  {edge:>5}  {row.mask_pixels:>6}")
    if done.recommended is not None:
        found = done.recommended
        lines.append(
            f"Recommended for this video: {found.squeeze:g} px (half of {found.frames} frames ask for {found.low:g} to"
            f" {found.high:g})."
        )
    return lines
