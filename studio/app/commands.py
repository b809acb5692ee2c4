"""The command line as the window uses it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from studio.core.errors import JobError, StudioError


class Command:
    """`studio ARGUMENTS --json` in a process of its own, which dies with all it has started when it is told to."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._words = [sys.executable, "-m", "studio", *arguments, "--json"]
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.ended = False

    def run(self) -> dict[str, Any]:
        """What it answers; waits for it, so call it in the background.

        Raises:
            StudioError: what the command said went wrong.
            JobError: it said nothing that can be understood, or was ended.
        """
        with self._lock:
            if self.ended:
                raise _stopped()
            self._process = subprocess.Popen(
                self._words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        said, logged = self._process.communicate()
        if self.ended:
            raise _stopped()
        return _answer(said, logged)

    def end(self) -> None:
        """Have the process end; whoever waits for it is told."""
        with self._lock:
            self.ended = True
            if self._process is not None and self._process.poll() is None:
                _terminate_family(self._process.pid)


def _terminate_family(pid: int) -> None:
    """End a process and those that it has started, which would go on without it."""
    # Imported when it is wanted: the window comes up without it.
    import psutil

    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for member in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                member.terminate()


def _answer(said: str, logged: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(said)
    except json.JSONDecodeError as error:
        raise JobError("The job could not be started.", hint=logged.strip()[-300:], code="run.start") from error
    if "error" in answer:
        told = answer["error"]
        raise StudioError(told["message"], hint=told["hint"], code=told["code"])
    return answer


def _stopped() -> JobError:
    return JobError("The command was ended.", code="job.stopped")
