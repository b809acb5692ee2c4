"""A correction by hand while it is being made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.core.records import FaceMasks, Points
from studio.core.vision import cv2
from studio.faces.align import alignment_matrix, invert, transform_points
from studio.faceset.corrections import Correction

_DEPTH = 200


class Draft:
    """Landmarks and masks over an aligned face, with undo of every stroke and every drag.

    Attributes:
        landmarks: (68, 2) in pixels of the aligned face.
        masks: bool (512, 512) each.
    """

    def __init__(self, landmarks: Points, masks: FaceMasks) -> None:
        self.landmarks = landmarks.copy()
        self.masks = masks
        self._first = self.landmarks
        self._done: list[tuple[Points, FaceMasks]] = []
        self._undone: list[tuple[Points, FaceMasks]] = []
        self._before: tuple[Points, FaceMasks] | None = None

    @property
    def can_undo(self) -> bool:
        """Whether anything was changed."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether anything was taken back."""
        return bool(self._undone)

    @property
    def moved(self) -> bool:
        """Whether a landmark is elsewhere than at the start."""
        return not np.array_equal(self.landmarks, self._first)

    def correction(self, landmarks: Points) -> Correction:
        """What is to be used from now on, of a face that was aligned by `landmarks` (68, 2) of the frame."""
        if self.moved:
            landmarks = transform_points(invert(alignment_matrix(landmarks)), self.landmarks)
        return Correction(landmarks, self.masks)

    def begin(self) -> None:
        """A stroke or a drag begins: all until `end` is one step of undo."""
        self._before = (self.landmarks, self.masks)

    def end(self) -> None:
        """The stroke is over; one that changed nothing is no step."""
        before, self._before = self._before, None
        if before is not None and (before[0] is not self.landmarks or before[1] is not self.masks):
            self._done = [*self._done, before][-_DEPTH:]
            self._undone.clear()

    def move(self, which: NDArray[np.int64], by: NDArray[np.floating]) -> None:
        """Move landmarks `which` (n,) by (2,) pixels."""
        landmarks = self.landmarks.copy()
        landmarks[which] += by.astype(np.float32)
        self.landmarks = landmarks

    def stroke(self, mask: str, ends: NDArray[np.floating], width: int, *, add: bool) -> None:
        """Draw a line of `width` px between `ends` (2, 2) into the mask called `mask`, or out of it."""
        pixels = getattr(self.masks, mask).astype(np.uint8)
        start, stop = (tuple(round(value) for value in end) for end in ends.tolist())
        cv2.line(pixels, start, stop, int(add), max(1, width), cv2.LINE_8)
        self.masks = replace(self.masks, **{mask: pixels > 0})

    def undo(self) -> bool:
        """Take the last step back; False where there is none, and in the middle of a stroke."""
        return self._step(self._done, self._undone)

    def redo(self) -> bool:
        """Make the step taken back last again; False where there is none."""
        return self._step(self._undone, self._done)

    def _step(self, source: list[tuple[Points, FaceMasks]], target: list[tuple[Points, FaceMasks]]) -> bool:
        if not source or self._before is not None:
            return False
        target.append((self.landmarks, self.masks))
        self.landmarks, self.masks = source.pop()
        return True
