"""What of an analysis wants a look by eye."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from studio.conversion.driver import FaceTable, Problem, ProblemKind

# Beyond these the landmark models guess the far side of the face.
_MOST_YAW, _MOST_PITCH = 50.0, 40.0

# Mean way of the landmarks from one frame to the next, as a share of the box's longer side.
_JUMP = 0.12

# A face found with less than this share of its track's median confidence.
_DOUBTFUL = 0.5

# A face whose mask leaves out this much more of its hull than is usual on its track: a fringe is no problem, a hand is.
_COVERED = 0.1


def problems_of(frames: int, faces: FaceTable) -> tuple[Problem, ...]:
    """The problems of a video with `frames` frames, ordered by first frame."""
    found = list(_ranges("no-face", np.setdiff1d(np.arange(frames), faces.frame), None))
    for track in np.unique(faces.track):
        rows = np.flatnonzero(faces.track == track)
        found += _ranges("extreme-pose", faces.frame[rows[_extreme(faces.pose[rows])]], int(track))
        doubtful = faces.confidence[rows] < _DOUBTFUL * np.median(faces.confidence[rows])
        found += _ranges("low-confidence", faces.frame[rows[doubtful]], int(track))
        covered = faces.occlusion[rows] > np.median(faces.occlusion[rows]) + _COVERED
        found += _ranges("occlusion", faces.frame[rows[covered]], int(track))
        found += _ranges("jump", faces.frame[rows[_jumps(faces, rows)]], int(track))
        begin = int(faces.frame[rows[0]])
        if begin > 0 and _was_replaced(faces, int(track), begin):
            found.append(Problem("cut", begin, begin, int(track)))
    return tuple(sorted(found, key=lambda problem: (problem.first, problem.kind)))


def _extreme(pose: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(pose[:, 0]) > _MOST_YAW) | (np.abs(pose[:, 1]) > _MOST_PITCH))


def _jumps(faces: FaceTable, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    way = np.linalg.norm(np.diff(faces.found[rows], axis=0), axis=2).mean(axis=1)
    sizes = (faces.box[rows, 2:] - faces.box[rows, :2]).max(axis=1)
    far = np.zeros(len(rows), bool)
    far[1:] = (way > _JUMP * sizes[1:]) & (np.diff(faces.frame[rows]) == 1)
    return far


def _was_replaced(faces: FaceTable, track: int, begin: int) -> bool:
    """Whether another track ends in the frame before `begin`, where this one starts."""
    before = np.unique(faces.track[faces.frame == begin - 1])
    return any(other != track and faces.frame[faces.track == other].max() == begin - 1 for other in before)


def _ranges(kind: ProblemKind, frames: NDArray[np.integer], track: int | None) -> Iterator[Problem]:
    """One problem for each run of consecutive frames."""
    if not len(frames):
        return
    for run in np.split(frames, np.flatnonzero(np.diff(frames) != 1) + 1):
        yield Problem(kind, int(run[0]), int(run[-1]), track)
