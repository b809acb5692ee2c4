"""The commands that change a training while it runs, and what a resumed one remembers of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.core.errors import StudioError
from studio.core.reporter import Reporter
from studio.training.changes import Changes
from studio.training.facesets import Facesets
from studio.training.pins import Pins
from studio.training.previews import Previews

Order = Mapping[str, Any]

_PINS = "pins.json"


class Orders:
    """Obeys commands: set with `values` by name of the setting, pin with `faces` by side, latest."""

    def __init__(
        self, folder: Path, changes: Changes, previews: Previews, facesets: Facesets, reporter: Reporter
    ) -> None:
        """`folder` is the run's; the faces that were pinned there are shown again."""
        self._folder = folder
        self._changes = changes
        self._previews = previews
        self._facesets = facesets
        self._reporter = reporter
        self._remember()

    def obey(self, order: Order, step: int) -> bool:
        """Obey a command that came before `step`; whether the previews show other faces now. Refusals are told."""
        command = str(order.get("command"))
        known = {"set": self._set, "pin": self._pin, "latest": self._take_latest}
        if command not in known:
            self._refuse(order, "A training knows no such command.")
            return False
        try:
            known[command](order, step)
        except (StudioError, TypeError, ValueError) as error:
            self._reporter.note(f"The training goes on as it was: {error}")
            self._refuse(order, str(error))
            return False
        return command == "pin"

    def _set(self, order: Order, step: int) -> None:
        values = dict(order.get("values") or {})
        wanted = self._changes.set(step, values)
        self._reporter.event("set", step=step, values={key: getattr(wanted, key) for key in values})

    def _pin(self, order: Order, step: int) -> None:
        pins = Pins.build(order.get("faces") or {})
        self._previews.show(pins.among(self._facesets.all))
        pins.write(self._folder / _PINS)
        self._reporter.event("pinned", step=step, faces=pins.model_dump(mode="json"))

    def _take_latest(self, _order: Order, _step: int) -> None:
        step, (faces_a, faces_b) = self._facesets.take_latest()
        self._reporter.event("latest", step=step, a=len(faces_a), b=len(faces_b))

    def _remember(self) -> None:
        """Show the pinned faces again: nobody's training stops because they can't be shown."""
        try:
            pins = Pins.read(self._folder / _PINS)
            if pins is not None:
                self._previews.show(pins.among(self._facesets.all))
        except StudioError as error:
            self._reporter.note(f"The previews show other faces than those that were chosen: {error}")

    def _refuse(self, order: Order, reason: str) -> None:
        self._reporter.event("refused", n=order.get("n"), command=order.get("command"), reason=reason)
