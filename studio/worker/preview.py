"""`python -m studio.worker.preview FOLDER`: the preview engine, a child process that a window keeps.

It holds the network, the driver analysis and the decoder of one video, and answers requests: JSON objects, a line each,
on standard input; answers are JSON lines on standard output, and pictures go through a `FrameRing` in FOLDER. Each
request has a number `n`, which its answers carry. The newest request wins: an older one that waits is never begun, and
one that is being done is given up at the next chance. It ends when standard input does, and so with its window.

Requests: `open` (`what` is converted by what: see `Opening`), `frame` (its `index`; answered by the driver's frame,
then by the faces that are swapped in it) and `strip` (`indices` of frames and their `height`, for a timeline; each is
answered by a `tile` when nothing else is wanted). Answers: `opened`, `frame`, `faces`, `tile`, `strip` after the last
tile, `progress`, `note` and `refused`, which has the error.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from numpy.typing import NDArray

from studio.conversion.driver import AnalysedFace
from studio.conversion.frames import ConvertSettings
from studio.core.errors import Stopped, StudioError, UsageError
from studio.core.project import Project
from studio.core.reporter import Reporter, Silent
from studio.core.ring import FrameRing
from studio.core.runs import all_runs
from studio.core.vision import cv2
from studio.jobs.swapping import Swap, SwapChoice, prepare_swap
from studio.swap.compose import AlignedSwap
from studio.video.seek import FrameSeeker

_SLOTS = 4
_PROGRESS_EVERY_S = 0.2


class Opening(SwapChoice):
    """A video to look at, and which network swaps whom in it."""

    project: Path
    video: Path


class Inbox:
    """The requests that came in and were not begun: at most one of each kind, the newest."""

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self._waiting: dict[str, dict[str, Any]] = {}
        self._over = False
        self._news = threading.Condition()
        threading.Thread(target=self._read, name="requests", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether nobody listens any more."""
        return self._over

    def next(self, *, wait: bool) -> dict[str, Any] | None:
        """Take a request, `open` before any other; None where there is none, or will be none any more."""
        with self._news:
            if wait:
                self._news.wait_for(lambda: self._over or self._waiting)
            if self._over or not self._waiting:
                return None
            kind = "open" if "open" in self._waiting else next(iter(self._waiting))
            return self._waiting.pop(kind)

    def has_newer(self, *kinds: str) -> bool:
        """Whether a request of one of these kinds waits, or nobody listens any more."""
        with self._news:
            return self._over or any(kind in self._waiting for kind in kinds)

    def _read(self) -> None:
        for line in self._lines:
            request = json.loads(line)
            with self._news:
                if request["do"] == "open":
                    # What was wanted of the video before is wanted no more.
                    self._waiting.clear()
                self._waiting[request["do"]] = request
                self._news.notify()
        with self._news:
            self._over = True
            self._news.notify()


class PreviewEngine:
    """Answers requests until there are no more."""

    def __init__(self, folder: Path, requests: TextIO, answers: TextIO) -> None:
        self._folder = folder
        self._answers = answers
        self._inbox = Inbox(requests)
        self._opened: _Opened | None = None
        self._strip: _Strip | None = None
        self._rings = 0

    def run(self) -> None:
        """Answer one request after the other, and make tiles of a timeline in between."""
        while not self._inbox.over:
            request = self._inbox.next(wait=self._strip is None)
            if request is not None:
                self._guarded(int(request["n"]), partial(self._answer, int(request["n"]), request))
            elif self._strip is not None and self._opened is not None:
                self._guarded(self._strip.number, partial(self._add_tile, self._strip, self._opened))
        self._close()

    def _guarded(self, number: int, act: Callable[[], None]) -> None:
        try:
            act()
        except Stopped:
            return
        except StudioError as error:
            told = {"code": error.code, "message": error.message, "hint": error.hint}
            self._say(number, "refused", error=told)

    def _answer(self, number: int, request: Mapping[str, Any]) -> None:
        if request["do"] == "open":
            self._close()
            self._opened = self._open(number, Opening.build(request["what"]))
            self._say(number, "opened", **self._opened.described())
        elif self._opened is None:
            raise UsageError("No video is open.", hint="Open one first.", code="preview.closed")
        elif request["do"] == "strip":
            self._strip = _Strip(number, [int(index) for index in request["indices"]], int(request["height"]))
        else:
            self._show(number, self._opened, int(request["index"]))

    def _open(self, number: int, what: Opening) -> _Opened:
        settings = ConvertSettings.build({"label": False})
        choice = SwapChoice.build({name: getattr(what, name) for name in SwapChoice.model_fields})
        with Project(what.project) as project:
            telling = _Telling(self, number)
            swap = prepare_swap(project, what.video, choice, settings, telling, _device(project, telling))
        self._rings += 1
        return _Opened(swap, what.video, self._folder / f"ring-{self._rings}")

    def _show(self, number: int, opened: _Opened, index: int) -> None:
        frame = opened.seeker.frame(index)
        told = opened.ring.put([frame.image])
        self._say(number, "frame", index=index, time=frame.time, handed=told.model_dump(mode="json"))
        self.give_way("open", "frame")
        faces = opened.swap.analysis.faces_at(frame.pts)
        ready = opened.swap.converter.prepare(frame, faces)
        self.give_way("open", "frame")
        arrays = [frame.image, *(array for _, face in ready for array in _arrays(face))]
        told = opened.ring.put(arrays)
        self._say(
            number, "faces", index=index, time=frame.time, found=len(faces), faces=[_face(*each) for each in ready],
            handed=told.model_dump(mode="json"),
        )  # fmt: skip

    def _add_tile(self, strip: _Strip, opened: _Opened) -> None:
        if not strip.indices:
            self._strip = None
            self._say(strip.number, "strip")
            return
        index = strip.indices.pop(0)
        image = opened.seeker.frame(index).image
        width = max(1, round(strip.height * image.shape[1] / image.shape[0]))
        tile = cv2.resize(image, (width, strip.height), interpolation=cv2.INTER_AREA)
        pixels = base64.b64encode(np.ascontiguousarray(tile).tobytes()).decode()
        self._say(strip.number, "tile", index=index, width=width, height=strip.height, pixels=pixels)

    def give_way(self, *kinds: str) -> None:
        """Raise `Stopped` where a newer request of one of these kinds waits."""
        if self._inbox.has_newer(*kinds):
            raise Stopped

    def _say(self, number: int, kind: str, **data: Any) -> None:
        self._answers.write(json.dumps({"n": number, "kind": kind, **data}) + "\n")
        self._answers.flush()

    def tell(self, number: int, kind: str, **data: Any) -> None:
        """Tell how far a request is."""
        self._say(number, kind, **data)

    def _close(self) -> None:
        opened, self._opened, self._strip = self._opened, None, None
        if opened is not None:
            opened.close()


