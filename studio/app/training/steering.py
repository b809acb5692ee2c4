"""Steering the training on show: commands to a run at work, and new starts by command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.app.runs import RunRow
from studio.app.studio import Studio
from studio.app.training.curves import SIDES
from studio.app.training.monitor import Monitor
from studio.app.training.trained import trained_people

# Of each identity, as a training takes them.
MOST_PINS = 12


class Steering:
    """What the buttons of the panel do; nothing of it waits."""

    def __init__(self, studio: Studio, monitor: Monitor) -> None:
        self._studio = studio
        self._monitor = monitor

    def toggle_pause(self) -> None:
        """Have the training wait where it is, or go on."""
        row = self._monitor.row
        if row is not None:
            (self._studio.runs.resume if row.state == "paused" else self._studio.runs.pause)(row)

    def stop(self) -> None:
        """Have the training save and end."""
        row = self._monitor.row
        if row is not None:
            self._studio.runs.stop(row)
            self._say(f"{row.title}: saving and stopping.")

    def send(self, command: str, told: str, **data: Any) -> None:
        """Give the training a command, and say so."""
        row = self._monitor.row
        if row is not None:
            self._studio.runs.send(row, command, **data)
            self._say(told)

    def set(self, values: Mapping[str, Any]) -> None:
        """Change safe settings from the next step on."""
        if values:
            words = ", ".join(f"{key} {value:g}" for key, value in values.items())
            self.send("set", f"Changing {words}.", values=dict(values))

    def pin(self, person: int, faces: Sequence[int]) -> None:
        """Have previews show these faces of the person with this id; of the other one those that they show now."""
        course = self._monitor.course
        known = trained_people(self._studio.people, course.config) if course is not None else {}
        sides = {row.identity.id: side for side, row in known.items()}
        if course is None or person not in sides:
            self._say("The selected faces are of somebody whom this training does not know.")
            return
        shown = course.previews[-1].faces if course.previews else {}
        pins = {side: list(dict.fromkeys(ids)) for side, ids in shown.items()}
        pins[sides[person]] = _spread(faces)
        if len(pins) < len(SIDES):
            self._say("Wait for the first preview, then pin faces.")
            return
        self.send("pin", f"Pinning {len(pins[sides[person]])} faces.", faces=pins)

    def restart(self) -> None:
        """Go on with a training that is over, from its newest checkpoint."""
        row, folder = self._monitor.row, self._folder
        if row is not None and folder:
            self._studio.runs.start(["train", folder, *self._names(row), "--run", row.run])
            self._say(f"{row.title}: resuming.")

    def fork(self, step: int) -> None:
        """Begin a new run with a copy of the checkpoint of `step`."""
        row, folder = self._monitor.row, self._folder
        if row is not None and folder:
            self._studio.runs.start(["train", folder, *self._names(row), "--fork", row.run, "--at", str(step)])
            self._say(f"{row.title}: beginning a new run at step {step:,}.")

    @property
    def _folder(self) -> str:
        project = self._studio.project
        return str(project.folder) if project is not None else ""

    def _names(self, row: RunRow) -> tuple[str, str]:
        """What A and B are called now: they may have been renamed or merged since."""
        course = self._monitor.courses.get(row.run)
        config = course.config if course is not None else {}
        known = trained_people(self._studio.people, config)
        a, b = (known[side].identity.name if side in known else str(config.get(side, "")) for side in SIDES)
        return a, b

    def _say(self, words: str) -> None:
        self._studio.message.emit(words)


def _spread(faces: Sequence[int]) -> list[int]:
    """At most as many as a preview takes, evenly over `faces`."""
    count = min(len(faces), MOST_PINS)
    return [faces[place * len(faces) // count] for place in range(count)]
