"""Repairing by hand what the analysis of a driver's video got wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.conversion.driver import DriverAnalysis
from studio.conversion.repairs import between, moved, painted, row_near, sides, skipped
from studio.core.errors import UsageError
from studio.core.project import Project
from studio.core.records import FaceMasks, Mask, Points
from studio.core.reporter import Reporter
from studio.core.store.repairs import Repair
from studio.faces.align import align_face, transform_points
from studio.faces.protocols import Engines
from studio.jobs.swapping import analyse_driver, engines_for
from studio.video.read import Frame, read_frames

Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Workbench:
    """A driver's video, analysed, with the engines that look again at frames that are repaired."""

    project: Project
    video: Path
    analysis: DriverAnalysis
    engines: Engines

    @classmethod
    def of(cls, project: Project, video: Path, reporter: Reporter) -> Workbench:
        """Everything a repair of `video` needs; what was repaired before holds.

        Raises:
            MediaError: the video can't be read.
        """
        engines = engines_for(project)
        return cls(project, video, analyse_driver(project, video, engines, smooth=True, reporter=reporter), engines)

    def skip(self, span: Span) -> int:
        """Leave these frames as the driver's; the number of frames."""
        self._checked(span)
        return self._add(f"Skip {_words(span)}", [skipped(frame) for frame in range(*span)])

    def interpolate(self, span: Span) -> int:
        """Put each face of these frames evenly between where it is before and after them; the number of frames.

        Raises:
            UsageError: no face is seen on both sides of them.
        """
        self._checked(span)
        going_on = sides(self.analysis, span, self.engines.encoder.same_person)
        if not going_on:
            raise UsageError(
                f"No face is seen both before and after {_words(span)}.",
                hint="Choose frames inside one shot; skip them where the face is really gone.",
                code="usage.frames",
            )
        found = []
        for frame in read_frames(self.video, *span):
            for rows in going_on:
                points = between(self.analysis.faces, self.analysis.times, frame.index, rows)
                found.append(self._moved(frame, points, points))
        return self._add(f"Interpolate {_words(span)}", found)

    def move(self, frame: int, landmarks: Points, at: tuple[float, float] | None) -> int:
        """Give the face at a place of a frame these landmarks (68, 2), in pixels of the frame.

        Args:
            at: x, y; None: the largest face, or a face that was missed where there is none.
        """
        self._checked((frame, frame + 1))
        (picture,) = read_frames(self.video, frame, frame + 1)
        row = self._row(frame, at)
        where = landmarks if row is None else self.analysis.faces.found[row]
        return self._add(f"Move landmarks in frame {frame}", [self._moved(picture, where, landmarks)])

    def paint(self, frame: int, mask: Mask, at: tuple[float, float] | None) -> int:
        """Give the face at a place of a frame this mask (512, 512) of its aligned face.

        Raises:
            UsageError: there is no face.
        """
        self._checked((frame, frame + 1))
        row = self._row(frame, at)
        if row is None:
            raise UsageError(
                f"There is no face in frame {frame} to paint the mask of.",
                hint="Give it landmarks first.",
                code="usage.frames",
            )
        old = self.analysis.faces.face(row).masks
        masks = FaceMasks(face=mask, eyes=old.eyes & mask, mouth=old.mouth & mask)
        return self._add(f"Paint the mask in frame {frame}", [painted(frame, self.analysis.faces.found[row], masks)])

    def _moved(self, frame: Frame, at: Points, landmarks: Points) -> Repair:
        crop, matrix = align_face(frame.image, landmarks)
        return moved(frame.index, at, landmarks, self.engines.parser.parse(crop, transform_points(matrix, landmarks)))

    def _row(self, frame: int, at: tuple[float, float] | None) -> int | None:
        faces = self.analysis.faces
        if at is not None:
            row = row_near(faces, frame, *at)
            if row is None:
                raise UsageError(
                    f"There is no face near {at[0]:g}, {at[1]:g} in frame {frame}.",
                    hint="Leave --face out where the frame shows one face only.",
                    code="usage.frames",
                )
            return row
        rows = np.flatnonzero(faces.frame == frame)
        sizes = [float(np.prod(faces.box[row, 2:] - faces.box[row, :2])) for row in rows]
        return int(rows[int(np.argmax(sizes))]) if len(rows) else None

    def _checked(self, span: Span) -> None:
        if not 0 <= span[0] < span[1] <= self.analysis.frames:
            raise UsageError(
                f"There are no {_words(span)}.",
                hint=f"The video has the frames 0 to {self.analysis.frames - 1}; the end is not included.",
                code="usage.frames",
            )

    def _add(self, title: str, repairs: Iterable[Repair]) -> int:
        made = list(repairs)
        self.project.store.repairs.add(self.analysis.key.sha256, title, made)
        return len({repair.frame for repair in made})


def _words(span: Span) -> str:
    return f"frame {span[0]}" if span[1] == span[0] + 1 else f"frames {span[0]} to {span[1] - 1}"
