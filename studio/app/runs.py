"""The project's jobs: watched through their run folders, started and steered by command line."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psygnal import Signal

from studio.app.background import Background
from studio.app.commands import Command
from studio.core.errors import StudioError
from studio.core.runs import RunFolder, RunState, Standing, all_runs

LANE = "runs"
LIVE = ("queued", "running", "paused")
_LOG_TAIL = 64 * 1024
# Jobs tell their progress about once a second; no news for this long is none.
_SILENCE_S = 2.0
# The last while counts: work is seldom as fast at the end as it was at the start.
_PACE = 30
# What a line begins with, version, time and kind: a long training has told its losses a million times.
_HEAD, _LOSS, _PROGRESS = 96, b'"kind": "loss"', b'"kind": "progress"'


@dataclass(frozen=True)
class RunRow:
    """A job as the dock shows it.

    Attributes:
        run: the folder's name.
        title: what it does, as "Extract faces: Anna".
        state: as in `core.runs.RunState`.
        done, total: units of work; total is None where it is not known.
        seconds_left: by the pace so far; None where that can't be said.
        started, ended: moments in UTC; None before that.
        message: what it said last: the reason of a failure, the result in words.
    """

    run: str
    kind: str
    title: str
    identity: str
    state: str
    done: int
    total: int | None
    seconds_left: float | None
    started: datetime | None
    ended: datetime | None
    message: str
    folder: Path

    @property
    def live(self) -> bool:
        """Whether it is at work or waits for its turn."""
        return self.state in LIVE

    @property
    def fraction(self) -> float | None:
        """How far it is, 0..1; None where the total is not known."""
        return min(1.0, self.done / self.total) if self.total else None


_TITLES = {
    "extract": "Extract faces",
    "train": "Train",
    "analyse": "Analyse driver",
    "convert": "Convert",
    "detector": "Train detector",
    "detect": "Score videos",
    "map": "Lay out map",
    "demo": "Demo",
}


class Runs:
    """Watches the run folders of the open project.

    Attributes:
        rows: the newest first.
        changed: the rows differ from before.
        finished: a job that was live at the last look is over.
        failed: a command could not be given; a StudioError.
    """

    changed = Signal(object)
    finished = Signal(RunRow)
    failed = Signal(object)

    def __init__(self, background: Background) -> None:
        self._background = background
        self._folder: Path | None = None
        self._looking = False
        # By name; used on the lane only.
        self._watched: dict[str, WatchedRun] = {}
        self.rows: tuple[RunRow, ...] = ()

    def watch(self, folder: Path | None) -> None:
        """Watch the run folders in `folder`, or nothing."""
        self._folder, self._watched, self.rows = folder, {}, ()
        self.changed.emit(self.rows)
        self.poll()

    def poll(self) -> None:
        """Look what the jobs are doing; call it about once a second."""
        folder = self._folder
        if folder is None or self._looking:
            return
        self._looking = True
        watched = self._watched
        self._background.run(
            lambda: _look(folder, watched), lambda rows: self._take(folder, rows), self._failed, lane=LANE
        )

    def start(
        self,
        arguments: Sequence[str],
        then: Callable[[str], None] = lambda _run: None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Start a job by its command, `arguments` after `studio`; it outlives the window.

        `then` is told the run's name; `failed` why there is none, in place of the signal.
        """

        def started(answer: dict[str, Any]) -> None:
            self.poll()
            then(str(answer["run"]))

        command = Command([*arguments, "--detach"])
        self._background.run(command.run, started, failed or self._failed, lane="commands")

    def stop(self, row: RunRow) -> None:
        """Have a job save and stop."""
        self.send(row, "stop")

    def pause(self, row: RunRow) -> None:
        """Have a job wait where it is."""
        self.send(row, "pause")

    def resume(self, row: RunRow) -> None:
        """Have a waiting job go on."""
        self.send(row, "resume")

    def read_log(self, row: RunRow) -> str:
        """The last 64 KiB of what a job has logged; reads a file, so call it in the background."""
        path = row.folder / "log.txt"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_TAIL))
            return file.read().decode("utf-8", errors="replace")

    def send(self, row: RunRow, command: str, **data: Any) -> None:
        """Give a job a command of its own."""

        def send() -> None:
            RunFolder(row.folder).send(command, **data)

        self._background.run(send, lambda _none: self.poll(), self._failed, lane=LANE)

    def _take(self, folder: Path, rows: tuple[RunRow, ...]) -> None:
        self._looking = False
        if folder != self._folder or rows == self.rows:
            return
        live = {row.run for row in self.rows if row.live}
        self.rows = rows
        self.changed.emit(rows)
        for row in rows:
            if row.run in live and not row.live:
                self.finished.emit(row)

    def _failed(self, error: Exception) -> None:
        self._looking = False
        if not isinstance(error, StudioError):
            raise error
        self.failed.emit(error)


