"""The job that lays a faceset out by UMAP: minutes for the largest, so a process of its own."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from studio.core.config import Settings
from studio.core.errors import FacesetError, JobError
from studio.core.project import Project
from studio.core.reporter import JobReporter
from studio.faceset.material import read_material
from studio.faceset.projection import plain_map, save_map, unit_scaled
from studio.faceset.reduction import Features, reduced

# UMAP needs neighbours; of fewer faces the plain map says as much.
_FEWEST = 16
_DIMENSIONS = 50
_EPOCHS_LARGE, _EPOCHS_SMALL, _LARGE = 200, 500, 10_000


class MapConfig(Settings):
    """Which faceset to lay out."""

    project: Path
    identity: str
    neighbours: int = Field(15, ge=2, le=200, description="How many faces each is held against.")
    seed: int = Field(0, ge=0, description="The same seed gives the same map.")


def run(config: Mapping[str, Any], reporter: JobReporter) -> dict[str, Any]:
    """Compute the map of the identity's faces and keep it with the faceset."""
    checked = MapConfig.build(config)
    began = time.monotonic()
    with Project(checked.project) as project:
        identity = project.store.identities.get(checked.identity)
        material = read_material(project, identity)
        if len(material.columns) == 0:
            raise FacesetError(
                f"The faceset of {identity.name!r} has no face.",
                hint=f"Extract some: studio extract DIR {identity.name!r} VIDEO",
                code="faceset.empty",
            )
        places = laid_out(material.features, checked, reporter)
        path = save_map(project, identity, material.columns.ids, places)
    return {
        "identity": checked.identity,
        "faces": len(places),
        "map": str(path),
        "seconds": round(time.monotonic() - began, 2),
    }


def laid_out(features: Features, settings: MapConfig, reporter: JobReporter) -> NDArray[np.float32]:
    """The places (N, 2) of features (N, D)."""
    if len(features) < _FEWEST:
        return plain_map(features)
    reporter.progress("neighbours", 0, None)
    umap = _umap()
    epochs = _EPOCHS_SMALL if len(features) <= _LARGE else _EPOCHS_LARGE
    model = umap.UMAP(
        n_neighbors=min(settings.neighbours, len(features) - 1), random_state=settings.seed, n_epochs=epochs,
        tqdm_kwds={
            "disable": False, "file": _Epochs(reporter, epochs), "bar_format": "{n_fmt}", "mininterval": 0.2
        },
    )  # fmt: skip
    with warnings.catch_warnings():
        # That a seed means one thread is what a seed is for; equal faces are no fault.
        warnings.simplefilter("ignore", UserWarning)
        places = model.fit_transform(reduced(features, _DIMENSIONS))
    reporter.progress("layout", epochs, epochs)
    return unit_scaled(places)


def _umap() -> Any:
    try:
        import umap
    except ImportError as error:
        raise JobError(
            "The detailed map needs the package umap-learn, which is not installed.",
            hint="Install it: pip install 'faceswap-studio[map]'. The plain map works without it.",
            code="map.missing",
        ) from error
    return umap


class _Epochs:
    """The file that UMAP's progress bar writes to: the one place where it can be told of, and stopped."""

    def __init__(self, reporter: JobReporter, epochs: int) -> None:
        self._reporter = reporter
        self._epochs = epochs

    def write(self, text: str) -> int:
        """Take what the bar shows, which is the number of the epoch."""
        self._reporter.check()
        number = text.strip().removesuffix("\x1b[A")
        if number.isdigit():
            self._reporter.progress("layout", int(number), self._epochs)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""
