"""Encoded pictures on disk, before they go into a container: exact time stamps, whole or absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from studio.core.files import whole_file
from studio.video.encode import PictureFormat, VideoPacket


def save_packets(path: Path, packets: Sequence[VideoPacket], about: bytes = b"") -> None:
    """Write packets of one format to `path`, with words about them.

    A NumPy archive: unlike a video container it keeps any encoder's time stamps as they are, and a checksum of
    everything.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """
    pieces = [bytes(packet) for packet in packets]
    stamps = [(packet.pts, packet.dts, packet.duration or 0, packet.is_keyframe) for packet in packets]
    with whole_file(path) as part, part.open("wb") as file:
        np.savez(
            file,
            stamps=np.array(stamps, np.int64).reshape(-1, 4),
            ends=np.cumsum([len(piece) for piece in pieces], dtype=np.int64),
            data=np.frombuffer(b"".join(pieces), np.uint8),
            about=np.frombuffer(about, np.uint8),
        )


def load_packets(path: Path, kind: PictureFormat) -> list[VideoPacket]:
    """The packets of `save_packets`, in units of the format they were encoded in.

    Raises:
        ValueError: the file is damaged or no such archive.
    """
    with _archive(path) as archive:
        stamps, ends, data = archive["stamps"], archive["ends"], archive["data"].tobytes()
    begins = [0, *ends[:-1].tolist()]
    packets = []
    for (pts, dts, duration, key), begin, end in zip(stamps.tolist(), begins, ends.tolist(), strict=True):
        packet: VideoPacket = Packet(data[begin:end])
        packet.pts, packet.dts, packet.duration, packet.is_keyframe = pts, dts, duration, bool(key)
        packet.time_base = kind.time_base
        packets.append(packet)
    return packets


def about_packets(path: Path) -> bytes:
    """The words that `save_packets` wrote about its packets; the packets themselves are not read.

    Raises:
        ValueError: the file is damaged or no such archive.
    """
    with _archive(path) as archive:
        return bytes(archive["about"].tobytes())


@contextmanager
def _archive(path: Path) -> Iterator[Mapping[str, NDArray[Any]]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            yield archive
    except (OSError, BadZipFile, EOFError) as error:
        raise ValueError(f"{path} holds no packets") from error
