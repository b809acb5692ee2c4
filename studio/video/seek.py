"""Frames of a video by number, with a decoder that stays warm: for whoever goes to and fro in it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.video.probe import decoded, describe, opened, truncated
from studio.video.read import Frame, Moment, Picture, moments

# Undecoded time is what a step back costs, so what was decoded on the way is kept, within this.
_KEPT_BYTES = 256 << 20
# From here on a seek is tried before decoding on: keyframes of common files lie closer than this.
_NEAR = 12


class FrameSeeker:
    """Gives any frame of a video, as `read.read_frames` numbers them; for one thread.

    Args:
        path: the video.
        stamps: (F,) `Frame.pts` of all its frames, ascending.

    Raises:
        MediaError: as `read.read_frames`.
    """

    def __init__(self, path: Path, stamps: NDArray[np.int64]) -> None:
        self._path = path
        self._stamps = stamps
        self._kept: OrderedDict[int, Moment] = OrderedDict()
        self._stack = ExitStack()
        self._container, self._stream = self._stack.enter_context(opened(path))
        first = next(self._from_start(), None)
        if first is None:
            self._stack.close()
            raise truncated(path)
        self._picture = Picture(describe(path, self._container, self._stream, first.frame), first.frame)
        self._room = max(2, _KEPT_BYTES // max(1, first.frame.width * first.frame.height * 3 // 2))
        self._coming: Iterator[Moment] = iter(())
        self._at = -1

    def close(self) -> None:
        """Let go of the file."""
        self._stack.close()

    def frame(self, index: int) -> Frame:
        """The frame of this number; the nearest one where there is none.

        Raises:
            MediaError: it can't be decoded.
        """
        index = min(max(index, 0), len(self._stamps) - 1)
        found = self._kept.get(index) or self._decoded(index)
        if found is None:
            raise truncated(self._path)
        return self._picture(Moment(index, int(self._stamps[index]), found.frame))

    def _decoded(self, index: int) -> Moment | None:
        """Decode on where that is near, from the keyframe before it where that works, or else from the start."""
        if 0 <= index - self._at <= _NEAR and (found := self._until(index)) is not None:
            return found
        self._coming = self._from(int(self._stamps[index]))
        return self._until(index) or self._from_beginning(index)

    def _from_beginning(self, index: int) -> Moment | None:
        self._coming = self._from_start()
        return self._until(index)

    def _until(self, index: int) -> Moment | None:
        """Decode until the frame is there; None where it is not among those that come."""
        wanted = int(self._stamps[index])
        for moment in self._coming:
            # A seek lands at any frame: what it is, its time stamp tells.
            place = int(np.searchsorted(self._stamps, moment.pts))
            if place == len(self._stamps) or self._stamps[place] != moment.pts:
                if moment.pts > wanted:
                    break
                continue
            self._at = place
            self._keep(place, moment)
            if place == index:
                return moment
            if place > index:
                break
        self._at = -1
        return None

    def _keep(self, index: int, moment: Moment) -> None:
        self._kept[index] = moment
        self._kept.move_to_end(index)
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)

    def _from(self, stamp: int) -> Iterator[Moment]:
        self._container.seek(stamp, stream=self._stream)
        return moments(decoded(self._container, self._stream), self._stream)

    def _from_start(self) -> Iterator[Moment]:
        return self._from(min(0, int(self._stamps[0]) if len(self._stamps) else 0))
