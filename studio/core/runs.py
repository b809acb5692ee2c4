"""Run folders: the truth about a job, on disk, readable while it runs and after."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from studio import __version__
from studio.core.errors import RunError
from studio.core.files import storage_errors, write_json

EVENT_VERSION = 1
_RUN = "run.json"
_LAUNCH = "launch.json"
# A reader that asks whether a job lives holds the lock for an instant; a starting job waits that out.
_LOCK_PATIENCE_S = 2.0
_READER_PATIENCE_S = 0.08
_FINAL = {"done": "done", "failed": "failed", "stopped": "stopped"}


@dataclass(frozen=True)
class RunState:
    """What a run is doing.

    Attributes:
        state: queued, running, paused, done, failed, stopped or died.
        steps: units of work done so far (training steps, frames).
        total: units in all, where known.
        pid: process of the job while it lives.
        error: what made it fail.
    """

    state: str
    steps: int
    total: int | None
    pid: int | None
    error: Mapping[str, str] | None


class Standing:
    """What a run is doing, by its events so far."""

    def __init__(self) -> None:
        self._state, self._at_work = "queued", "running"
        self._pid: int | None = None
        self._error: Mapping[str, str] | None = None
        self._steps, self._total = 0, None

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take note of the next event."""
        kind = event["kind"]
        if kind in ("queued", "started"):
            self._at_work = "queued" if kind == "queued" else "running"
            self._state, self._pid, self._error = self._at_work, event.get("pid"), None
        elif kind == "progress":
            self._steps, self._total = int(event["done"]), event.get("total")
        elif kind == "paused":
            self._state = "paused"
        elif kind == "resumed" and event.get("step") is None:
            # With a step it is a training that goes on from there, paused or not.
            self._state = self._at_work
        elif kind in _FINAL:
            self._state, self._error, self._pid = _FINAL[kind], event.get("error"), None

    def state(self, *, alive: bool, asked_again: Callable[[], bool]) -> RunState:
        """What it is doing; `alive` was asked before the last events were read."""
        state = self._state
        if state in ("running", "paused") or (state == "queued" and self._pid is not None):
            # A job may have begun since.
            alive = alive or asked_again()
            state = state if alive else "died"
        return RunState(state, self._steps, self._total, self._pid if alive else None, self._error)


