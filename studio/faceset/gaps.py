"""What a driver will ask for that the faceset of the other person does not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from studio.core.project import Project
from studio.core.records import USED, Identity
from studio.faceset.coverage import PITCH_REACH, YAW_REACH, coverage
from studio.faceset.folder import FacesetFolder

FEW = 3
"""Fewer faces than this hardly cover a pose."""

# Degrees. Poses are measured no better, and a face learns from those that are turned a little more or less: what is
# near is in the same bin or in one beside it.
_BIN = 5.0

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
    """A pose that the driver takes and the other faceset does not show.

    Attributes:
        cell: row and column of `Coverage.counts`.
        share: of the driver's faces, 0..1.
    """

    cell: tuple[int, int]
    share: float


@dataclass(frozen=True)
class Gaps:
    """What a driver A asks for that the faceset of B lacks.

    Attributes:
        poses: where A's faces are that no face of B comes near, the most frequent first.
        thin: share of A's faces that some of B come near, but fewer than `FEW`.
        further: for left, right, up and down as the viewer sees them, the share of A's faces that look further than
            any of B's, by more than five degrees.
        mouth: share of A's faces whose mouth is open wider than in 99 % of B's; None where that can't be measured.
    """

    poses: tuple[PoseGap, ...]
    thin: float
    further: Mapping[str, float]
    mouth: float | None

    @property
    def lacking(self) -> float:
        """Share of A's faces that no face of B comes near."""
        return sum(pose.share for pose in self.poses)

    def sentences(self, a: str, b: str) -> list[str]:
        """What is worth saying of A and B by name, the weightiest first; empty where B shows all that A asks for."""
        said = [(share, f"look further {side} than any of {b}'s") for side, share in self.further.items()]
        said += [
            (self.lacking, f"take poses that none of {b}'s comes near"),
            (self.thin, f"take poses that fewer than {FEW} of {b}'s come near"),
            (self.mouth or 0.0, f"open the mouth wider than 99% of {b}'s"),
        ]
        said.sort(key=lambda part: -part[0])
        return [f"{share:.0%} of {a}'s faces {words}." for share, words in said if share >= _WORTH_SAYING]


def gaps(driver: Looks, target: Looks) -> Gaps:
    """What `driver` asks for that `target` lacks; nothing where either has no face of known pose."""
    near = _near(driver, target)
    known = near >= 0
    if not known.any() or not (np.isfinite(target.yaw) & np.isfinite(target.pitch)).any():
        return Gaps((), 0.0, {}, None)
    missed = coverage(driver.yaw[near == 0], driver.pitch[near == 0]).counts
    cells = [(int(row), int(column)) for row, column in zip(*np.nonzero(missed), strict=True)]
    poses = sorted((PoseGap(cell, missed[cell] / known.sum()) for cell in cells), key=lambda pose: -pose.share)
    further = {
        "left": _beyond(-driver.yaw, np.nanmax(-target.yaw) + _BIN),
        "right": _beyond(driver.yaw, np.nanmax(target.yaw) + _BIN),
        "up": _beyond(driver.pitch, np.nanmax(target.pitch) + _BIN),
        "down": _beyond(-driver.pitch, np.nanmax(-target.pitch) + _BIN),
    }
    measured = np.isfinite(driver.mouth).any() and np.isfinite(target.mouth).any()
    mouth = _beyond(driver.mouth, np.nanpercentile(target.mouth, _WIDEST)) if measured else None
    thin = np.count_nonzero((near > 0) & (near < FEW)) / known.sum()
    return Gaps(tuple(poses), float(thin), further, mouth)


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


def _near(driver: Looks, target: Looks) -> NDArray[np.int64]:
    """(N,) for each face of the driver, how many of the other are in its bin or in one beside it; -1: no known pose."""
    high, wide = (round(2 * reach / _BIN) for reach in (PITCH_REACH, YAW_REACH))
    counts = np.zeros((high + 2, wide + 2), dtype=np.int64)
    np.add.at(counts, tuple(_bins(target)[np.isfinite(target.yaw) & np.isfinite(target.pitch)].T), 1)
    around = sum(np.roll(counts, shift, (0, 1)) for shift in product((-1, 0, 1), repeat=2))
    rows, columns = _bins(driver).T
    return np.where(np.isfinite(driver.yaw) & np.isfinite(driver.pitch), np.asarray(around)[rows, columns], -1)


def _bins(looks: Looks) -> NDArray[np.int64]:
    """(N, 2) row and column of each face, with a rim around them all; what is turned further is in the outermost."""
    places = []
    for angle, reach in ((looks.pitch, PITCH_REACH), (looks.yaw, YAW_REACH)):
        last = round(2 * reach / _BIN) - 1
        places.append(np.clip(np.floor((np.nan_to_num(angle) + reach) / _BIN), 0, last).astype(np.int64) + 1)
    return np.stack(places, axis=1)


def _beyond(values: Scores, limit: np.floating) -> float:
    """Share of the known `values` above `limit`."""
    return float(np.mean(values[np.isfinite(values)] > limit))
