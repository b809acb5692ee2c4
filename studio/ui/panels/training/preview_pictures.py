"""Preview pictures: read and decoded off the window's thread."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from studio.app.studio import Studio
from studio.ui.decoding import decoded

_LANE = "pictures"
_KEPT = 32


class PreviewPictures(QObject):
    """Keeps the pictures looked at last; of those asked for, only the newest few are read.

    Attributes:
        arrived: the picture at this path is there.
    """

    arrived = Signal(Path)

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._kept: OrderedDict[Path, QImage] = OrderedDict()
        self._wanted: list[Path] = []
        self._reading = False

    def get(self, path: Path) -> QImage | None:
        """The picture, or None where it has still to be read; a picture that can't be read is null."""
        if path in self._kept:
            self._kept.move_to_end(path)
            return self._kept[path]
        # Two moments are on show at most; what was passed over on the way is of no use.
        self._wanted = [*(known for known in self._wanted if known != path), path][-2:]
        self._read()
        return None

    def forget(self) -> None:
        """Keep none: another run is on show."""
        self._kept.clear()
        self._wanted.clear()

    def _read(self) -> None:
        if self._reading or not self._wanted:
            return
        self._reading = True
        path = self._wanted.pop()
        self._studio.background.run(
            lambda: _picture(path), lambda image: self._take(path, image), self._studio.report, lane=_LANE
        )

    def _take(self, path: Path, image: QImage) -> None:
        self._reading = False
        self._kept[path] = image
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit(path)
        self._read()


def _picture(path: Path) -> QImage:
    try:
        return decoded(path.read_bytes(), "PNG")
    except OSError:
        return QImage()
