"""The job that collects faces."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import psutil
from pydantic import Field

from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.faces.engines.choose import chosen, named
from studio.faces.protocols import Engines
from studio.faceset.crew import Alone, Crew, Lookers
from studio.faceset.extract import ExtractSettings, extract, frame_counts
from studio.faceset.imported import AlignedFinder
from studio.jobs.guard import ConsentGuard
from studio.provenance.consent import require
from studio.video.media import expand
from studio.zoo.shelf import Shelf

# dlib looks at one picture after the other and holds the interpreter's lock; the other engines take batches, and all
# cores or a GPU for each.
_DLIB = ("dlib68+", "+dlib-resnet")
_BATCH = 8

# A process takes a second to start: for fewer frames than this one looks here.
_WORTH_A_CREW = 60
# What a process with the embedded engines may take of the machine's free memory.
_PROCESS_BYTES = 500 * 1024**2


class ExtractConfig(ExtractSettings):
    """What to extract, and with which engine."""

    project: Path
    identity: str
    media: tuple[Path, ...]
    engine: Literal["auto", "fan", "dlib"] = Field("auto", description="Which engine finds the faces.")


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Add the faces of the media to the identity's faceset."""
    checked = ExtractConfig.build(config)
    began = time.monotonic()
    with Project(checked.project) as project:
        identity = project.store.identities.get(checked.identity)
        require(identity, "extraction")
        begun = project.store.identities.engines(identity)
        names = begun if begun and checked.engine == "auto" else chosen(checked.engine, Shelf().find)
        reporter.note(f"Engines: {names}.")
        guarded = ConsentGuard(reporter, project, (identity.name,))
        settings = ExtractSettings(**checked.model_dump(include=set(ExtractSettings.model_fields)))
        media = expand(checked.media)
        counts = frame_counts(media)
        with lookers_for(names, settings, counts) as lookers:
            batch = 1 if one_by_one(names) else _BATCH
            summary = extract(project, identity, media, lookers, names, settings, guarded, batch, counts)
        return {
            **asdict(summary),
            "identity": identity.name,
            "engine": names,
            "seconds": round(time.monotonic() - began, 2),
        }


def engines_named(names: str, aligned: bool) -> Engines:
    """Load the engines recorded as `names`; with a finder for aligned faces where `aligned`."""
    engines = named(names, Shelf().find)
    return Engines(AlignedFinder(engines.finder), engines.parser, engines.encoder) if aligned else engines


@contextmanager
def lookers_for(names: str, settings: ExtractSettings, counts: Sequence[int | None]) -> Iterator[Lookers]:
    """Processes for the embedded engines, one a core; one process for engines on a GPU; none for a few pictures."""
    load = partial(engines_named, names, settings.aligned)
    if all(count is not None for count in counts) and _looks(counts, settings.every) < _WORTH_A_CREW:
        yield Alone(load(), settings.min_size)
        return
    with Crew(processes() if one_by_one(names) else 1, load, settings.min_size) as crew:
        yield crew


def one_by_one(names: str) -> bool:
    """Whether the engines recorded as `names` gain by processes, and nothing by batches."""
    return names.startswith(_DLIB[0]) and names.endswith(_DLIB[1])


def processes() -> int:
    """How many processes look side by side: one a core, as far as the free memory goes."""
    room = int(psutil.virtual_memory().available // _PROCESS_BYTES)
    return max(1, min(_cores(), room))


def _cores() -> int:
    # A container or a scheduler may have given this process fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _looks(counts: Sequence[int | None], every: int) -> int:
    """How many frames are looked at, of images and videos whose length is known."""
    return sum(-(-(count or 0) // every) for count in counts)
