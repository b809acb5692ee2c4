"""Extraction, beside a plain loop over the same engines and beside its slowest stage alone."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from studio.bench.table import Row
from studio.core.errors import JobError
from studio.core.project import Project
from studio.core.records import Basis, Identity
from studio.core.resources import assets
from studio.core.store.media import Scan
from studio.faceset.crew import Crew, Lookers, Work
from studio.faceset.extract import ExtractSettings, frame_counts
from studio.faceset.extract import extract as extracted
from studio.faceset.folder import FacesetFolder
from studio.faceset.looking import Looker
from studio.jobs.extract import engines_named, processes
from studio.provenance.consent import add_record
from studio.video.media import expand
from studio.video.read import Frame, read_frames

CLIPS = ("mira.mp4", "tomas.mp4")
FRAMES = 150
_ENGINES = "dlib68+polygons+dlib-resnet"
_SETTINGS = ExtractSettings(min_size=48)
_COMMIT = 16
_TIMES = 3

_load = partial(engines_named, _ENGINES, False)


def extract() -> Sequence[Row]:
    """The sample clips, with the embedded engines: seconds a frame of a running extraction, beside the plain loop."""
    size = processes()
    looker = Looker(_load(), _SETTINGS.min_size)
    looker.look(next(_decoded()), frozenset())
    ours, theirs = [], []
    with Crew(size, _load, _SETTINGS.min_size) as crew:
        _warm(crew, size)
        for turn in range(_TIMES):
            ours.append(_timed(lambda: _pipeline(crew)))
            theirs.append(_timed(lambda: _plain(looker)))
            sys.stderr.write(f"extract: {turn + 1} of {_TIMES}\n")
    frames = len(CLIPS) * FRAMES
    each, plain = float(np.median(ours)) / frames, float(np.median(theirs)) / frames
    notes = (
        f"{frames} frames of the sample clips, {size} processes, {1 / each:.1f} frames a second "
        f"against {1 / plain:.1f} of a loop that decodes, looks and writes one after another in one process; "
        f"medians of {_TIMES}"
    )
    return [Row.compared("extract", each, plain, unit="s a frame", limit="≥ 1.4", notes=notes)]


def limit() -> Sequence[Row]:
    """The same extraction, beside its slowest stage alone: looking, in as many processes, at frames in memory."""
    size = processes()
    ours, theirs = [], []
    with Crew(size, _load, _SETTINGS.min_size) as crew:
        _warm(crew, size)
        frames = [frame for clip in _decoded() for frame in clip]
        for turn in range(_TIMES):
            ours.append(_timed(lambda: _pipeline(crew)))
            theirs.append(_timed(lambda: _look(crew, frames)))
            sys.stderr.write(f"extract.limit: {turn + 1} of {_TIMES}\n")
    notes = (
        f"extraction of {len(frames)} frames as a multiple of the time that {size} processes take to find, align, "
        f"parse, describe and encode their faces alone; medians of {_TIMES}"
    )
    return [Row.absolute("extract.limit", float(np.median(ours) / np.median(theirs)), "", limit="≤ 1.15", notes=notes)]


def _pipeline(lookers: Lookers) -> None:
    with _project() as (project, identity):
        media = expand(_clips())
        summary = extracted(project, identity, media, lookers, _ENGINES, _SETTINGS, counts=frame_counts(media))
        _check(project, identity, summary.frames_read)


def _plain(looker: Looker) -> None:
    """The work of an extraction without its overlap: one frame after the other, and the same files."""
    with _project() as (project, identity):
        project.store.identities.set_engines(identity, _ENGINES)
        folder = FacesetFolder(project, identity)
        read = 0
        for clip in _clips():
            medium = project.store.media.add(identity, str(clip), str(clip), str(clip), clip.name)
            frames = read_frames(clip)
            while group := list(islice(frames, _COMMIT)):
                faces = [face for frame in group for sight in looker.look([frame], frozenset()) for face in sight.new]
                folder.add(medium, faces, Scan(1, _SETTINGS.min_size, group[-1].index + 1, False))
                read += len(group)
        _check(project, identity, read)


def _look(crew: Crew, frames: Sequence[Frame]) -> None:
    work = (Work([frame], frozenset(), None) for frame in frames)
    faces = sum(len(sight.new) for _, sights in crew.look(work, _go_on) for sight in sights)
    if faces != len(frames):
        raise JobError("The processes did not find a face in every frame.", code="bench.wrong")


def _warm(crew: Crew, size: int) -> None:
    """Have every process load its engines: neither side is charged for that."""
    _look(crew, [frame for clip in _decoded() for frame in clip[: 4 * size]])


def _check(project: Project, identity: Identity, read: int) -> None:
    frames = len(CLIPS) * FRAMES
    if read != frames or project.store.faces.count(identity) != frames:
        raise JobError("The extraction did not find a face in every frame of the sample clips.", code="bench.wrong")


def _clips() -> list[Path]:
    return [assets() / "sample" / clip for clip in CLIPS]


def _decoded() -> Iterator[list[Frame]]:
    for clip in _clips():
        yield list(islice(read_frames(clip), FRAMES))


@contextmanager
def _project() -> Iterator[tuple[Project, Identity]]:
    with tempfile.TemporaryDirectory() as folder, Project.create(Path(folder) / "project") as project:
        yield project, add_record(project, "Sample", Basis.SYNTHETIC, "rendered")


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _go_on() -> None:
    """Nobody stops a bench."""
