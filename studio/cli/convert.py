"""`studio convert`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from studio.cli.launch import leave_running, new_run, resume_here
from studio.cli.media import frame_range, squeeze_keys, videos_only
from studio.cli.output import Output
from studio.conversion.frames import ConvertSettings
from studio.core.project import Project
from studio.swap.compose import BlendSettings


def convert(
    folder: Path,
    /,
    *videos: Path,
    run: str,
    to: str,
    blend: Annotated[BlendSettings, Parameter(name="*")] = BlendSettings(),  # noqa: B008 - frozen
    driver: Literal["other", "any"] = "other",
    squeeze_at: str | None = None,
    label: Annotated[bool, Parameter(negative=())] = True,
    no_label: Annotated[str | None, Parameter(name="--no-label")] = None,
    frames: str | None = None,
    out: Path | None = None,
    codec: str = "libx264",
    quality: int = 16,
    no_smoothing: Annotated[bool, Parameter(negative=())] = False,
    pristine_twin: Annotated[bool, Parameter(negative=())] = False,
    checkpoint: int | None = None,
    detach: Annotated[bool, Parameter(negative=())] = False,
) -> Output:
    """Swap a face onto the driver of a video; sound and time stamps are kept, the export is labelled and signed.

    Parameters
    ----------
    folder
        The project.
    videos
        The drivers' videos; each gives an export.
    run
        The training to use, as studio runs shows it.
    to
        Whose face is put in.
    driver
        Swap the run's other identity only, or anyone with a consent record.
    squeeze_at
        A squeeze that changes over time: SECONDS:PIXELS with commas between, such as 0:15,2.5:25.
    label
        Draw the visible label (the default).
    no_label
        Leave the label out, for this reason; it is written into the credentials.
    frames
        Only the frames A:B; B is not included.
    out
        The export's file, or a folder for several; in the project's exports where not given.
    codec
        The encoder: libx264, libx265, ffv1 (lossless, .mkv) or another of FFmpeg's by name, such as libvpx-vp9.
    quality
        Constant rate factor: 0 lossless, 51 worst.
    no_smoothing
        Let every frame stand for itself, as in the paper.
    pristine_twin
        Also write the same video unswapped through the same writer.
    checkpoint
        The step of the checkpoint to use; the newest where not given.
    detach
        Leave the conversion running and return at once.
    """
    found = videos_only(videos)
    first, stop = frame_range(frames)
    settings = ConvertSettings.build(
        {
            **blend.model_dump(), "squeeze_keys": squeeze_keys(squeeze_at),
            "label": label and no_label is None, "first": first, "stop": stop, "codec": codec,
            "quality": quality,
        }
    )  # fmt: skip
    config = {
        "videos": [str(video) for video in found], "run": run, "to": to, "driver": driver,
        "smoothing": not no_smoothing, "settings": settings.model_dump(mode="json"), "no_label_reason": no_label,
        "out": str(out) if out else None, "pristine_twin": pristine_twin, "checkpoint": checkpoint,
    }  # fmt: skip
    with Project(folder) as project:
        config["to"] = project.store.identities.get(to).name
        made = new_run(project, "convert", f"{found[0].stem}-to-{to}", config)
    if detach:
        keys = ("out", "frames", "frames_swapped", "frames_unchanged", "seconds", "credentials")
        return leave_running(made, folder, "Converting", keys)
    result = resume_here(made)
    return Output(result, [_sentence(row) for row in result["exports"]])


def _sentence(export: Mapping[str, Any]) -> str:
    return (
        f"{export['out']}: {export['frames']} frames, {export['frames_swapped']} swapped, "
        f"{export['frames_unchanged']} unchanged, {export['seconds']:.0f} s; credentials {export['credentials']}."
    )
