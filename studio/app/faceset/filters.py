"""Which faces are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from studio.core.config import Settings
from studio.core.errors import FacesetError
from studio.core.files import write_text
from studio.core.records import STATES, FaceState
from studio.core.store.columns import FaceColumns

FILTERS = "filters.json"


class Score(NamedTuple):
    """A number that every face has, as filters and the order of the grid name it.

    Attributes:
        column: its name in `FaceColumns`.
        unit: what follows a value; empty for a number without one.
        decimals: how many a value is shown with.
    """

    column: str
    text: str
    unit: str = ""
    decimals: int = 0


SCORES = (
    Score("blur", "Sharpness", decimals=2),
    Score("yaw", "Yaw", "°"),
    Score("pitch", "Pitch", "°"),
    Score("roll", "Roll", "°"),
    Score("size", "Size", "px"),
    Score("confidence", "Detection", decimals=2),
    Score("landmark_confidence", "Landmarks", decimals=2),
    Score("exposure", "Exposure"),
    Score("occlusion", "Occlusion", decimals=2),
)
BY_COLUMN = {score.column: score for score in SCORES}


class Range(Settings):
    """Limits of a score, both included; a side without a limit is open."""

    low: float | None = Field(None, allow_inf_nan=False, description="Lowest value shown.")
    high: float | None = Field(None, allow_inf_nan=False, description="Highest value shown.")

    @property
    def open(self) -> bool:
        """Whether it limits nothing."""
        return self.low is None and self.high is None


class Chip(NamedTuple):
    """One limit in words, for taking it away by itself."""

    key: str
    text: str


class FilterSet(Settings):
    """What is shown: faces that pass every limit. A face whose score is unknown passes no limit on it."""

    ranges: Mapping[str, Range] = Field(default_factory=dict, description="Limits by score.")
    states: frozenset[FaceState] | None = Field(None, description="States shown; all where it is not set.")
    clusters: frozenset[int] | None = Field(None, description="Clusters shown; all where it is not set.")
    media: frozenset[int] | None = Field(None, description="Media shown; all where it is not set.")
    unseen: bool = Field(False, description="Only faces nobody has looked at.")

    @model_validator(mode="after")
    def _scores_known(self) -> Self:
        unknown = sorted(set(self.ranges) - set(BY_COLUMN))
        if unknown:
            raise ValueError(f"there is no score {unknown[0]!r}")
        return self

    def mask(self, columns: FaceColumns) -> NDArray[np.bool_]:
        """(N,) which faces are shown."""
        shown = np.ones(len(columns), dtype=bool)
        for column, limits in self.ranges.items():
            values = getattr(columns, column)
            if limits.low is not None:
                shown &= values >= limits.low
            if limits.high is not None:
                shown &= values <= limits.high
        if self.states is not None:
            shown &= np.isin(columns.states, [STATES.index(state) for state in self.states])
        if self.clusters is not None:
            shown &= np.isin(columns.clusters, list(self.clusters))
        if self.media is not None:
            shown &= np.isin(columns.media, list(self.media))
        if self.unseen:
            shown &= ~columns.seen
        return shown

    def chips(self, media: Mapping[int, str]) -> list[Chip]:
        """Each limit in words; `media` names the media by id."""
        chips = [Chip(column, _words(BY_COLUMN[column], limits)) for column, limits in self.ranges.items()]
        if self.states is not None:
            chips.append(Chip("states", " or ".join(state.value for state in STATES if state in self.states)))
        if self.clusters is not None:
            names = ", ".join(str(cluster) for cluster in sorted(self.clusters))
            chips.append(Chip("clusters", f"cluster {names}"))
        if self.media is not None:
            chips.append(
                Chip("media", ", ".join(media.get(medium, f"medium {medium}") for medium in sorted(self.media)))
            )
        if self.unseen:
            chips.append(Chip("unseen", "not seen yet"))
        return chips

    def without(self, key: str) -> FilterSet:
        """These filters less the limit that a chip stands for."""
        if key in BY_COLUMN:
            return self.changed({"ranges": {name: r for name, r in self.ranges.items() if name != key}})
        return self.changed({key: False if key == "unseen" else None})


class Filters:
    """The filters in force; `changed` tells of every change.

    Attributes:
        value: what is shown.
    """

    changed = Signal(FilterSet)

    def __init__(self) -> None:
        self.value = FilterSet()

    def set(self, value: FilterSet) -> None:
        """Put `value` in force."""
        if value != self.value:
            self.value = value
            self.changed.emit(value)

    def limit(self, column: str, low: float | None, high: float | None) -> None:
        """Limit a score, or take its limits away where both are None."""
        ranges = {name: limits for name, limits in self.value.ranges.items() if name != column}
        limits = Range(low=low, high=high)
        if not limits.open:
            ranges[column] = limits
        self.set(self.value.changed({"ranges": ranges}))

    def remove(self, key: str) -> None:
        """Take away the limit that a chip stands for."""
        self.set(self.value.without(key))

    def clear(self) -> None:
        """Show every face."""
        self.set(FilterSet())


_SAVED = TypeAdapter(dict[str, FilterSet])


class SavedFilters:
    """Filters by name, in one JSON file of the project."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, FilterSet]:
        """The saved filters by name, in the order of saving.

        Raises:
            FacesetError: the file is damaged.
        """
        if not self._path.exists():
            return {}
        try:
            return _SAVED.validate_json(self._path.read_bytes())
        except ValidationError as error:
            raise FacesetError(
                f"{self._path} is damaged, so saved filters can't be shown.",
                hint="Mend or remove the file; the faces are not touched.",
                code="faceset.filters",
            ) from error

    def save(self, name: str, value: FilterSet) -> None:
        """Keep `value` under `name`, in place of what had that name."""
        self._write({**self.all(), name: value})

    def remove(self, name: str) -> None:
        """Forget the filters called `name`."""
        self._write({known: value for known, value in self.all().items() if known != name})

    def _write(self, saved: dict[str, FilterSet]) -> None:
        write_text(self._path, json.dumps(_SAVED.dump_python(saved, mode="json"), indent=2) + "\n")


def _words(score: Score, limits: Range) -> str:
    def value(number: float) -> str:
        return f"{number:.{score.decimals}f}" + (score.unit if score.unit == "°" else f" {score.unit}".rstrip())

    if limits.low is None:
        return f"{score.text} ≤ {value(limits.high or 0.0)}"
    if limits.high is None:
        return f"{score.text} ≥ {value(limits.low)}"
    return f"{score.text} {value(limits.low)} to {value(limits.high)}"
