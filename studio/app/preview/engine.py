"""The preview engine as the window uses it: a child process that is asked for frames and comes back when it dies."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.app.background import Background
from studio.core.errors import StudioError

LANE = "preview engine"

# By request, the answer after which there are no more.
_LAST = {"open": "opened", "frame": "faces", "strip": "strip"}
# It is started again by itself, unless it dies again and again.
_DEATHS, _WITHIN_S = 3, 60.0


@dataclass(frozen=True)
class Answer:
    """What the engine says to a request.

    Attributes:
        kind: opened, frame, faces, tile, strip, progress, note or refused.
        facts: the rest of it.
    """

    kind: str
    facts: Mapping[str, Any]

    @property
    def error(self) -> StudioError:
        """Of one that was refused: why."""
        told = self.facts["error"]
        return StudioError(told["message"], hint=told["hint"], code=told["code"])


Hear = Callable[[Answer], None]


@dataclass(frozen=True)
class _Asked:
    """A request, and those that are to be asked when it is answered."""

    number: int
    do: str
    data: Mapping[str, Any]
    hear: Hear
    then: tuple[_Asked, ...] = ()

    @property
    def line(self) -> dict[str, Any]:
        return {"n": self.number, "do": self.do, **self.data}


class Engine:
    """Asks one thing of a kind at a time, of which the newest counts; answers are heard where the window lives.

    Args:
        background: its lane `LANE` waits for answers.
        revived: is called when the engine died and was started again.
        died: is told why, where it died so often that it is not started again.
    """

    def __init__(
        self, background: Background, revived: Callable[[], object], died: Callable[[StudioError], object]
    ) -> None:
        self._background = background
        self._revived = revived
        self._died = died
        self._numbers = 0
        self._process: _Process | None = None
        self._opening: _Asked | None = None
        self._asked: dict[str, _Asked] = {}
        self._deaths: deque[float] = deque(maxlen=_DEATHS)
        self._waiting = False

    @property
    def busy(self) -> bool:
        """Whether a video or a frame is waited for."""
        return not self._asked.keys().isdisjoint(("open", "frame"))

    @property
    def pid(self) -> int | None:
        """Of its process; None where there is none."""
        return self._process.pid if self._process is not None else None

    def open(self, what: Mapping[str, Any], hear: Hear) -> None:
        """Open a video (see `worker.preview.Opening`) in place of any other; `hear` gets each answer."""
        self._deaths.clear()
        self._asked.clear()
        self._opening = self._next("open", {"what": dict(what)}, hear)
        self._ask(self._opening)

    def show(self, index: int, hear: Hear) -> None:
        """Ask for a frame of the open video; one that was asked for before and is not there yet is wanted no more."""
        self._ask_then(self._next("frame", {"index": index}, hear))

    def lay_strip(self, indices: Sequence[int], height: int, hear: Hear) -> None:
        """Ask for small pictures of frames, `height` pixels high, which come one by one in between."""
        self._ask_then(self._next("strip", {"indices": list(indices), "height": height}, hear))

    def close(self) -> None:
        """End the process; nothing is heard any more."""
        self._opening = None
        self._asked.clear()
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _next(self, do: str, data: Mapping[str, Any], hear: Hear) -> _Asked:
        self._numbers += 1
        return _Asked(self._numbers, do, data, hear)

    def _ask_then(self, asked: _Asked) -> None:
        """Ask it, as soon as a video is open."""
        opening = self._asked.get("open")
        if opening is None:
            self._ask(asked)
            return
        others = tuple(one for one in opening.then if one.do != asked.do)
        self._asked["open"] = replace(opening, then=(*others, asked))

    def _ask(self, asked: _Asked) -> None:
        self._asked[asked.do] = asked
        if self._process is None:
            self._process = _Process()
        self._process.send(asked.line)
        self._wait()

    def _wait(self) -> None:
        """Have the lane wait for the next answer, as long as one is due."""
        process = self._process
        if self._waiting or process is None or not self._asked:
            return
        self._waiting = True
        self._background.run(process.read, lambda told: self._hear(process, told), self._failed, lane=LANE)

    def _hear(self, process: _Process, told: dict[str, Any] | None) -> None:
        self._waiting = False
        if process is self._process:
            if told is None:
                self._revive()
            else:
                self._take(told)
        # If not, it was closed, or another one was started, meanwhile.
        self._wait()

    def _take(self, told: Mapping[str, Any]) -> None:
        asked = next((one for one in self._asked.values() if one.number == told["n"]), None)
        if asked is None:
            return
        kind = str(told["kind"])
        last = kind == _LAST[asked.do]
        if last or kind == "refused":
            del self._asked[asked.do]
        asked.hear(Answer(kind, told))
        for then in asked.then if last else ():
            self._asked.setdefault(then.do, then)
            if self._asked[then.do] is then:
                self._ask(then)

    def _revive(self) -> None:
        """Start it again, open what was open, and ask again what was not answered."""
        process, self._process = self._process, None
        assert process is not None
        log = process.end()
        asked = dict(self._asked)
        self._asked.clear()
        self._deaths.append(time.monotonic())
        if len(self._deaths) == _DEATHS and self._deaths[-1] - self._deaths[0] < _WITHIN_S:
            self._died(
                StudioError(
                    "The preview engine ended without a word, again and again.",
                    hint=f"Choose the video again to try once more. It said last: {log or 'nothing'}",
                    code="preview.died",
                )
            )
        elif self._opening is not None:
            waiting = asked["open"].then if "open" in asked else tuple(asked.values())
            self._opening = self._next(self._opening.do, self._opening.data, self._opening.hear)
            self._ask(replace(self._opening, then=waiting))
            self._revived()

    def _failed(self, error: Exception) -> None:
        raise error


class _Process:
    """One child: requests go in as lines, answers come out as lines, and what it logs is kept for the end."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="studio-preview-"))
        self._log = (self._folder / "log.txt").open("w+", encoding="utf-8", errors="replace")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "studio.worker.preview", str(self._folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        return self._child.pid

    def send(self, request: Mapping[str, Any]) -> None:
        """Ask it something; one that is dead is found to be so by whoever reads."""
        assert self._child.stdin is not None
        with suppress(BrokenPipeError, ValueError):
            self._child.stdin.write(json.dumps(request) + "\n")
            self._child.stdin.flush()

    def read(self) -> dict[str, Any] | None:
        """Wait for its next answer; None where it is dead."""
        assert self._child.stdout is not None
        with suppress(ValueError):
            for line in self._child.stdout:
                told: dict[str, Any] = json.loads(line)
                return told
        return None

    def end(self) -> str:
        """Kill it, as there is nothing it could lose, and return the last line it logged."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        return lines[-1] if lines else ""
