"""The process of a crew: looks at frames as long as somebody gives it some."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ParamSpec, TypeVar

from studio.core.errors import StudioError
from studio.core.vision import cv2
from studio.faces.protocols import Engines
from studio.faceset.frame_file import FrameFacts, FrameFile
from studio.faceset.looking import Looker, Sight

P = ParamSpec("P")
R = TypeVar("R")

Known = frozenset[tuple[int, int]]
Facts = Sequence[FrameFacts]


@dataclass(frozen=True, eq=False)
class Failure:
    """Why a process can't look."""

    error: Exception


def serve(pipe: Connection, paths: Sequence[Path], load: Callable[[], Engines], min_size: float, alone: bool) -> None:
    """Look at what `pipe` says lies in the files, until it says None or nobody holds its other end.

    Args:
        pipe: brings (number of the file, facts of the frames, faces known) and takes lists of `Sight`, or a `Failure`.
        paths: the files of frames.
        load: makes the engines.
        min_size: smaller faces are passed over.
        alone: whether this is the only process, to which all cores belong.
    """
    _behave(alone=alone)
    files = [FrameFile(path) for path in paths]
    for file in files:
        file.forget()
    try:
        looker = _attempt(_loaded, load, min_size)
        while (request := pipe.recv()) is not None:
            pipe.send(looker if isinstance(looker, Failure) else _attempt(_look, looker, files, *request))
    except (EOFError, OSError):
        # Whoever started this process is gone.
        return


def _loaded(load: Callable[[], Engines], min_size: float) -> Looker:
    return Looker(load(), min_size)


def _look(looker: Looker, files: Sequence[FrameFile], number: int, facts: Facts, known: Known) -> list[Sight]:
    return looker.look(files[number].take(facts), known)


def _attempt(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | Failure:
    try:
        return work(*args, **kwargs)
    except StudioError as error:
        return Failure(error)
    except Exception as error:
        # As text: not every library's exception gets through a pipe.
        crash = RuntimeError(f"{type(error).__name__}: {error}")
        crash.add_note(traceback.format_exc())
        return Failure(crash)


def _behave(*, alone: bool) -> None:
    # Ctrl+C in a terminal reaches every process of a command: the one that started this decides what comes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not come between the words of a command.
    sys.stdout = sys.stderr
    if not alone:
        # Processes stand side by side already: threads in each would only take turns.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"
        cv2.setNumThreads(1)
