"""The visible label: a mark in the frame's corner that says the picture was modified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.records import Image
from studio.core.vision import cv2

LABEL = "AI-modified"

_FONT = cv2.FONT_HERSHEY_SIMPLEX
# Of the frame's shorter side; at least 12 px, below which the letters can't be read.
_SHARE = 0.045
_LEAST_HEIGHT = 12
_PLATE = 0.62
# Letters are drawn larger and averaged down: Hershey strokes of one pixel are ragged at small sizes.
_FINER = 4


@dataclass(frozen=True)
class LabelPlace:
    """Where the label stands in a frame: rows top..bottom and columns left..right in pixels, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int


def label_place(height: int, width: int, text: str = LABEL) -> LabelPlace:
    """The place of the label in a frame of `height` x `width` px: lower left, in proportion to the shorter side."""
    wanted = max(_LEAST_HEIGHT, round(_SHARE * min(height, width)))
    tall = min(wanted, height)
    wide = min(round(_aspect(text) * wanted), width)
    gap = wanted // 2
    left, below = min(gap, width - wide), min(gap, height - tall)
    return LabelPlace(height - below - tall, height - below, left, left + wide)


def draw_label(image: Image, text: str = LABEL) -> Image:
    """A copy of `image` (H, W, 3) RGB uint8 with `text` (ASCII) on a dark plate in its lower left corner.

    White on a plate that is dark whatever lies below, so it can be read on light and on dark. 12 px high at least;
    where the frame is smaller than that it is drawn into what there is.

    Raises:
        ValueError: the text is empty or has characters the font lacks.
    """
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError(f"A label takes printable ASCII characters, not {text!r}.")
    result = image.copy()
    height, width = image.shape[:2]
    if height == 0 or width == 0:
        return result
    place = label_place(height, width, text)
    area = result[place.top : place.bottom, place.left : place.right]
    share = _letters(area.shape[0], area.shape[1], text)[..., None]
    plate = area * (1 - _PLATE)
    area[:] = np.rint(plate + share * (255 - plate)).astype(np.uint8)
    return result


def _layout(text: str) -> tuple[int, int, int, int]:
    """Letters' width, height above and below the base line at scale 1, and the margin around them."""
    (width, above), below = cv2.getTextSize(text, _FONT, 1, 2)
    return width, above, below, max(1, round(0.45 * above))


def _aspect(text: str) -> float:
    width, above, below, margin = _layout(text)
    return float((width + 2 * margin) / (above + below + margin))


def _letters(height: int, width: int, text: str) -> NDArray[np.float32]:
    """How much of each pixel of a plate the letters cover, (height, width), 0..1."""
    text_width, above, below, margin = _layout(text)
    scale = _FINER * min(height / (above + below + margin), width / (text_width + 2 * margin))
    canvas = np.zeros((height * _FINER, width * _FINER), np.uint8)
    left = round((canvas.shape[1] - text_width * scale) / 2)
    base = round((canvas.shape[0] + (above - below / 2) * scale) / 2)
    thick = max(1, round(2.4 * scale))
    cv2.putText(canvas, text, (left, base), _FONT, scale, 255, thick, cv2.LINE_AA)
    cover = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cover / np.float32(255), np.float32)
