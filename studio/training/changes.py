"""What was changed in the middle of a training, and from which step on.

Rates, losses and batches are functions of the step, and so are these. A run that goes on from an earlier checkpoint
changes the same at the same steps, and arrives at the same weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from studio.core.config import Settings
from studio.core.errors import RunError, UsageError
from studio.core.files import write_json
from studio.training.settings import TrainSettings

# What may change in the middle: nothing that decides the network or a batch, which are prepared some steps ahead.
SAFE = (
    "learning_rate",
    "eye_weight",
    "mouth_weight",
    "checkpoint_every",
    "keep_checkpoints",
    "milestone_every",
    "preview_every",
)


class Change(Settings):
    """One change."""

    step: int = Field(ge=0, description="The first step that it holds for; steps count from 0.")
    settings: dict[str, Any] = Field(default_factory=dict, description="New values of safe settings.")
    rate: float = Field(default=1.0, gt=0, le=1, description="Share of the learning rate that is left.")
    skip: int = Field(default=0, ge=0, description="How many steps from this one on are left out: they led astray.")
    faces: int = Field(default=0, ge=0, description="Number of the run's list of faces that steps draw from.")


class Changes:
    """The changes of one run, kept in its folder."""

    def __init__(self, path: Path, settings: TrainSettings) -> None:
        """Read `path`, if it is there; `settings` hold until the first change.

        Raises:
            RunError: the file is damaged.
        """
        self._path = path
        self._first = settings
        self._changes = _read(path)
        self._known: tuple[int, TrainSettings] = (0, settings)

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def settings(self, step: int) -> TrainSettings:
        """The settings that hold for `step`."""
        made = [change.settings for change in self._changes if change.settings and change.step <= step]
        if self._known[0] != len(made):
            values: dict[str, Any] = {}
            for each in made:
                values.update(each)
            self._known = (len(made), self._first.changed(values))
        return self._known[1]

    def rate(self, step: int) -> float:
        """The share of the learning rate that is left at `step`."""
        share = 1.0
        for change in self._changes:
            if change.step <= step:
                share *= change.rate
        return share

    def skips(self, step: int) -> bool:
        """Whether `step` is left out."""
        return any(change.step <= step < change.step + change.skip for change in self._changes)

    def faces(self, step: int) -> int:
        """The number of the list of faces that `step` draws from; 0 is the one that the run began with."""
        return ([0] + [change.faces for change in self._changes if change.faces and change.step <= step])[-1]

    @property
    def lists(self) -> list[int]:
        """The numbers of the lists of faces that were taken later."""
        return [change.faces for change in self._changes if change.faces]

    @property
    def troubles(self) -> int:
        """How many times steps had to be left out."""
        return sum(change.skip > 0 for change in self._changes)

    def set(self, step: int, values: Mapping[str, Any]) -> TrainSettings:
        """Give safe settings other values from `step` on; returns all settings that hold then.

        Raises:
            UsageError: a setting is unknown, not safe to change or out of its bounds; nothing changes.
        """
        if not values:
            raise UsageError(
                "No setting was named.", hint=f"Those that can change: {', '.join(SAFE)}.", code="usage.setting"
            )
        for key in values:
            if key not in SAFE:
                raise UsageError(
                    f"The setting {key} can't be changed while a training runs.",
                    hint=f"Those that can: {', '.join(SAFE)}. For others start a new run.",
                    code="usage.setting",
                )
        wanted = self.settings(step).changed(dict(values))
        self._add(Change(step=step, settings={key: getattr(wanted, key) for key in values}))
        return wanted

    def go_past(self, steps: range, since: int, share: float) -> None:
        """Leave `steps` out and take `share` of the learning rate from step `since` on: both or, if killed, neither."""
        skipped = Change(step=steps.start, skip=len(steps))
        slower = [Change(step=since, rate=share)] if share < 1 else []
        self._write([*self._changes, skipped, *slower])

    def take_faces(self, step: int, number: int) -> None:
        """From `step` on, draw from the run's list of faces `number`."""
        self._add(Change(step=step, faces=number))

    def copied(self, path: Path, until: int) -> Changes:
        """A record of its own at `path` of what holds from step `until` or from an earlier one on."""
        copy = Changes(path, self._first)
        copy._write([change for change in self._changes if change.step <= until])
        return copy

    def _add(self, change: Change) -> None:
        self._write([*self._changes, change])

    def _write(self, changes: list[Change]) -> None:
        write_json(self._path, [each.model_dump(mode="json", exclude_defaults=True) for each in changes])
        self._changes = changes


def _read(path: Path) -> list[Change]:
    if not path.exists():
        return []
    try:
        return [Change.model_validate(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, ValidationError) as error:
        raise RunError(
            f"{path} is damaged.", hint="Restore it from a backup, or start a new run.", code="run.damaged"
        ) from error
