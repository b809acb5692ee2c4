"""Pictures of faces for the grid: fetched and decoded off the window's thread."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage

from studio.faceset.thumbnail import SIDE
from studio.ui.decoding import decoded

_LOG = logging.getLogger(__name__)
_THREADS = 2
_BATCH = 12
_BUDGET = 48 << 20
# Of the budget; the rest is for what is wanted elsewhere than in the grid.
_WANTED_SHARE = 0.75
_FRAME_MS = 16
_SETTLE_MS = 120


class ThumbnailSource(Protocol):
    """Where thumbnails come from; called on the loader's threads."""

    def fetch(self, rows: Sequence[int]) -> Mapping[int, bytes | None]:
        """The JPEG of each row of the faceset, None where there is no picture of it."""
        ...


class _Kept(NamedTuple):
    """A picture, or that there is none, and the side it was wanted in."""

    image: QImage | None
    side: int

    @property
    def bytes(self) -> int:
        return self.image.sizeInBytes() if self.image is not None else 0


class Thumbnails(QObject):
    """Keeps decoded thumbnails by row of the faceset, the least recently used ones leaving first.

    What is wanted is said anew after every paint, so rows that have scrolled away are never decoded.

    Attributes:
        arrived: there are pictures of these rows (a set) that were not there before; said at most once a frame of the
            screen.
        outdated: those in view are wanted in another size.
    """

    arrived = Signal(object)
    outdated = Signal()
    _decoded = Signal(int, object)

    def __init__(self, parent: QObject | None = None, budget: int = _BUDGET) -> None:
        """`budget` is the most that decoded pictures may take, in bytes."""
        super().__init__(parent)
        self._budget = budget
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._bytes = 0
        self._side = self._next_side = 160
        self._work = threading.Condition()
        self._source: ThumbnailSource | None = None
        self._generation = 0
        self._queue: list[int] = []
        self._others: list[int] = []
        self._busy: set[int] = set()
        self._fetching = 0
        self._closing = False
        self._decoded.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._telling = QTimer(self, interval=_FRAME_MS, singleShot=True)
        self._telling.timeout.connect(self._tell)
        self._told: set[int] = set()
        self._settling = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settling.timeout.connect(self._settle)
        self._threads = [
            threading.Thread(target=self._run, name=f"thumbnails {number}", daemon=True) for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def show_source(self, source: ThumbnailSource | None) -> None:
        """Take pictures from `source` from now on; those of the former one are forgotten.

        With None it waits for the few that are just being read: then whatever they are read from may be closed.
        """
        with self._work:
            self._source = source
            self._generation += 1
            self._queue, self._others, self._busy = [], [], set()
            if source is None:
                self._work.wait_for(lambda: self._fetching == 0)
        self._kept.clear()
        self._told.clear()
        self._bytes = 0

    def set_side(self, pixels: int) -> None:
        """Scale pictures to this side, in device pixels, once it has settled; those there stay until better ones come.

        Pictures are never made larger than they are kept.
        """
        self._next_side = min(pixels, SIDE)
        if not self._kept:
            self._settle()
        elif self._next_side != self._side:
            self._settling.start()

    def image(self, row: int) -> QImage | None:
        """The picture of `row`, or None where it is not there (yet): see `missing`."""
        kept = self._kept.get(row)
        if kept is None:
            return None
        self._kept.move_to_end(row)
        return kept.image

    def missing(self, row: int) -> bool:
        """Whether it is known that there is no picture of `row`."""
        return row in self._kept and self._kept[row].image is None

    def want(self, rows: Iterable[int]) -> None:
        """Load these rows, the first ones first, and no others that were wanted before; as many as there is room for.

        More than that would drive each other out, for ever.
        """
        room = int(self._budget * _WANTED_SHARE) // (4 * self._side * self._side)
        with self._work:
            wanted = [row for row in islice(rows, room) if row not in self._busy and not self._fresh(row)]
            self._queue = wanted
            if wanted:
                self._work.notify_all()

    def want_also(self, rows: Iterable[int]) -> None:
        """Load these rows too, after what is wanted otherwise; they stay wanted until they are there."""
        with self._work:
            self._others = [row for row in rows if row not in self._kept]
            if self._others:
                self._work.notify_all()

    def forget(self, rows: Iterable[int]) -> None:
        """Load these rows again when they are wanted next."""
        for row in rows:
            kept = self._kept.pop(row, None)
            self._bytes -= kept.bytes if kept is not None else 0

    def close(self) -> None:
        """End the threads; nothing is loaded any more."""
        self._telling.stop()
        self._settling.stop()
        with self._work:
            self._closing = True
            self._work.notify_all()
        for thread in self._threads:
            thread.join()

    def _fresh(self, row: int) -> bool:
        kept = self._kept.get(row)
        return kept is not None and (kept.image is None or kept.side == self._side)

    def _next(self) -> list[int]:
        if self._queue:
            rows, self._queue = self._queue[:_BATCH], self._queue[_BATCH:]
        else:
            rows, self._others = self._others[:_BATCH], self._others[_BATCH:]
        self._busy.update(rows)
        return rows

    def _run(self) -> None:
        while True:
            with self._work:
                while not self._closing and not ((self._queue or self._others) and self._source is not None):
                    self._work.wait()
                if self._closing:
                    return
                rows = self._next()
                source, side, generation = self._source, self._side, self._generation
                self._fetching += 1
            assert source is not None
            kept = _loaded(source, rows, side)
            with self._work:
                self._fetching -= 1
                self._work.notify_all()
            self._decoded.emit(generation, kept)

    def _take(self, generation: int, loaded: Mapping[int, _Kept]) -> None:
        if generation != self._generation or self._closing:
            return
        with self._work:
            self._busy.difference_update(loaded)
        self.forget(loaded)
        self._told.update(loaded)
        for row, kept in loaded.items():
            self._kept[row] = kept
            self._bytes += kept.bytes
        while self._bytes > self._budget and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.bytes
        if not self._telling.isActive():
            self._telling.start()

    def _settle(self) -> None:
        if self._next_side != self._side:
            with self._work:
                self._side = self._next_side
                self._generation += 1
                self._queue, self._busy = [], set()
            # Whoever paints wants again what is in view.
            self.outdated.emit()

    def _tell(self) -> None:
        told, self._told = self._told, set()
        self.arrived.emit(told)


def _loaded(source: ThumbnailSource, rows: Sequence[int], side: int) -> dict[int, _Kept]:
    try:
        found = source.fetch(rows)
    except Exception:
        # A thread that ended here would leave every other picture unread.
        _LOG.exception("Thumbnails of rows %s could not be read", rows)
        found = {}
    return {row: _Kept(_decode(found.get(row), side), side) for row in rows}


def _decode(data: bytes | None, side: int) -> QImage | None:
    if data is None:
        return None
    image = decoded(data, "JPG")
    if image.isNull():
        return None
    if max(image.width(), image.height()) > side:
        image = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    # The format that painting needs no conversion from.
    return image.convertToFormat(QImage.Format.Format_RGB32)
