"""Row-aligned arrays on disk: one row a face, memory-mapped."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import FacesetError
from studio.core.files import whole_file

_FIRST_CAPACITY = 256


def let_go(array: NDArray[Any]) -> None:
    """Give back the memory that the pages of a memory-mapped array take; they come again when they are read.

    Other arrays stay as they are.
    """
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


class RowArray:
    """A float32 .npy file that grows by whole-file replacement.

    The file holds more rows than are used; which ones count, the store knows. Rows are written before the store
    commits them, so a crash leaves at worst rows nobody refers to, and a committed row is never written again.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        """`shape` is that of one row."""
        self._path = path
        self._shape = shape

    def read(self, count: int) -> NDArray[np.float32]:
        """The first `count` rows, memory-mapped read-only, (count, *shape).

        Raises:
            FacesetError: the file is missing, too short or of another shape.
        """
        if count == 0:
            return np.zeros((0, *self._shape), dtype=np.float32)
        array = self._open("r")
        if array is None or len(array) < count:
            raise FacesetError(
                f"{self._path} is missing or holds fewer than {count} rows.",
                hint="Restore the file from a backup, or extract into a new identity.",
                code="faceset.damaged",
            )
        return array[:count]

    def write(self, first: int, rows: NDArray[np.float32]) -> None:
        """Write `rows` (n, *shape) from row `first` on and sync them to the disk."""
        if len(rows) == 0:
            return
        array = self._grown(first + len(rows))
        array[first : first + len(rows)] = rows
        array.flush()

    def _grown(self, needed: int) -> np.memmap[Any, np.dtype[np.float32]]:
        array = self._open("r+")
        if array is not None and len(array) >= needed:
            return array
        capacity = _FIRST_CAPACITY
        while capacity < needed:
            capacity *= 2
        with whole_file(self._path) as part:
            bigger = np.lib.format.open_memmap(
                part, mode="w+", dtype=np.float32, shape=(capacity, *self._shape)
            )  # fmt: skip
            if array is not None:
                bigger[: len(array)] = array
            bigger.flush()
            # Windows replaces no file that is mapped.
            del bigger, array
        grown = self._open("r+")
        assert grown is not None
        return grown

    def _open(self, mode: Literal["r", "r+"]) -> np.memmap[Any, np.dtype[np.float32]] | None:
        if not self._path.exists():
            return None
        try:
            array: np.memmap[Any, np.dtype[np.float32]] = np.load(self._path, mmap_mode=mode, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise FacesetError(f"{self._path} is damaged: {error}.", code="faceset.damaged") from error
        if array.dtype != np.float32 or array.shape[1:] != self._shape:
            raise FacesetError(
                f"{self._path} holds {array.dtype} rows of {array.shape[1:]}, not float32 of {self._shape}.",
                hint="The faceset was made by another engine.",
                code="faceset.damaged",
            )
        return array