class RunFolder:
    """One job's folder: run.json (frozen), launch.json (this start's), run.lock, events.jsonl, control.jsonl."""

    def __init__(self, folder: Path) -> None:
        """Open an existing run.

        Raises:
            RunError: there is no run in `folder`, or its run.json is damaged.
        """
        self.folder = folder
        try:
            record = json.loads((folder / _RUN).read_text(encoding="utf-8"))
            self.kind = str(record["kind"])
            self.config: dict[str, Any] = record["config"]
        except FileNotFoundError as error:
            raise RunError(
                f"There is no run {folder.name!r}.",
                hint="See the runs of a project with: studio runs DIR",
                code="run.unknown",
            ) from error
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise RunError(f"{folder / _RUN} is damaged.", code="run.damaged") from error

    @classmethod
    def create(cls, runs: Path, kind: str, slug: str, config: Mapping[str, Any]) -> RunFolder:
        """Make the folder `<utc>-<kind>-<slug>` with its frozen configuration (JSON-ready values)."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        base = f"{stamp}-{kind}-{re.sub(r'[^a-z0-9]+', '-', slug.lower()).strip('-')[:40] or 'run'}"
        folder = _new_folder(runs, base)
        record = {
            "kind": kind,
            "config": dict(config),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": {"studio": __version__, "python": platform.python_version()},
        }
        write_json(folder / _RUN, record)
        return cls(folder)

    @property
    def name(self) -> str:
        """The folder's name, which is how commands refer to the run."""
        return self.folder.name

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold run.lock for as long as the job lives.

        Raises:
            RunError: another process holds it.
        """
        lock = FileLock(self.folder / "run.lock")
        try:
            lock.acquire(timeout=_LOCK_PATIENCE_S)
        except Timeout as error:
            raise busy(self) from error
        try:
            yield
        finally:
            lock.release()

    def alive(self) -> bool:
        """Whether a process holds run.lock."""
        lock = FileLock(self.folder / "run.lock")
        try:
            # Not zero: another reader that asks the same holds it for an instant.
            lock.acquire(timeout=_READER_PATIENCE_S, poll_interval=_READER_PATIENCE_S / 4)
        except Timeout:
            return True
        lock.release()
        return False

    def set_launch(self, values: Mapping[str, Any]) -> None:
        """Say how the next start differs from the last (the total of steps, for one)."""
        write_json(self.folder / _LAUNCH, dict(values))

    def launch(self) -> dict[str, Any]:
        """What `set_launch` was given last."""
        path = self.folder / _LAUNCH
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def append(self, kind: str, **data: Any) -> None:
        """Add a line to events.jsonl."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        _append(self.folder / "events.jsonl", {"v": EVENT_VERSION, "time": moment, "kind": kind, **data})

    def events(self, start: int = 0) -> Iterator[dict[str, Any]]:
        """The events so far, from byte `start` of their file on; a line cut short by a crash is passed over."""
        return _lines(self.folder / "events.jsonl", start)

    def told(self) -> int:
        """How many bytes of events there are: those after it are told later."""
        path = self.folder / "events.jsonl"
        return path.stat().st_size if path.exists() else 0

    def send(self, command: str, **data: Any) -> int:
        """Give the job a command; returns its number, which the job's acknowledgement carries."""
        number = sum(1 for _ in self.commands()) + 1
        _append(self.folder / "control.jsonl", {"n": number, "command": command, **data})
        return number

    def commands(self) -> Iterator[dict[str, Any]]:
        """The commands given so far."""
        return _lines(self.folder / "control.jsonl")

    def state(self) -> RunState:
        """What the run is doing now, from its events and its lock."""
        # Asked before the events are read: a job that ended until then has written its last one.
        alive = self.alive()
        standing = Standing()
        for event in self.events():
            standing.hear(event)
        return standing.state(alive=alive, asked_again=self.alive)

    def result(self) -> dict[str, Any] | None:
        """What the job returned, once it is done."""
        result = None
        for event in self.events():
            if event["kind"] == "done":
                result = event["result"]
        return result


def busy(run: RunFolder) -> RunError:
    """What is said where a job is started twice."""
    return RunError(
        f"The run {run.name} is in work already.",
        hint="Watch it with studio runs, or stop it first.",
        code="run.busy",
    )


def all_runs(runs: Path) -> list[RunFolder]:
    """The runs in a folder, oldest first; folders that are no runs and damaged runs are passed over."""
    found = []
    for path in sorted(runs.glob(f"*/{_RUN}")):
        try:
            found.append(RunFolder(path.parent))
        except RunError:
            continue
    return found


def find_run(runs: Path, name: str) -> RunFolder:
    """The run called `name`, which may also be a path to its folder.

    Raises:
        RunError: there is none in `runs`.
    """
    return RunFolder(runs / Path(name).name)


def find_training(runs: Path, name: str) -> RunFolder:
    """As `find_run`, of a training.

    Raises:
        RunError: there is none in `runs`, or it is no training.
    """
    found = find_run(runs, name)
    if found.kind != "train":
        raise RunError(f"{found.name} is no training.", hint="See studio runs DIR.", code="run.kind")
    return found


def _new_folder(runs: Path, base: str) -> Path:
    for number in range(1, 1000):
        folder = runs / (base if number == 1 else f"{base}-{number}")
        with storage_errors(folder):
            runs.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                continue
        return folder
    raise RunError(f"No free name for a run {base}.", hint="Try again in a second.", code="run.name")


def _append(path: Path, record: Mapping[str, Any]) -> None:
    line = json.dumps(record, allow_nan=False).encode() + b"\n"
    with storage_errors(path), path.open("ab+") as file:
        # A writer killed in the middle leaves a line without an end: begin a new one.
        if file.tell() and (file.seek(-1, 2), file.read(1))[1] != b"\n":
            line = b"\n" + line
        file.write(line)


def _lines(path: Path, start: int = 0) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            try:
                record = json.loads(line.decode("utf-8", errors="replace"))
            except json.JSONDecodeError:
                continue
            if isinstance(record, dict):
                yield record
