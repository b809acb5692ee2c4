"""What a training has said beside its losses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.app.training.course import (
    ASTRAY,
    CHECKPOINT,
    FORKED,
    LATEST,
    NOTE,
    REFUSED,
    RESUMED,
    SET,
    Marker,
    Preview,
)

# A training that goes back remembers them: settings and faces change at their steps again, what led astray is left out.
_LASTING = (SET, LATEST, ASTRAY, NOTE, FORKED)


class Said:
    """Markers, previews and changes; as in a `Course`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the run's."""
        self._folder = folder
        self.markers: list[Marker] = []
        self.previews: list[Preview] = []
        self.changes: list[tuple[int, Mapping[str, Any]]] = []
        self.errors: int | None = None
        self.error: Mapping[str, str] | None = None
        self.faces: Mapping[str, int] = {}

    def hear(self, event: Mapping[str, Any], now: int) -> None:
        """Take note of an event that came after the loss of step `now`."""
        kind, told = event["kind"], event.get("step")
        step = now if told is None else int(told)
        if kind == "started":
            self.error = None
        elif kind == "failed":
            self.error = event.get("error")
        elif kind == "checkpoint":
            words = f"Checkpoint at step {step:,}"
            # One that was asked for where there is one is told again.
            if self.markers[-1:] != [Marker(step, CHECKPOINT, words)]:
                self._mark(step, CHECKPOINT, words)
        elif kind == "preview":
            self._add_preview(event, step)
        elif kind == "set":
            values = _numbers(event["values"])
            self.changes.append((step, values))
            self._mark(step, SET, f"From step {step:,} on: {_words(values)}")
        elif kind == "forked":
            self._mark(step, FORKED, f"Forked from {event['run']} at step {step:,}")
        elif kind == "astray":
            self._mark(step, ASTRAY, f"Went astray at step {step:,}: {event.get('reason', '')}")
        elif kind == "latest":
            self.faces = {side: int(event[side]) for side in ("a", "b")}
            faces = f"{self.faces['a']:,} faces of A, {self.faces['b']:,} of B"
            self._mark(step, LATEST, f"From step {step:,} on: {faces}")
        elif kind == "errors":
            self.errors = step
        elif kind == "note":
            self._mark(step, NOTE, str(event["text"]))
        elif kind == "refused":
            self._mark(step, REFUSED, f"{event.get('command')} was refused: {event.get('reason', '')}")
        elif kind == "resumed" and told is not None:
            self._back_to(step)
            self._mark(step, RESUMED, f"Went on from step {step:,}")
        elif kind == "begun" and (now or self.previews):
            self._back_to(0)
            # They are those of a network that is no more.
            self.errors = None
            self._mark(0, RESUMED, "Begun anew")

    def _back_to(self, step: int) -> None:
        self.previews = [preview for preview in self.previews if preview.step <= step]
        self.markers = [each for each in self.markers if each.step <= step or each.kind in _LASTING]

    def _add_preview(self, event: Mapping[str, Any], step: int) -> None:
        faces = {side: tuple(map(int, ids)) for side, ids in event.get("faces", {}).items()}
        preview = Preview(step, self._folder / str(event["path"]), int(event.get("rows", 4)), faces)
        self.previews = [*(known for known in self.previews if known.step < step), preview]

    def _mark(self, step: int, kind: str, words: str) -> None:
        self.markers.append(Marker(step, kind, words))


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of settings; earlier releases told those of the command line as they were typed."""
    return {key: _number(value) for key, value in values.items()}


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} {value:g}" if isinstance(value, int | float) else f"{key} {value}" for key, value in values.items()
    )
