"""The pictures of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from studio.conversion.frames import ConvertedFrame, SwappedFace
from studio.conversion.sweep import SweepRow
from studio.core.files import whole_file
from studio.core.records import Image, Mask
from studio.core.vision import cv2
from studio.swap.compose import place_generated

_CELL = 256
_GAP = 4
_HEAD = 26
_IN_LINE = 4
_DRIVER_BLUE = (90, 150, 255)
_GENERATED_ORANGE = (255, 160, 60)
_BLEND_WHITE = (255, 255, 255)


def contact_sheet(frames: Sequence[ConvertedFrame]) -> Image:
    """Frames as rows of driver, generated face, masks, blend and whole frame; (rows * 260, 5 * 260, 3) RGB uint8."""
    rows = [_row(frame.swapped[0], frame.image) for frame in frames]
    return np.concatenate(rows, axis=0)


def sweep_sheet(face: SwappedFace, rows: Sequence[SweepRow]) -> Image:
    """The driver, the generated face and the blend at every squeeze, four in a line; RGB uint8."""
    cells = [_titled(face.driver, "driver"), _titled(place_generated(face.generated), "generated")]
    for row in rows:
        measure = "nothing left" if row.boundary is None else f"edge {row.boundary:.2f}"
        cells.append(_titled(row.image, f"{row.squeeze} px: {measure}"))
    blank = np.full_like(cells[0], 30)
    cells += [blank] * (-len(cells) % _IN_LINE)
    lines = [np.concatenate(cells[first : first + _IN_LINE], axis=1) for first in range(0, len(cells), _IN_LINE)]
    return np.concatenate(lines, axis=0)


def loss_plot(losses: Sequence[Mapping[str, Any]], names: tuple[str, str], path: Path) -> None:
    """Draw the loss of both identities over steps; `losses` are the run's events with step, a and b."""
    with mpl.rc_context({"font.size": 9, "text.color": "#e6e6e6", "axes.edgecolor": "#3a3a3a"}):
        figure = Figure(figsize=(10.8, 3.2), dpi=100, facecolor="#1e1e1e")
        axes = figure.add_axes((0.08, 0.16, 0.84, 0.78), facecolor="#262626")
        steps = [event["step"] for event in losses]
        for key, name, colour in (("a", names[0], "#5a96ff"), ("b", names[1], "#ffa03c")):
            values = [event[key] for event in losses]
            axes.plot(steps, values, color=colour, linewidth=1.2)
            if values:
                axes.annotate(f" {name} {values[-1]:.3f}", (steps[-1], values[-1]), color=colour, va="center")
        axes.set_yscale("log")
        axes.set_xlabel("step", color="#a0a0a0")
        axes.set_ylabel("loss", color="#a0a0a0")
        axes.tick_params(colors="#a0a0a0", which="both")
        axes.grid(visible=True, color="#3a3a3a", linewidth=0.5)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        with whole_file(path) as part:
            figure.savefig(part, facecolor=figure.get_facecolor())


def _row(face: SwappedFace, frame: Image) -> Image:
    cells = [face.driver, place_generated(face.generated), _masks(face), face.blended, _square(frame)]
    return np.concatenate([_cell(cell) for cell in cells], axis=1)


def _titled(image: Image, title: str) -> Image:
    """A cell with a line of text above it."""
    head = np.full((_HEAD, _CELL + _GAP, 3), 30, dtype=np.uint8)
    cv2.putText(head, title, (6, _HEAD - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (230, 230, 230), 1, cv2.LINE_AA)
    return np.concatenate([head, _cell(image)], axis=0)


def _cell(image: Image) -> Image:
    small = cv2.resize(image, (_CELL, _CELL), interpolation=cv2.INTER_AREA)
    return np.pad(small, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=30)


def _square(image: Image) -> Image:
    """The whole frame on a dark square, its aspect kept."""
    side = max(image.shape[:2])
    square = np.full((side, side, 3), 30, dtype=np.uint8)
    top, left = (side - image.shape[0]) // 2, (side - image.shape[1]) // 2
    square[top : top + image.shape[0], left : left + image.shape[1]] = image
    return square


def _masks(face: SwappedFace) -> Image:
    picture = (face.driver * 0.35).astype(np.uint8)
    outlines = ((face.driver_mask, _DRIVER_BLUE), (face.generated_mask, _GENERATED_ORANGE), (face.mask, _BLEND_WHITE))
    for mask, colour in outlines:
        _outline(picture, mask, colour)
    return picture


def _outline(picture: Image, mask: Mask, colour: tuple[int, int, int]) -> None:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, found, -1, colour, 3, cv2.LINE_AA)
