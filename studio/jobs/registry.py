"""Which jobs there are. Each is imported when it starts: most bring an engine that takes seconds to import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from studio.core.errors import RunError
from studio.core.reporter import JobReporter

Job = Callable[[Mapping[str, Any], JobReporter], dict[str, Any]]

_JOBS = {
    "extract": "studio.jobs.extract",
    "map": "studio.jobs.map",
    "train": "studio.jobs.train",
    "analyse": "studio.jobs.analyse",
    "convert": "studio.jobs.convert",
    "detector": "studio.jobs.train_detector",
    "detect": "studio.jobs.detect",
    "report": "studio.jobs.report",
}


def job_of(kind: str) -> Job:
    """The job of a run's kind.

    Raises:
        RunError: this version knows no such kind.
    """
    if kind not in _JOBS:
        raise RunError(
            f"This version knows no job of the kind {kind!r}.", hint="Update Faceswap Studio.", code="run.kind"
        )
    job: Job = import_module(_JOBS[kind]).run
    return job
