"""Pictures handed from one process to another through a memory-mapped file.

The writer fills the file's slots in turn and tells by other means which one it filled; a reader copies it out. Nobody
waits for anybody: a reader that is too late finds that its slot was written over, and asks again.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from studio.core.config import Settings
from studio.core.errors import StorageError
from studio.core.files import storage_errors

_HEADER = struct.Struct("<Q")
_ALIGNED = 64
_UNREADABLE = 0


class Piece(Settings):
    """Where one array lies in a slot."""

    dtype: str
    shape: tuple[int, ...]
    offset: int = Field(ge=0)


class Handed(Settings):
    """What the writer tells of a slot it has filled, JSON-ready.

    Attributes:
        serial: how many slots were filled before it, and itself: a slot with another one was written over.
    """

    slot: int = Field(ge=0)
    serial: int = Field(ge=1)
    pieces: tuple[Piece, ...]


class FrameRing:
    """A file of slots, in which one process writes and others read."""

    def __init__(self, path: Path, slots: int, slot_bytes: int, *, create: bool = False) -> None:
        """Map the file at `path`; `create` makes it first.

        Raises:
            StorageError: it can't be made or is smaller than that.
        """
        self.path = path
        self._slots = slots
        self._stride = _ALIGNED + -(-slot_bytes // _ALIGNED) * _ALIGNED
        self._serial = 0
        size = slots * self._stride
        with storage_errors(path):
            if create:
                with path.open("xb") as file:
                    file.truncate(size)
            with path.open("r+b") as file:
                if path.stat().st_size < size:
                    raise StorageError(f"{path} is no ring of {slots} slots.", code="storage.ring")
                self._map = mmap.mmap(file.fileno(), size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; it stays."""
        self._map.close()

    def put(self, arrays: Sequence[NDArray[Any]]) -> Handed:
        """Fill the next slot with arrays.

        Raises:
            ValueError: they are larger than a slot.
        """
        slot = self._serial % self._slots
        self._serial += 1
        pieces, offset = [], 0
        for array in arrays:
            pieces.append(Piece(dtype=array.dtype.str, shape=array.shape, offset=offset))
            offset += -(-array.nbytes // _ALIGNED) * _ALIGNED
        if offset > self._stride - _ALIGNED:
            raise ValueError(f"{offset} bytes do not go into a slot of {self._stride - _ALIGNED}")
        self._mark(slot, _UNREADABLE)
        for piece, array in zip(pieces, arrays, strict=True):
            self._view(slot, piece)[...] = array
        self._mark(slot, self._serial)
        return Handed(slot=slot, serial=self._serial, pieces=tuple(pieces))

    def take(self, told: Mapping[str, Any]) -> list[NDArray[Any]] | None:
        """Copies of the arrays of a slot as `Handed` told it; None where it was written over since.

        Raises:
            UsageError: that is nothing a writer of this ring tells.
        """
        handed = Handed.build(told)
        if self._marked(handed.slot) != handed.serial:
            return None
        copies = [self._view(handed.slot, piece).copy() for piece in handed.pieces]
        return copies if self._marked(handed.slot) == handed.serial else None

    def _view(self, slot: int, piece: Piece) -> NDArray[Any]:
        begin = slot * self._stride + _ALIGNED + piece.offset
        return np.ndarray(piece.shape, np.dtype(piece.dtype), self._map, begin)

    def _mark(self, slot: int, serial: int) -> None:
        _HEADER.pack_into(self._map, slot * self._stride, serial)

    def _marked(self, slot: int) -> int:
        return int(_HEADER.unpack_from(self._map, slot * self._stride)[0])