@dataclass
class _Strip:
    """Tiles that are still to be made."""

    number: int
    indices: list[int]
    height: int


class _Opened:
    """One video that is looked at."""

    def __init__(self, swap: Swap, video: Path, ring: Path) -> None:
        self.swap = swap
        self.seeker = FrameSeeker(video, swap.analysis.pts)
        analysis = swap.analysis
        counts = np.bincount(analysis.faces.frame, minlength=1)
        side = swap.generator.size
        face = 5 * 512 * 512 + 3 * side * side
        room = 3 * analysis.width * analysis.height + int(counts.max()) * (face + 256) + 4096
        self.ring = FrameRing(ring, _SLOTS, room, create=True)
        self._room = room

    def described(self) -> dict[str, Any]:
        """What a window must know of it."""
        analysis = self.swap.analysis
        problems = [
            {"kind": each.kind, "first": each.first, "last": each.last, "track": each.track}
            for each in analysis.problems
        ]
        return {
            "width": analysis.width,
            "height": analysis.height,
            "times": analysis.times.tolist(),
            "skipped": sorted(analysis.skipped),
            "problems": problems,
            "drivers": [person.name for person in self.swap.drivers],
            "target": self.swap.pairing.target.name,
            "step": self.swap.generator.step,
            "size": self.swap.generator.size,
            "damage": analysis.damage,
            "ring": {"path": str(self.ring.path), "slots": _SLOTS, "slot_bytes": self._room},
        }

    def close(self) -> None:
        self.seeker.close()
        self.ring.close()
        self.ring.path.unlink(missing_ok=True)


class _Telling(Silent):
    """Tells the window how far the opening of a video is, and gives it up for another."""

    def __init__(self, engine: PreviewEngine, number: int) -> None:
        self._engine = engine
        self._number = number
        self._told = 0.0

    def progress(self, stage: str, done: int, total: int | None = None) -> None:
        """Tell it, a few times a second."""
        moment = time.monotonic()
        if done == total or moment - self._told >= _PROGRESS_EVERY_S:
            self._told = moment
            self._engine.tell(self._number, "progress", stage=stage, done=done, total=total)

    def note(self, text: str) -> None:
        """Tell it."""
        self._engine.tell(self._number, "note", text=text)

    def check(self) -> None:
        """Give up where something else is to be opened."""
        self._engine.give_way("open")


def _device(project: Project, telling: Reporter) -> str | None:
    """Where the network runs; None where it may have the GPU, if there is one."""
    if not torch.cuda.is_available():
        return None
    for run in all_runs(project.runs):
        if run.kind == "train" and run.alive():
            telling.note(f"{run.name} has the GPU: until it is done, the preview's network runs on the processor.")
            return "cpu"
    return None


def _arrays(face: AlignedSwap) -> Sequence[NDArray[Any]]:
    return face.driver, face.generated, face.driver_mask, face.generated_mask


def _face(face: AnalysedFace, ready: AlignedSwap) -> dict[str, Any]:
    return {
        "track": face.track,
        "box": face.box.tolist(),
        "landmarks": face.landmarks.tolist(),
        "confidence": face.confidence,
        "matrix": ready.matrix.tolist(),
    }


def main() -> int:
    """Answer the requests of standard input."""
    # What libraries print must not get between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    PreviewEngine(Path(sys.argv[1]), sys.stdin, answers).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
