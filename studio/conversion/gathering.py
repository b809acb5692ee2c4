"""Full batches for a GPU: the faces that several threads ask for at the same time are generated together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from studio.conversion.frames import FaceGenerator
from studio.core.records import Image


@dataclass(eq=False)
class _Asked:
    """What one thread asks for, and what it got; None until then."""

    faces: Sequence[Image]
    identity: Literal["a", "b"]
    generated: list[Image] | None = None


class GatheringGenerator:
    """Generates the faces of all threads that wait for it at once; each gets its own.

    There is no thread and no delay for it: while one thread has the network to itself, the others' faces gather, and
    whoever comes next generates them all.

    Args:
        most: faces the network takes at a time.
    """

    def __init__(self, generator: FaceGenerator, most: int) -> None:
        self._generator = generator
        self._most = most
        self._waiting: deque[_Asked] = deque()
        self._turn = Lock()

    @property
    def size(self) -> int:
        """See `FaceGenerator`."""
        return self._generator.size

    @property
    def sha256(self) -> str:
        """See `FaceGenerator`."""
        return self._generator.sha256

    def generate(self, faces: Sequence[Image], identity: Literal["a", "b"]) -> list[Image]:
        """See `FaceGenerator`; what goes wrong with a thread's own faces is raised in that thread alone."""
        asked = _Asked(faces, identity)
        self._waiting.append(asked)
        with self._turn:
            if asked.generated is None:
                self._answer(asked)
        assert asked.generated is not None
        return asked.generated

    def _answer(self, asked: _Asked) -> None:
        """Generate what is asked for, and what others wait for as far as there is room."""
        others = self._others(asked)
        try:
            self._fill([asked, *others])
        except Exception:
            if not others:
                raise
            # It may be another's fault: each of them answers for itself when it has its turn.
            self._fill([asked])

    def _others(self, asked: _Asked) -> list[_Asked]:
        """Take out of those who wait `asked` and whoever fits beside it."""
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        taken: list[_Asked] = []
        room = self._most - len(asked.faces)
        for one in waiting:
            if one is asked:
                continue
            if one.identity == asked.identity and len(one.faces) <= room:
                taken.append(one)
                room -= len(one.faces)
            else:
                self._waiting.append(one)
        return taken

    def _fill(self, together: Sequence[_Asked]) -> None:
        faces = [face for one in together for face in one.faces]
        generated = iter(self._generator.generate(faces, together[0].identity))
        for one in together:
            one.generated = [next(generated) for _ in one.faces]
