"""Frames that one process hands to another through a file: a pipe would make whoever writes wait for the reader."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from studio.core.errors import StorageError
from studio.core.files import storage_errors
from studio.video.read import Frame


@dataclass(frozen=True)
class FrameFacts:
    """A frame without its pixels."""

    index: int
    time: float
    pts: int
    shape: tuple[int, int, int]


class FrameFile:
    """Holds the pixels of some frames at a time, in a file that both processes keep open; it grows to the largest.

    The pages stay in the system's cache: nobody waits for a disk. `forget` takes its name away, so that nothing of it
    is left however the processes end (on Windows, whose files can't lose their names, `close` removes it).
    """

    def __init__(self, path: Path) -> None:
        """Open the file that another process made."""
        self.path = path
        # Unbuffered: what this process reads must be what the other wrote last.
        self._file = path.open("r+b", buffering=0)

    @classmethod
    def make(cls) -> Self:
        """A new one in the folder for temporary files."""
        folder = Path(tempfile.gettempdir())
        with storage_errors(folder):
            handle, name = tempfile.mkstemp(prefix="studio-frames-")
            os.close(handle)
            return cls(Path(name))

    def put(self, frames: Sequence[Frame]) -> tuple[FrameFacts, ...]:
        """Write the pixels of `frames` over what was there; give what `take` needs beside them.

        Raises:
            StorageError: the disk for temporary files is full.
        """
        with storage_errors(self.path):
            self._file.seek(0)
            for frame in frames:
                left = np.ascontiguousarray(frame.image).data.cast("B")
                while left:
                    left = left[self._file.write(left) :]
        return tuple(FrameFacts(frame.index, frame.time, frame.pts, frame.image.shape) for frame in frames)

    def take(self, facts: Sequence[FrameFacts]) -> list[Frame]:
        """The frames that were put last, in memory of their own.

        Raises:
            StorageError: somebody has shortened the file.
        """
        self._file.seek(0)
        return [Frame(fact.index, fact.time, fact.pts, self._read(fact.shape)) for fact in facts]

    def forget(self) -> None:
        """Take away the file's name, where the system allows it; both processes must have opened it."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it, and remove it if it still has a name."""
        self._file.close()
        self.forget()

    def _read(self, shape: tuple[int, int, int]) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
        image = np.empty(shape, dtype=np.uint8)
        left = image.data.cast("B")
        while left:
            count = self._file.readinto(left)
            if not count:
                raise StorageError(f"{self.path} was cut off.", code="storage.frames")
            left = left[count:]
        return image
