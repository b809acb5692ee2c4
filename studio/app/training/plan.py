"""What a training is to be started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from psygnal import Signal

from studio.app.studio import IdentityRow, Studio
from studio.app.training.fields import default_steps
from studio.core.errors import StudioError, UsageError
from studio.core.project import Project
from studio.training.settings import TrainSettings

Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")


class TrainingPlan:
    """Two people, a preset, the number of steps and what shall differ from the preset.

    Attributes:
        changed: any of it, or what is known of the people, is different.
        preset: its name.
        values: what was typed for settings that shall differ, by name; it may be wrong.
    """

    changed = Signal()

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._chosen: dict[Side, int] = {}
        self._steps: int | None = None
        self.preset = "demo"
        self.values: dict[str, str] = {}
        studio.people_changed.connect(self._on_people)
        studio.project_changed.connect(self._on_project)
        self._on_people(studio.people)

    def close(self) -> None:
        """Let go of the session."""
        self._studio.people_changed.disconnect(self._on_people)
        self._studio.project_changed.disconnect(self._on_project)

    @property
    def people(self) -> tuple[IdentityRow, ...]:
        """Whom there is to choose from."""
        return self._studio.people

    @property
    def steps(self) -> int:
        """How many steps in all."""
        return self._steps or default_steps(self.preset)

    def person(self, side: Side) -> IdentityRow | None:
        """Who was chosen; None where nobody was, or they are gone."""
        return next((row for row in self.people if row.identity.id == self._chosen.get(side)), None)

    def choose(self, side: Side, identity: int) -> None:
        """Take the person with this id."""
        self._chosen[side] = identity
        self.changed.emit()

    def use_preset(self, preset: str) -> None:
        """Take another preset, with its number of steps; what shall differ from it stays."""
        self.preset, self._steps = preset, None
        self.changed.emit()

    def set_steps(self, steps: int) -> None:
        """Take another number of steps than the preset's."""
        self._steps = steps
        self.changed.emit()

    def set_values(self, values: Mapping[str, str | None]) -> None:
        """Have settings differ from the preset; None takes a setting as the preset has it."""
        for name, value in values.items():
            self.values.pop(name, None)
            if value is not None:
                self.values[name] = value
        self.changed.emit()

    def complaints(self) -> dict[str, str]:
        """What the job would say against single settings, by name."""
        found = {}
        for name, value in self.values.items():
            try:
                TrainSettings.build({"preset": self.preset, name: value})
            except UsageError as error:
                found[name] = error.message
        return found

    def obstacle(self) -> str:
        """Why the training can't be started, and what to do; empty where it can."""
        return self._missing_people() or self._wrong_settings()

    def arguments(self, command: Literal["train", "estimate"]) -> list[str]:
        """What `studio` is called with; only where there is no obstacle."""
        project, people = self._studio.project, [self.person(side) for side in SIDES]
        assert project is not None
        words = [command, str(project.folder), *(row.identity.name for row in people if row is not None)]
        words += ["--preset", self.preset, "--steps", str(self.steps)]
        for name, value in self.values.items():
            words += ["--set", f"{name}={value}"]
        return words

    def _missing_people(self) -> str:
        if len(self.people) < 2:
            return "A swap needs two people: add them in Facesets."
        for side in SIDES:
            row = self.person(side)
            if row is None:
                return f"Choose who is {side.upper()}."
            if not row.holds:
                return f"The consent record of {row.identity.name} does not hold: nothing may be trained."
            if not row.used:
                return f"{row.identity.name} has no faces to train on: extract some in Facesets."
        if self._chosen["a"] == self._chosen["b"]:
            return "A and B are the same person: a swap needs two."
        return ""

    def _wrong_settings(self) -> str:
        if self.complaints():
            return "A setting is out of bounds: see More settings."
        try:
            TrainSettings.build({"preset": self.preset, **self.values}).network()
        except StudioError as error:
            return error.message
        return ""

    def _on_project(self, _project: Project | None) -> None:
        self._chosen = {}
        self.changed.emit()

    def _on_people(self, people: tuple[IdentityRow, ...]) -> None:
        """Whoever is not chosen yet is the first who can be."""
        for side in SIDES:
            if self.person(side) is None:
                taken = {self._chosen.get(other) for other in SIDES if other != side}
                able = [row.identity.id for row in people if row.holds and row.used and row.identity.id not in taken]
                if able:
                    self._chosen[side] = able[0]
        self.changed.emit()
