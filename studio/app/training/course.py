"""What a training has told so far, as numbers and lists that a window can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP = "step"
REGIONS, TERMS = ("face", "eyes", "mouth"), ("dssim", "mse")
# What is kept of an event "loss", by the path of its keys.
COLUMNS = (
    STEP, "a", "b", "steps_per_second", "waiting", "memory_mb", "gpu_memory_mb", "gpu_celsius",
    *(f"parts/{side}/{region}/{term}" for side in ("a", "b") for region in REGIONS for term in TERMS),
)  # fmt: skip

CHECKPOINT, SET, ASTRAY, LATEST, RESUMED, NOTE, REFUSED, FORKED = (
    "checkpoint", "set", "astray", "latest", "resumed", "note", "refused", "forked"
)  # fmt: skip


@dataclass(frozen=True)
class Marker:
    """Something that happened at a step, in words; `kind` is one of the constants above."""

    step: int
    kind: str
    words: str


@dataclass(frozen=True)
class Preview:
    """A preview picture.

    Attributes:
        path: of the file.
        rows: how many faces of each identity it shows, one below the other.
        faces: their ids by side; empty where the run did not tell.
    """

    step: int
    path: Path
    rows: int = 4
    faces: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Course:
    """What a run's events say.

    Attributes:
        run: name of the run.
        config: as it was frozen at the start.
        columns: (n,) arrays by the names of `COLUMNS`, the steps ascending; NaN where nothing was said.
        markers: in the order they were told.
        previews: in the order of steps.
        checkpoints: the steps of those there are now, ascending; the markers tell of former ones too.
        changes: safe settings that were changed, with the step from which on they hold; later ones override others.
        errors: step of the newest errors per face; None where there are none.
        error: what made it fail: code, message and hint.
        faces: how many faces of A and B it trains on, where it told.
        complete: whether all was read, and not a sketch of it only.
    """

    run: str
    config: Mapping[str, Any]
    columns: Mapping[str, NDArray[np.floating]]
    markers: tuple[Marker, ...] = ()
    previews: tuple[Preview, ...] = ()
    checkpoints: tuple[int, ...] = ()
    changes: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    errors: int | None = None
    error: Mapping[str, str] | None = None
    faces: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True

    @property
    def steps(self) -> NDArray[np.floating]:
        """(n,) the steps losses were told of."""
        return self.columns["step"]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that hold now."""
        values = dict(self.config.get("settings", {}))
        for _step, changed in self.changes:
            values.update(changed)
        return values

    def last(self, column: str) -> float | None:
        """What was said last of `column`; None where that is nothing."""
        values = self.columns[column]
        return float(values[-1]) if len(values) and not np.isnan(values[-1]) else None

    def recent(self, column: str, count: int = 30) -> float | None:
        """The mean of the last `count` values of `column`; None where there are none."""
        values = self.columns[column][-count:]
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else None