def _look(folder: Path, watched: dict[str, WatchedRun]) -> tuple[RunRow, ...]:
    rows = []
    for run in reversed(all_runs(folder)):
        if run.name not in watched:
            watched[run.name] = WatchedRun(run)
        rows.append(watched[run.name].row())
    return tuple(rows)


class WatchedRun:
    """A run whose events are read once, and later only what is new; used on the lane only."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._path = run.folder / "events.jsonl"
        self._at = 0
        self._over: RunRow | None = None
        self._standing = Standing()
        self._started: datetime | None = None
        self._ended: datetime | None = None
        self._stage = ""
        self._pace: dict[str, deque[tuple[datetime, int]]] = {}

    def row(self) -> RunRow:
        """The run as it is now."""
        # Of a run that is over nothing can change but by new events.
        if self._over is not None and _length(self._path) == self._at:
            return self._over
        alive = self._run.alive()
        for event in self._news():
            self._standing.hear(event)
            self._hear(event)
        state = self._standing.state(alive=alive, asked_again=self._run.alive)
        row = self._row(state)
        self._over = None if row.live else row
        return row

    def _news(self) -> Iterator[dict[str, Any]]:
        """The events since the last time, without losses; of progress the last few before any other."""
        progress: deque[bytes] = deque(maxlen=_PACE)
        with self._path.open("rb") if self._path.exists() else nullcontext(io.BytesIO()) as file:
            file.seek(self._at)
            for line in file:
                if not line.endswith(b"\n"):
                    # Not complete yet.
                    break
                self._at += len(line)
                kind = line[:_HEAD]
                if _LOSS in kind:
                    continue
                if _PROGRESS in kind:
                    progress.append(line)
                    continue
                yield from _events((*progress, line))
                progress.clear()
        yield from _events(progress)

    def _hear(self, event: Mapping[str, Any]) -> None:
        moment = datetime.fromisoformat(event["time"])
        if event["kind"] == "started":
            self._started, self._ended, self._pace = moment, None, {}
        elif event["kind"] == "resumed":
            self._pace = {}
        elif event["kind"] == "progress":
            self._stage = str(event.get("stage"))
            self._pace.setdefault(self._stage, deque(maxlen=_PACE)).append((moment, int(event["done"])))
        elif event["kind"] in ("done", "failed", "stopped"):
            self._ended = moment

    def _row(self, state: RunState) -> RunRow:
        run = self._run
        identity = str(run.config.get("identity", ""))
        about = identity or " and ".join(str(run.config[side]) for side in ("a", "b") if side in run.config)
        title = _TITLES.get(run.kind, run.kind.capitalize())
        return RunRow(
            run.name, run.kind, f"{title}: {about}" if about else title, identity, state.state, state.steps,
            state.total, _seconds_left(state, self._pace.get(self._stage, ())), self._started, self._ended,
            _message(state), run.folder,
        )  # fmt: skip


def _events(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            # Cut short by a crash.
            continue
        if isinstance(event, dict):
            yield event


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _seconds_left(state: RunState, pace: Sequence[tuple[datetime, int]]) -> float | None:
    if state.state != "running" or not state.total or len(pace) < 2:
        return None
    (first, before), (last, now) = pace[0], pace[-1]
    if now <= before:
        return None
    # A job that stalls is as slow as its silence.
    elapsed = max((last - first).total_seconds(), (datetime.now(UTC) - first).total_seconds() - _SILENCE_S)
    return elapsed / (now - before) * (state.total - now)


def _message(state: RunState) -> str:
    return str(state.error.get("message", "")) if state.error else ""
