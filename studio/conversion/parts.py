"""An export that is being made: encoded stretches on disk, each whole or absent, from which a killed one goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.conversion.tally import FrameRow
from studio.core.files import remove, remove_parts, storage_errors, write_text
from studio.core.records import Image
from studio.provenance.fingerprints import Fingerprint
from studio.video.encode import PictureEncoder, PictureFormat, VideoPacket
from studio.video.packets import about_packets, load_packets, save_packets

# As far as x264 and x265 go without a whole picture anyway, so that stretches make no file larger.
_FRAMES = 250
_MOST_BYTES = 64 << 20
_KEY = "key.txt"


def parts_of(out: Path) -> Path:
    """The folder in which the stretches of the export `out` lie until it is whole."""
    return out.with_name(f".parts-{out.name}")


class Parts:
    """The stretches of one export.

    What lies in the folder is gone on with if it was made of the same things, and thrown away if not, or from the first
    damaged stretch on.

    Args:
        folder: is made.
        basis: everything that decides the pixels, JSON-ready.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """

    def __init__(self, folder: Path, kind: PictureFormat, basis: Mapping[str, Any]) -> None:
        self._folder = folder
        self._kind = kind
        self._encoder: PictureEncoder | None = None
        self._packets: list[VideoPacket] = []
        self._bytes = 0
        self._waiting: list[FrameRow] = []
        self._prepare(hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest())
        self._done, self._rows = self._whole()

    @property
    def rows(self) -> tuple[FrameRow, ...]:
        """What was kept of the frames that an earlier start has left, from the first on."""
        return tuple(self._rows)

    def write(self, image: Image, pts: int, row: FrameRow) -> None:
        """Encode the next frame.

        Raises:
            ValueError, MediaError: as `PictureEncoder.encode`.
            StorageError: the disk is full.
        """
        if self._encoder is None:
            self._encoder = PictureEncoder(self._kind)
        encoded = self._encoder.encode(image, pts)
        self._packets += encoded
        self._bytes += sum(packet.size for packet in encoded)
        self._waiting.append(row)
        if len(self._waiting) == _FRAMES or self._bytes > _MOST_BYTES:
            self.save()

    def save(self) -> None:
        """Put what was written so far on disk.

        Raises:
            StorageError: the disk is full.
        """
        if self._encoder is None:
            return
        self._packets += self._encoder.flush()
        about = json.dumps([asdict(row) for row in self._waiting]).encode()
        save_packets(self._part(self._done), self._packets, about)
        self._done += 1
        self._encoder, self._packets, self._bytes, self._waiting = None, [], 0, []

    def packets(self) -> Iterator[list[VideoPacket]]:
        """The packets of all frames on disk, stretch by stretch."""
        for number in range(self._done):
            yield load_packets(self._part(number), self._kind)

    def _part(self, number: int) -> Path:
        return self._folder / f"{number:06d}.npz"

    def _prepare(self, key: str) -> None:
        path = self._folder / _KEY
        with storage_errors(self._folder):
            if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != key:
                remove(self._folder)
            self._folder.mkdir(parents=True, exist_ok=True)
            remove_parts(self._folder)
            write_text(path, key)

    def _whole(self) -> tuple[int, list[FrameRow]]:
        rows: list[FrameRow] = []
        number = 0
        while self._part(number).is_file():
            try:
                load_packets(self._part(number), self._kind)
                kept = json.loads(about_packets(self._part(number)))
                rows += [_row(values) for values in kept]
            except (ValueError, KeyError, TypeError):
                break
            number += 1
        for later in self._folder.glob("*.npz"):
            if later.stem >= f"{number:06d}":
                later.unlink()
        return number, rows


def _row(values: Mapping[str, Any]) -> FrameRow:
    for text in values["prints"]:
        Fingerprint.read(text)
    plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    return FrameRow(**plain)
