"""What a job's reports become: events in its run folder and, where somebody watches, progress on a display."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from studio.core.errors import Stopped
from studio.core.reporter import Silent
from studio.core.runs import RunFolder

# Jobs that obey commands of their own.
_OBEYING = frozenset({"train"})
_PROGRESS_EVERY_S = 1.0
_LISTEN_EVERY_S = 0.2


class Display(Protocol):
    """Somebody who watches a job in the process it runs in."""

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Show how far a stage is; called for every unit of work."""
        ...

    def note(self, text: str) -> None:
        """Show a sentence."""
        ...


class RunReporter:
    """Writes events (one or two lines a second) and obeys control.jsonl: stop, pause, resume.

    Attributes:
        stopping: set by a signal handler to stop at the next check.
    """

    def __init__(self, run: RunFolder, display: Display | None = None) -> None:
        self._run = run
        self._display = display
        # Commands given to an earlier start of this run are none for this one.
        self._obeyed = sum(1 for _ in run.commands())
        self._listened = 0.0
        self._progressed: dict[str, float] = {}
        self._unrecorded: dict[str, Any] = {}
        self._orders: list[Mapping[str, Any]] = []
        self._paused = False
        self.stopping = False

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self._run.folder

    @property
    def launch(self) -> Mapping[str, Any]:
        """How this start differs from the frozen configuration."""
        return self._run.launch()

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Show it at once; record it once a second and at the end of a stage."""
        if self._display is not None:
            self._display.progress(stage, done, total)
        moment = time.monotonic()
        self._unrecorded = {"stage": stage, "done": done, "total": total}
        if done == total or moment - self._progressed.get(stage, -_PROGRESS_EVERY_S) >= _PROGRESS_EVERY_S:
            self._progressed[stage] = moment
            self.flush()

    def flush(self) -> None:
        """Record how far the job is, if that was not done yet: before it ends, however it ends."""
        if self._unrecorded:
            self._run.append("progress", **self._unrecorded)
        self._unrecorded = {}

    def event(self, kind: str, **data: Any) -> None:
        """Record an event."""
        self._run.append(kind, **data)

    def note(self, text: str) -> None:
        """Record a sentence, and show it."""
        self._run.append("note", text=text)
        if self._display is not None:
            self._display.note(text)

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """The commands of the job's own that `check` has found since they were asked for last."""
        orders, self._orders = self._orders, []
        return orders

    def check(self) -> None:
        """Obey the commands that came in; waits here while paused.

        Where there are orders it returns before it stops, or although it is paused: a job that has obeyed them checks
        again before it goes on.
        """
        self._heed(orders_first=True)

    def check_early(self) -> None:
        """As `check`, before the job is at work: orders wait until it is."""
        self._heed(orders_first=False)

    def _heed(self, *, orders_first: bool) -> None:
        if time.monotonic() - self._listened >= _LISTEN_EVERY_S:
            self._listen()
        while not (orders_first and self._orders):
            if self.stopping:
                raise Stopped
            if not self._paused:
                return
            time.sleep(_LISTEN_EVERY_S)
            self._listen()

    def _listen(self) -> None:
        """Acknowledge new commands, up to one that says to stop, and do what they say or keep them as orders."""
        self._listened = time.monotonic()
        for command in list(self._run.commands())[self._obeyed :]:
            if self.stopping:
                return
            self._obeyed += 1
            name = command.get("command")
            self._run.append("acknowledged", n=command.get("n"), command=name)
            if name == "stop":
                self.stopping = True
            elif name in ("pause", "resume"):
                self._pause(name == "pause")
            elif self._run.kind in _OBEYING:
                self._orders.append(command)
            else:
                reason = "This job obeys pause, resume and stop."
                self._run.append("refused", n=command.get("n"), command=name, reason=reason)

    def _pause(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._run.append("paused" if paused else "resumed")


class Beside(Silent):
    """The reporter of a process that takes part in a job: the job itself reports and obeys."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run

    @property
    def folder(self) -> Path:
        """The run's folder, to read."""
        return self._run.folder

    @property
    def launch(self) -> Mapping[str, Any]:
        """How this start differs from the frozen configuration."""
        return self._run.launch()

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """None: the job has them."""
        return ()
