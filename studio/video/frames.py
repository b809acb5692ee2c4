"""An export as single pictures: a folder of PNG files with their times, and the sound beside them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av

from studio.core.files import sync_file, whole_folder, write_json
from studio.video.encode import PictureFormat, VideoPacket
from studio.video.sound import Sound

_RECORD = "frames.json"
_SOUND = "sound.mka"


class FrameFolder:
    """A folder that PNG packets are put into, one file a frame; it appears under its name when everything is in.

    Use it as a context manager; after an exception nothing is left. Beside `000000.png` and so on lie `frames.json`,
    which says at what seconds each frame shows, and `sound.mka`, where there is sound.

    Args:
        path: the folder; an older one of that name is replaced.
        kind: the format the packets were encoded in.
        first: the number the first frame has in its video, which names the files.
        audio_from, audio_range: as of `VideoFile`.

    Raises:
        StorageError: the disk is full or the folder can't be written.
    """

    def __init__(
        self,
        path: Path,
        kind: PictureFormat,
        *,
        first: int = 0,
        audio_from: Path | None = None,
        audio_range: tuple[float, float] | None = None,
    ) -> None:
        self._path = Path(path)
        self._kind = kind
        self._first = first
        self._audio_from, self._audio_range = audio_from, audio_range
        self._times: dict[str, float] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._folder = self._open.enter_context(whole_folder(self._path))
        return self

    def put(self, packets: list[VideoPacket]) -> None:
        """Write packets in the order of their frames.

        Raises:
            StorageError: the disk is full.
        """
        for packet in packets:
            name = f"{self._first + len(self._times):06d}.png"
            (self._folder / name).write_bytes(bytes(packet))
            sync_file(self._folder / name)
            self._times[name] = float(cast(int, packet.pts) * self._kind.time_base)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._open.__exit__(kind, error, trace)
            return
        with self._open:
            write_json(self._folder / _RECORD, {"rate": str(self._kind.rate), "seconds": self._times})
            if self._audio_from is not None:
                self._write_sound(self._audio_from)

    def _write_sound(self, source: Path) -> None:
        path = self._folder / _SOUND
        with av.open(f"file:{path}", "w", format="matroska") as container:
            sound = Sound(source, container, self._audio_range)
            try:
                sound.finish()
            finally:
                sound.close()
        # Where none of it falls into the range there is no packet, and without one no file.
        if path.exists():
            sync_file(path)


def is_frame_folder(path: Path) -> bool:
    """Whether a folder holds an export's frames, or nothing: whether another may take its place."""
    return path.is_dir() and ((path / _RECORD).is_file() or not any(path.iterdir()))
