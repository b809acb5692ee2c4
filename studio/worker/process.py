"""Running a job: here, or in a detached process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from types import FrameType
from typing import Any

import psutil

from studio.core.errors import JobError, Stopped, StudioError, UsageError
from studio.core.files import storage_errors
from studio.core.runs import RunFolder, RunState, busy
from studio.jobs.registry import job_of
from studio.worker.reporter import Beside, Display, RunReporter
from studio.worker.turn import HEAVY, turn

# Several processes may share one of these.
SHARED = frozenset({"train"})

_BEGUN = ("queued", "started")
_START_S = 30.0
_KILL_S = 10.0
# The clocks of processes and of events differ by some hundredths.
_CLOCK_S = 1.0
_POLL_S = 0.1
# On Windows a new session is two flags; elsewhere there are none.
_DETACHED = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


def run_job(run: RunFolder, display: Display | None = None, *, queue: bool = False) -> dict[str, Any]:
    """Run the job in this process, holding its lock; SIGINT and SIGTERM stop it at its next check.

    Args:
        queue: whether it waits for its turn where other jobs of the project are at work.

    Returns:
        What the job returned, JSON-ready.

    Raises:
        StudioError: as the job raised it; also recorded in the run.
        JobError: the job was stopped (job.stopped) or crashed (job.crashed; the traceback is in log.txt).
    """
    job = job_of(run.kind)
    with run.held():
        reporter = RunReporter(run, display)
        my_turn = turn(run, reporter.check_early) if queue and run.kind in HEAVY else nullcontext()
        try:
            with _signals_stop(reporter), storage_errors(run.folder), my_turn, _flushed(reporter):
                run.append("started", pid=os.getpid(), launch=run.launch())
                result = job(run.config, reporter)
        except Stopped as error:
            run.append("stopped")
            raise JobError(
                f"The run {run.name} was stopped.",
                hint="What was complete is kept; start it again to go on.",
                code="job.stopped",
            ) from error
        except StudioError as error:
            run.append("failed", error={"code": error.code, "message": error.message, "hint": error.hint})
            raise
        except Exception as error:
            raise _crashed(run, error) from error
        run.append("done", result=result)
        return result


def take_part(run: RunFolder) -> None:
    """Take part in the training that another process runs as its job; it says when to stop, signals don't.

    Raises:
        UsageError: the job is of one process.
        StudioError: as the job raised it.
    """
    if run.kind not in SHARED:
        raise UsageError(f"A job of the kind {run.kind} has one process.", hint="Start it without torchrun.")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    job_of(run.kind)(run.config, Beside(run))


def start_detached(run: RunFolder) -> int:
    """Start the job in a process that outlives this one; returns its pid once it is at work or waits for its turn.

    Raises:
        RunError: the run is in work already, or its process did not start.
        JobError: it failed at once.
    """
    if run.alive():
        raise busy(run)
    with (run.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "studio.worker", str(run.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            creationflags=_DETACHED,
        )
    # Reaped by a thread, since whoever started it may live longer than it.
    threading.Thread(target=process.wait, daemon=True, name=f"reap {run.name}").start()
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        if any(event["kind"] in _BEGUN and event.get("pid") == process.pid for event in run.events()):
            return process.pid
        time.sleep(_POLL_S)
    if process.poll() == 0:
        return process.pid
    error = run.state().error or {}
    raise JobError(
        error.get("message", f"The run {run.name} did not start."),
        hint=error.get("hint", f"See {run.folder / 'log.txt'}."),
        code=error.get("code", "run.start"),
    )


def stop(run: RunFolder, patience: float = 60.0) -> RunState:
    """Ask the job to stop and save, and wait until it has; a run that is not alive is left as it is.

    Raises:
        JobError: it is still at it after `patience` seconds: a large network's step and its last checkpoint may take
            minutes, so nothing is done to it. It stops as soon as it can.
    """
    state = run.state()
    if state.pid is None:
        return state
    run.send("stop")
    if not _gone(run, patience):
        if os.name == "posix":
            # It stops at the same place then; for one that has not come as far as hearing commands. Elsewhere this ends
            # a process at once.
            with suppress(psutil.Error):
                psutil.Process(state.pid).terminate()
        raise JobError(
            f"{run.name} has not stopped yet: it ends what it is at and saves first.",
            hint="It has the command: wait for it. --kill ends it at once, and loses what it did since it saved last.",
            code="job.stopping",
        )
    state = run.state()
    if state.state == "died":
        raise JobError(
            f"{run.name} died before it had saved.",
            hint=f"See {run.folder / 'log.txt'}; start it again to go on from what it saved last.",
            code="job.died",
        )
    return state


def kill(run: RunFolder) -> RunState:
    """End the job's processes at once, without saving; returns the state it is in then."""
    state = run.state()
    if state.pid is not None:
        for process in _family(state.pid, _begun_at(run)):
            with suppress(psutil.Error):
                process.kill()
        _gone(run, _KILL_S)
    return run.state()


def _gone(run: RunFolder, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while run.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _begun_at(run: RunFolder) -> float:
    """When the process that is at work told its number, in seconds since 1970."""
    times = [str(event["time"]) for event in run.events() if event["kind"] in _BEGUN]
    return datetime.fromisoformat(times[-1]).timestamp() if times else 0.0


def _family(pid: int, until: float) -> list[psutil.Process]:
    """The process and those it has started; none where another one, begun after `until`, has its number now."""
    try:
        parent = psutil.Process(pid)
        if parent.create_time() > until + _CLOCK_S:
            return []
        return [*parent.children(recursive=True), parent]
    except psutil.Error:
        return []


def _crashed(run: RunFolder, error: Exception) -> JobError:
    log = run.folder / "log.txt"
    with log.open("a", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    crash = JobError(
        f"The run {run.name} failed: {type(error).__name__}: {error}.",
        hint=f"The details are in {log}.", code="job.crashed",
    )  # fmt: skip
    run.append("failed", error={"code": crash.code, "message": crash.message, "hint": crash.hint})
    return crash


@contextmanager
def _flushed(reporter: RunReporter) -> Iterator[None]:
    try:
        yield
    finally:
        reporter.flush()


@contextmanager
def _signals_stop(reporter: RunReporter) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def request(_number: int, _frame: FrameType | None) -> None:
        reporter.stopping = True

    previous = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
