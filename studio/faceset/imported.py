"""Folders of faces that other programs have aligned, found again in their pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image, Points
from studio.core.vision import cv2
from studio.faces.protocols import Box, Detection, FaceFinder, checked_image

# Aligned faces fill their picture, and detectors want some room around a head.
_ROOM = 0.35
# Where no detector finds it, the face is taken to fill this share of the middle.
_FILLS = 0.7
# Standard deviation of levels below which there is nothing in a picture.
_PLAIN = 4.0


class AlignedFinder:
    """Finds the one face of a picture that shows nothing else; what the other program wrote about it is not read.

    The picture gets room around it, and the face that lies over its middle is taken. Where none is found, it is taken
    to fill the middle 70 %, with confidence 0 in itself and in its landmarks. A picture of one colour shows no face.
    """

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder
        self.name = finder.name

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        """At most one face in each image (H, W, 3); see `FaceFinder.find`."""
        roomy = [_with_room(checked_image(image)) for image in images]
        return [
            [self._face(image, around)] if image.std() >= _PLAIN else []
            for image, around in zip(images, self._finder.find(roomy), strict=True)
        ]

    def landmarks_in(self, image: Image, box: Box) -> Points:
        """The landmarks (68, 2) of the face in `box`; see `FaceFinder.landmarks_in`."""
        return self._finder.landmarks_in(image, box)

    def _face(self, image: Image, around: Sequence[Detection]) -> Detection:
        height, width = image.shape[:2]
        room = _room(image)
        middle = np.array([width / 2, height / 2])
        for face in around:
            if _holds(face.box, middle + room):
                # Back to the picture's own pixels; a face that fills it may reach beyond.
                box = np.clip(face.box - room, 0, [width, height, width, height]).astype(np.float32)
                return replace(face, box=box, landmarks=(face.landmarks - room).astype(np.float32))
        half = np.array([width, height]) * _FILLS / 2
        box = np.concatenate([middle - half, middle + half]).astype(np.float32)
        return Detection(box, self._finder.landmarks_in(image, box), 0.0, 0.0)


def _with_room(image: Image) -> Image:
    room = _room(image)
    return np.asarray(cv2.copyMakeBorder(image, room, room, room, room, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _room(image: Image) -> int:
    room: int = round(_ROOM * max(image.shape[:2]))
    return room


def _holds(box: Box, point: NDArray[np.float64]) -> bool:
    return bool(box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3])
