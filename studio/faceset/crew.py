"""Processes that look at frames side by side: an engine may hold the interpreter's lock, so threads would wait."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from studio.core.errors import JobError
from studio.faces.protocols import Engines
from studio.faceset.frame_file import FrameFile
from studio.faceset.looking import Looker, Sight
from studio.faceset.serving import Failure, Known, serve
from studio.video.read import Frame

T = TypeVar("T")

# Each process has one piece of work in hand and one waiting, so that none idles while the last result is stored.
_WAITING = 2
# Pieces whose predecessors are not done yet, as a multiple of those in the processes.
_AHEAD = 2
_PATIENCE_S = 0.2
_END_S = 10.0


@dataclass(frozen=True, eq=False)
class Work(Generic[T]):
    """Some frames to look at, the faces of them that are stored already, and what they are of."""

    frames: Sequence[Frame]
    known: Known
    of: T


class Lookers(Protocol):
    """Whoever looks at frames."""

    def look(self, work: Iterable[Work[T]], check: Callable[[], None]) -> Generator[tuple[T, list[Sight]]]:
        """What is seen in each piece of `work`, in its order; `check` is called in between."""
        ...


class Alone:
    """Looks at the frames in this process."""

    def __init__(self, engines: Engines, min_size: float) -> None:
        self._looker = Looker(engines, min_size)

    def look(self, work: Iterable[Work[T]], check: Callable[[], None]) -> Generator[tuple[T, list[Sight]]]:
        """What is seen in each piece of `work`."""
        for piece in work:
            check()
            yield piece.of, self._looker.look(piece.frames, piece.known)


class Crew:
    """Looks at frames in processes of their own; use it as a context.

    At most two pieces of work a process are under way, and what they find is handed over in the order of the work: so
    memory is bounded, and results do not depend on the number of processes. Frames go through files, what was seen
    comes back through pipes which a thread empties at once: neither side waits for the other to listen.

    The processes end with this one, however it ends: a pipe that nobody holds any more is closed.
    """

    def __init__(self, size: int, load: Callable[[], Engines], min_size: float) -> None:
        """`load` makes the engines in each of `size` processes; it must be a module's function or a partial of one."""
        self._members: list[_Member] = []
        self._answers: queue.SimpleQueue[tuple[_Member, list[Sight] | Failure | None]] = queue.SimpleQueue()
        self._most = _AHEAD * _WAITING * size
        try:
            for number in range(size):
                self._members.append(_Member(number, load, min_size, alone=size == 1))
        except BaseException:
            self._end(at_once=True)
            raise
        self._listening = threading.Thread(target=self._listen, name="answers", daemon=True)
        self._listening.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(at_once=kind is not None)

    def look(self, work: Iterable[Work[T]], check: Callable[[], None]) -> Generator[tuple[T, list[Sight]]]:
        """What is seen in each piece of `work`, in its order.

        Raises:
            StudioError: as an engine raised it.
            JobError: a process ended.
        """
        pieces = iter(work)
        under_way: deque[_Piece[T]] = deque()
        more = True
        while more or under_way:
            check()
            member = min(self._members, key=lambda member: len(member.pieces))
            if more and len(member.pieces) < _WAITING and len(under_way) < self._most:
                piece = next(pieces, None)
                if piece is None:
                    more = False
                else:
                    under_way.append(member.give(piece))
                self._hear(0)
            else:
                self._hear(_PATIENCE_S)
            while under_way and under_way[0].seen is not None:
                done = under_way.popleft()
                yield done.of, done.seen or []

    def _hear(self, patience: float) -> None:
        """Take the answers that are there; wait up to `patience` seconds for one."""
        with suppress(queue.Empty):
            while True:
                member, answer = self._answers.get(timeout=patience) if patience else self._answers.get_nowait()
                patience = 0
                member.answered(answer)

    def _listen(self) -> None:
        left = {member.pipe: member for member in self._members}
        while left:
            for ready in wait(list(left)):
                pipe = cast(Connection, ready)
                try:
                    self._answers.put((left[pipe], pipe.recv()))
                except (EOFError, OSError):
                    self._answers.put((left.pop(pipe), None))

    def _end(self, *, at_once: bool) -> None:
        for member in self._members:
            member.end(at_once=at_once)
        for member in self._members:
            member.join()
        if self._members and hasattr(self, "_listening"):
            self._listening.join()
        for member in self._members:
            member.close()


class _Piece(Generic[T]):
    """Work under way; `seen` is None until it is done."""

    def __init__(self, of: T, slot: int) -> None:
        self.of = of
        self.slot = slot
        self.seen: list[Sight] | None = None


class _Member:
    """One process, the pipe to it and its files of frames.

    Attributes:
        pieces: what it has in hand, in the order in which it answers.
    """

    def __init__(self, number: int, load: Callable[[], Engines], min_size: float, *, alone: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.pieces: deque[_Piece[Any]] = deque()
        self._files = [FrameFile.make() for _ in range(_WAITING)]
        self._free = list(range(_WAITING))
        self.pipe, theirs = context.Pipe()
        paths = [file.path for file in self._files]
        self._process = context.Process(
            target=serve, args=(theirs, paths, load, min_size, alone), name=f"look {number}", daemon=True
        )
        self._process.start()
        theirs.close()

    def give(self, work: Work[T]) -> _Piece[T]:
        """Hand over a piece of work.

        Raises:
            JobError: the process has ended.
            StorageError: there is no room for the frames.
        """
        piece = _Piece(work.of, self._free.pop())
        facts = self._files[piece.slot].put(work.frames)
        try:
            # Words only: with two pieces under way they never fill the pipe, so this never waits.
            self.pipe.send((piece.slot, facts, work.known))
        except OSError as error:
            raise self._ended() from error
        self.pieces.append(piece)
        return piece

    def answered(self, answer: list[Sight] | Failure | None) -> None:
        """Note what it saw; None says that it is gone.

        Raises:
            StudioError: it could not look.
        """
        if answer is None:
            raise self._ended()
        if isinstance(answer, Failure):
            raise answer.error
        piece = self.pieces.popleft()
        self._free.append(piece.slot)
        piece.seen = answer

    def end(self, *, at_once: bool) -> None:
        """Have the process end: when it has nothing more to do, or now."""
        if at_once:
            self._process.terminate()
            return
        with suppress(OSError):
            self.pipe.send(None)

    def join(self) -> None:
        """Wait until the process has ended."""
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def close(self) -> None:
        """Let go of what it used."""
        self.pipe.close()
        self._process.close()
        for file in self._files:
            file.close()

    def _ended(self) -> JobError:
        self._process.join(_END_S)
        return JobError(
            f"A process that looks at frames ended unexpectedly (exit {self._process.exitcode}).",
            hint="Memory may have run out. What was stored is kept: start the extraction again to go on.",
            code="extract.worker",
        )
