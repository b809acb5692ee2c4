"""Detached jobs of a project take turns: one machine is enough for one of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from studio.core.runs import RunFolder, all_runs

# What takes all cores or the GPU; others run beside them.
HEAVY = frozenset({"extract", "train", "analyse", "convert", "detect", "detector"})
_LOOK_S = 0.3


@contextmanager
def turn(run: RunFolder, check: Callable[[], None]) -> Iterator[None]:
    """Wait until no other job of the project is at work, those that wait longer first, and keep the others waiting.

    `check` is called while waiting and may raise `Stopped`. Jobs in the process of a command don't wait.
    """
    lock = FileLock(run.folder.parent / ".slot")
    since = ""
    while not _taken(run, lock, since):
        if not since:
            run.append("queued", pid=os.getpid())
            since = _waits_since(run)
        check()
        time.sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.release()


def _taken(run: RunFolder, lock: FileLock, since: str) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    if any(_waits_longer(other, since) for other in all_runs(run.folder.parent) if other.name != run.name):
        lock.release()
        return False
    return True


def _waits_longer(other: RunFolder, since: str) -> bool:
    state = other.state()
    waiting = state.state == "queued" and state.pid is not None
    return waiting and (not since or (_waits_since(other), other.name) < (since, ""))


def _waits_since(run: RunFolder) -> str:
    times = [str(event["time"]) for event in run.events() if event["kind"] == "queued"]
    return times[-1] if times else ""
