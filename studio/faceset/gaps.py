"""What a driver will ask for that the faceset of the other person does not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.core.project import Project
from studio.core.records import USED, Identity
from studio.faceset.coverage import coverage
from studio.faceset.folder import FacesetFolder

FEW = 3
"""Fewer faces than this hardly cover a pose."""

# Among the 68 landmarks: the inner lips, above and below, and the outer corners of the eyes.
_UPPER_LIP, _LOWER_LIP, _EYE_CORNERS = [61, 62, 63], [67, 66, 65], [36, 45]

# A head that is turned further shows its eyes too close together for their distance to be a measure.
_MOUTH_YAW = 40.0

# Not the widest: a landmark that slipped must not stand for a mouth.
_WIDEST = 99.0

# Chance alone makes less, even between two facesets of one film.
_WORTH_SAYING = 0.02

Scores = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Looks:
    """How the faces of a faceset look.

    Attributes:
        yaw, pitch: (N,) degrees; NaN where they are not known.
        mouth: (N,) see `mouth_opening`; NaN where the head is turned too far for it.
    """

    yaw: Scores
    pitch: Scores
    mouth: Scores


@dataclass(frozen=True)
class PoseGap:
    """A pose of the driver that is not covered.

    Attributes:
        cell: row and column of `Coverage.counts`.
        share: of the driver's faces, 0..1.
        faces: how many the other faceset has.
    """

    cell: tuple[int, int]
    share: float
    faces: int


@dataclass(frozen=True)
class Gaps:
    """What a driver A asks for that the faceset of B lacks.

    Attributes:
        poses: those of A of which B has fewer than `FEW` faces, the most frequent first.
        further: for left, right, up and down as the viewer sees them, the share of A's faces that look further than
            any of B's.
        mouth: share of A's faces whose mouth is open wider than in 99 % of B's; None where that can't be measured.
    """

    poses: tuple[PoseGap, ...]
    further: Mapping[str, float]
    mouth: float | None

    @property
    def lacking(self) -> float:
        """Share of A's faces in poses of which B has none."""
        return sum(pose.share for pose in self.poses if pose.faces == 0)

    @property
    def thin(self) -> float:
        """Share of A's faces in poses of which B has some, but fewer than `FEW`."""
        return sum(pose.share for pose in self.poses if pose.faces > 0)

    def sentences(self, a: str, b: str) -> list[str]:
        """What is worth saying of A and B by name, the weightiest first; empty where B shows all that A asks for."""
        said = [(share, f"look further {side} than any of {b}'s") for side, share in self.further.items()]
        said += [
            (self.lacking, f"are in poses of which {b} has no face"),
            (self.thin, f"are in poses of which {b} has fewer than {FEW} faces"),
            (self.mouth or 0.0, f"open the mouth wider than 99% of {b}'s"),
        ]
        said.sort(key=lambda part: -part[0])
        return [f"{share:.0%} of {a}'s faces {words}." for share, words in said if share >= _WORTH_SAYING]


def gaps(driver: Looks, target: Looks) -> Gaps:
    """What `driver` asks for that `target` lacks; nothing where either has no face of known pose."""
    asked, shown = (coverage(looks.yaw, looks.pitch).counts for looks in (driver, target))
    total = int(asked.sum())
    if total == 0 or shown.sum() == 0:
        return Gaps((), {}, None)
    cells = zip(*np.nonzero((asked > 0) & (shown < FEW)), strict=True)
    poses = [
        PoseGap((int(row), int(column)), asked[row, column] / total, int(shown[row, column])) for row, column in cells
    ]
    poses.sort(key=lambda pose: -pose.share)
    further = {
        "left": _beyond(-driver.yaw, np.nanmax(-target.yaw)),
        "right": _beyond(driver.yaw, np.nanmax(target.yaw)),
        "up": _beyond(driver.pitch, np.nanmax(target.pitch)),
        "down": _beyond(-driver.pitch, np.nanmax(-target.pitch)),
    }
    measured = np.isfinite(driver.mouth).any() and np.isfinite(target.mouth).any()
    mouth = _beyond(driver.mouth, np.nanpercentile(target.mouth, _WIDEST)) if measured else None
    return Gaps(tuple(poses), further, mouth)


def looks(project: Project, identity: Identity) -> Looks:
    """How the used faces of `identity` look; reads its landmarks, so not for the window's thread.

    Raises:
        FacesetError: the landmarks are missing or damaged.
    """
    faces = project.store.faces.of(identity, *USED)
    yaw, pitch = (np.array([getattr(face, name) for face in faces], dtype=np.float32) for name in ("yaw", "pitch"))
    mouth = mouth_opening(FacesetFolder(project, identity).landmarks(faces))
    return Looks(yaw, pitch, np.where(np.abs(yaw) <= _MOUTH_YAW, mouth, np.nan).astype(np.float32))


def mouth_opening(landmarks: Scores) -> Scores:
    """How far mouths are open: the mean distance of the inner lips over that of the eyes' outer corners.

    Args:
        landmarks: (N, 68, 2) in any units.

    Returns:
        (N,): 0 for a closed mouth, about 0.2 for an "ah"; NaN where the eyes coincide.
    """
    lips = np.linalg.norm(landmarks[:, _LOWER_LIP] - landmarks[:, _UPPER_LIP], axis=2).mean(axis=1)
    left, right = (landmarks[:, corner] for corner in _EYE_CORNERS)
    eyes = np.linalg.norm(left - right, axis=1)
    return np.asarray(lips / np.where(eyes > 0, eyes, np.nan), dtype=np.float32)


def _beyond(values: Scores, limit: np.floating) -> float:
    """Share of the known `values` above `limit`."""
    return float(np.mean(values[np.isfinite(values)] > limit))
