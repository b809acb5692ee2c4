"""The job that collects faces."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.faces.engines.choose import choose, named
from studio.faceset.extract import ExtractSettings, extract
from studio.jobs.guard import ConsentGuard
from studio.provenance.consent import require
from studio.video.media import expand
from studio.zoo.shelf import Shelf


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
        goes_on = begun is not None and checked.engine == "auto"
        engines = named(str(begun), Shelf().find) if goes_on else choose(checked.engine, Shelf().find)
        reporter.note(f"Engines: {engines.names}.")
        guarded = ConsentGuard(reporter, project, (identity.name,))
        settings = ExtractSettings(every=checked.every, min_size=checked.min_size)
        summary = extract(project, identity, expand(checked.media), engines, settings, guarded)
        return {
            **asdict(summary),
            "identity": identity.name,
            "engine": engines.names,
            "seconds": round(time.monotonic() - began, 2),
        }
