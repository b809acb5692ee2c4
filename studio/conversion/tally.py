"""What is counted and measured of an export while it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from studio.conversion.frames import ConvertedFrame, SwappedFace
from studio.provenance.fingerprints import Fingerprint, Fingerprints


@dataclass(frozen=True)
class ConversionSummary:
    """What a conversion did.

    Attributes:
        out: the finished file, not signed yet.
        frames: written; of these `frames_swapped` show at least one blended face, `frames_unchanged` are the
            driver's (but for the label): no face (`frames_without_face`), somebody else's, or squeezed to nothing
            (`frames_squeezed_away`).
        seconds: wall time.
        mask_pixels: mean area of the blend in pixels of the 512 px aligned face, over the swapped frames.
        squeeze_frame: the squeeze in pixels of the frame, median over the swapped frames; None if there are none.
        flicker: grey levels by which what was put into the faces changes from one frame to the next (see `flicker`),
            mean over pairs of frames; None if there is no such pair.
        fingerprints: by what the export is known again.
    """

    out: Path
    frames: int
    frames_swapped: int
    frames_unchanged: int
    frames_without_face: int
    frames_squeezed_away: int
    seconds: float
    mask_pixels: float
    squeeze_frame: float | None
    flicker: float | None
    fingerprints: Fingerprints = field(repr=False, compare=False)


@dataclass(frozen=True)
class FrameRow:
    """What is kept of one converted frame.

    Attributes:
        found, swapped: faces that the analysis knows, and that were converted, squeezed to nothing included.
        mask_pixels: pixels of the aligned faces that were blended.
        squeezes: the squeeze in pixels of the frame, of each face that was blended.
        flicker: of each face that the frame before shows, too.
        prints: the fingerprints of the faces put in, as text; of some frames a second.
    """

    found: int
    swapped: int
    mask_pixels: int
    squeezes: tuple[float, ...]
    flicker: tuple[float, ...]
    prints: tuple[str, ...]


class Tally:
    """Counts converted frames as they are written, from those on that an earlier start wrote."""

    def __init__(self, rows: Sequence[FrameRow] = ()) -> None:
        self._rows = list(rows)
        self._before: dict[int, SwappedFace] = {}

    @property
    def frames(self) -> int:
        """How many frames there are so far."""
        return len(self._rows)

    @property
    def fingerprints(self) -> Fingerprints:
        """By what the export is known again."""
        return Fingerprints.of([Fingerprint.read(text) for row in self._rows for text in row.prints])

    def add(self, frame: ConvertedFrame, prints: Sequence[Fingerprint]) -> FrameRow:
        """Count the next frame."""
        faces = {face.track: face for face in frame.swapped if face.mask.any()}
        steps = [flicker(self._before[track], face) for track, face in faces.items() if track in self._before]
        self._before = faces
        row = FrameRow(
            found=frame.faces_found,
            swapped=len(frame.swapped),
            mask_pixels=frame.mask_pixels,
            squeezes=tuple(face.scale * face.squeeze for face in faces.values()),
            flicker=tuple(step for step in steps if step is not None),
            prints=tuple(one.text() for one in prints),
        )
        self._rows.append(row)
        return row

    def summary(self, out: Path, seconds: float) -> ConversionSummary:
        """What came of it."""
        areas = [row.mask_pixels for row in self._rows if row.mask_pixels]
        squeezes = [squeeze for row in self._rows for squeeze in row.squeezes]
        steps = [step for row in self._rows for step in row.flicker]
        return ConversionSummary(
            out=out, frames=len(self._rows), frames_swapped=len(areas), frames_unchanged=len(self._rows) - len(areas),
            frames_without_face=sum(row.found == 0 for row in self._rows),
            frames_squeezed_away=sum(row.swapped > 0 and not row.mask_pixels for row in self._rows),
            seconds=round(seconds, 3), mask_pixels=float(np.mean(areas)) if areas else 0.0,
            squeeze_frame=float(np.median(squeezes)) if squeezes else None,
            flicker=float(np.mean(steps)) if steps else None, fingerprints=self.fingerprints,
        )  # fmt: skip


def flicker(before: SwappedFace, now: SwappedFace) -> float | None:
    """How much more a swapped face changes between two frames than the driver's own does.

    In aligned space, where both masks blend: the mean over pixels and channels of the absolute change of (swap less
    driver), in grey levels 0..255. Light and expression of the driver alone give 0; None where the masks do not meet.
    """
    both = before.mask & now.mask
    rows, columns = np.flatnonzero(both.any(axis=1)), np.flatnonzero(both.any(axis=0))
    if not rows.size:
        return None
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    put_in = [face.blended[box].astype(np.int16) - face.driver[box] for face in (before, now)]
    return float(np.abs(put_in[1] - put_in[0])[both[box]].mean())
