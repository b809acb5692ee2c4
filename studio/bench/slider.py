"""The solve behind the squeeze slider, beside OpenCV's seamless clone on the same masks."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from studio.bench.faces import embedded_engines
from studio.bench.table import Row
from studio.core.framing import FACE_SIZE
from studio.core.records import Image, Mask
from studio.core.resources import assets
from studio.core.vision import cv2
from studio.faces.align import align_face, transform_points
from studio.swap.masks import blend_field
from studio.swap.membrane import Membrane, poisson_blend, warm_up
from studio.video.read import read_frames

PLACES = 60
COLD_FRAMES = 40
_SQUEEZE = 15
_EXACT_EVERY = 15


def slider() -> Sequence[Row]:
    """One face while a slider goes from 0 to 59 px and back: each solution begun from the one before."""
    (face, other, field) = next(_pairs(1))
    amounts = [*range(PLACES), *range(PLACES - 1, -1, -1)]
    membrane, ours, theirs, errors = Membrane(), [], [], []
    warm_up()
    for amount in amounts:
        mask = field > amount
        if not mask.any():
            continue
        began = time.perf_counter()
        blended = membrane.blend(other, face, mask)
        ours.append(time.perf_counter() - began)
        theirs.append(_cloned(other, face, mask))
        if amount % _EXACT_EVERY == 0:
            errors.append(_error(blended, other, face, mask))
    notes = f"{len(ours)} moves over {PLACES} amounts, a face of {int((field > 0).sum())} px, each from the last"
    return _rows("slider", ours, theirs, errors, 3, notes)


def cold() -> Sequence[Row]:
    """New pictures and a new mask each time, as for the frames of a film."""
    ours, theirs, errors = [], [], []
    warm_up()
    for number, (face, other, field) in enumerate(_pairs(COLD_FRAMES)):
        mask = field > _SQUEEZE
        began = time.perf_counter()
        blended = poisson_blend(other, face, mask)
        ours.append(time.perf_counter() - began)
        theirs.append(_cloned(other, face, mask))
        if number % _EXACT_EVERY == 0:
            errors.append(_error(blended, other, face, mask))
    return _rows("slider.cold", ours, theirs, errors, 1.5, f"{len(ours)} faces squeezed by {_SQUEEZE} px, each anew")


def exact(generated: Image, driver: Image, mask: Mask) -> NDArray[np.float64]:
    """The blend by a sparse factorisation in double precision: (H, W, 3), not rounded."""
    result = driver.astype(np.float64)
    gap = result - generated
    number = np.full(mask.shape, -1)
    number[mask] = np.arange(mask.sum())
    y, x = np.nonzero(mask)
    wanted = np.zeros((y.size, 3))
    rows, columns, values = [np.arange(y.size)], [np.arange(y.size)], [np.full(y.size, 4.0)]
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        neighbour = number[y + dy, x + dx]
        joined = neighbour >= 0
        rows.append(np.flatnonzero(joined))
        columns.append(neighbour[joined])
        values.append(np.full(joined.sum(), -1.0))
        wanted[~joined] += gap[y[~joined] + dy, x[~joined] + dx]
    matrix = csc_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))))
    result[mask] = generated[mask] + splu(matrix).solve(wanted)
    return result


def _pairs(count: int) -> Iterator[tuple[Image, Image, NDArray[np.float32]]]:
    """A driver's aligned face, another person's in place of a generated one, and the field their masks make."""
    engines = embedded_engines()
    clips = [read_frames(assets() / "sample" / name, every=2) for name in ("tomas.mp4", "mira.mp4")]
    for done, frames in enumerate(zip(*clips, strict=False)):
        if done == count:
            return
        faces, masks = [], []
        for frame in frames:
            found = engines.finder.find([frame.image])[0][0]
            crop, matrix = align_face(frame.image, found.landmarks)
            faces.append(crop)
            masks.append(engines.parser.parse(crop, transform_points(matrix, found.landmarks)).face)
        field = blend_field(*masks)
        field[[0, -1]] = 0
        field[:, [0, -1]] = 0
        yield faces[0], faces[1], field
    sys.stderr.write("slider: the clips are over\n")


def _cloned(generated: Image, driver: Image, mask: Mask) -> float:
    """Seconds of a seamless clone; it writes into the mask it is given, so it gets a copy."""
    levels = mask.astype(np.uint8) * 255
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    centre = (int(columns[0] + columns[-1] + 1) // 2, int(rows[0] + rows[-1] + 1) // 2)
    began = time.perf_counter()
    cv2.seamlessClone(generated, driver, levels, centre, cv2.NORMAL_CLONE)
    return time.perf_counter() - began


def _error(blended: Image, generated: Image, driver: Image, mask: Mask) -> float:
    """The largest difference to the exact solution in grey levels, what rounding to bytes adds left out."""
    wanted = np.clip(exact(generated, driver, mask), 0, 255)
    return float(max(np.abs(blended - wanted).max() - 0.5, 0))


def _rows(
    name: str, ours: Sequence[float], theirs: Sequence[float], errors: Sequence[float], limit: float, notes: str
) -> Sequence[Row]:
    ms = [1000 * float(np.median(times)) for times in (ours, theirs)]
    sides = f"{FACE_SIZE} px, {notes}; medians, beside cv2.seamlessClone"
    return [
        Row.compared(name, *ms, unit="ms", limit=f"≥ {limit:g}", notes=sides),
        Row.absolute(
            f"{name}.error", max(errors), "grey levels", limit="≤ 0.5",
            notes=f"at any pixel, against an exact sparse solve of {len(errors)} of them, rounding to bytes left out",
        ),
    ]  # fmt: skip
