"""`studio repair`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import numpy as np
from cyclopts import Parameter

from studio.cli.media import frame_range, videos_only
from studio.cli.output import Output
from studio.cli.progress import display
from studio.cli.watching import Watching
from studio.core.errors import UsageError
from studio.core.files import sha256
from studio.core.framing import FACE_SIZE
from studio.core.pictures import read_png
from studio.core.project import Project
from studio.core.records import Mask, Points
from studio.jobs.repair import Span, Workbench

_FLAG = Parameter(negative=())


def repair(
    folder: Path,
    video: Path,
    /,
    *,
    frames: str | None = None,
    skip: Annotated[bool, _FLAG] = False,
    interpolate: Annotated[bool, _FLAG] = False,
    landmarks: Path | None = None,
    mask: Path | None = None,
    face: tuple[float, float] | None = None,
    undo: Annotated[bool, _FLAG] = False,
    redo: Annotated[bool, _FLAG] = False,
) -> Output:
    """Repair by hand what the analysis of a driver's video got wrong; alone it lists the repairs.

    Repairs lie on top of the analysis: analysing again never overwrites them, and each can be taken back.

    Parameters
    ----------
    folder
        The project.
    video
        The driver's video.
    frames
        The frames A:B; B is not included. With --landmarks and --mask one frame.
    skip
        Leave these frames as the driver's.
    interpolate
        Put the faces of these frames evenly between where they are before and after.
    landmarks
        A JSON file with 68 pairs of x and y, in pixels of the frame, for the face in it.
    mask
        A PNG of 512 x 512 px, white where the aligned face is a face.
    face
        Which face of the frame: X Y inside it, in pixels; the largest where not given.
    undo
        Take the last repair of this video back.
    redo
        Make the repair again that was undone last.
    """
    videos_only([video])
    wanted = [name for name, given in _given(skip, interpolate, landmarks, mask, undo, redo).items() if given]
    if len(wanted) > 1:
        raise UsageError(f"{' and '.join(wanted)} can't be done at once.", hint="Give one of them.")
    with Project(folder) as project, display() as shown:
        done: dict[str, Any] = {}
        if undo or redo:
            table, content = project.store.repairs, sha256(video)
            done["undone" if undo else "redone"] = table.undo(content) if undo else table.redo(content)
        elif wanted:
            bench = Workbench.of(project, video, Watching(shown))
            done["frames"] = _repaired(bench, frames, skip, interpolate, landmarks, mask, face)
        entries = [asdict(entry) for entry in project.store.repairs.entries(sha256(video))]
    if not entries:
        return Output({**done, "repairs": []}, ["Nothing was repaired."])
    rows = [("undone" if e["undone"] else "", e["title"], str(e["frames"])) for e in entries]
    return Output({**done, "repairs": entries}, rows=[("", "repair", "frames"), *rows])


def _given(*values: object) -> dict[str, object]:
    names = ("--skip", "--interpolate", "--landmarks", "--mask", "--undo", "--redo")
    return dict(zip(names, values, strict=True))


def _repaired(
    bench: Workbench,
    frames: str | None,
    skip: bool,
    interpolate: bool,
    landmarks: Path | None,
    mask: Path | None,
    face: tuple[float, float] | None,
) -> int:
    first, stop = frame_range(frames)
    span: Span = (first, bench.analysis.frames if stop is None else stop)
    if frames is None:
        raise UsageError("Which frames?", hint="Name them with --frames A:B; B is not included.", code="usage.frames")
    if skip:
        return bench.skip(span)
    if interpolate:
        return bench.interpolate(span)
    if span[1] != span[0] + 1:
        raise UsageError(
            "Landmarks and masks are those of one frame.", hint="Name it as --frames 12:13.", code="usage.frames"
        )
    if landmarks is not None:
        return bench.move(span[0], _landmarks(landmarks), face)
    return bench.paint(span[0], _mask(cast(Path, mask)), face)


def _landmarks(path: Path) -> Points:
    try:
        points = np.array(json.loads(path.read_text(encoding="utf-8")), np.float32)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{path} can't be read as landmarks.", hint="Give 68 pairs of x and y as JSON.") from error
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise UsageError(f"{path} holds no 68 pairs of x and y.", hint="Give the 68 landmarks of iBUG 300-W, as JSON.")
    return points


def _mask(path: Path) -> Mask:
    picture = read_png(path)
    if picture is None or picture.shape[:2] != (FACE_SIZE, FACE_SIZE):
        raise UsageError(f"{path} is no PNG of {FACE_SIZE} x {FACE_SIZE} pixels.", hint="White is face, black is not.")
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    return np.asarray(grey > 127)
